"""How do consecutive events travel in one message, and how does the reader know they are ours?

A slice is a CloudEvents batch of the events `[first..last]`. Its headers carry both positions, the
log's name and an HMAC-SHA-256 under a shared key over log, positions and body, so that a message
that somebody else made, or changed, never reaches a read table.

Source: architecture.md §4 Relay; reliability.md DEL-05, DEL-06, DEL-11, DEL-12.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from domain.errors import Poison
from sql.stored_events import StoredEvent
from workers.cloud_event import SOURCE_PREFIX, CloudEvent, decode_batch, encode_event

SLICE_EVENTS_MAX: Final = 500
SLICE_BYTES_MAX: Final = 256 * 1024
POSITION_MAX: Final = 2**63 - 1
CONTENT_TYPE: Final = "application/cloudevents-batch+json"

FIRST_POSITION: Final = "first_position"
LAST_POSITION: Final = "last_position"
LOG: Final = "log"
HMAC: Final = "hmac"


class BadSlice(Poison):
    """A message that cannot be used; `code` becomes the reason of its dead letter."""

    code = "bad_slice"


class UndecodableSlice(BadSlice):
    """The body is no CloudEvents batch."""

    code = "undecodable"


class EnvelopeMismatch(BadSlice):
    """Headers are missing, or say something else than the body."""

    code = "envelope_mismatch"


class BadSignature(BadSlice):
    """The message was not made by our relay, or was changed on its way."""

    code = "bad_signature"


class ForeignSlice(BadSlice):
    """The message claims positions that the log does not reach."""

    code = "foreign"


@dataclass(frozen=True, slots=True)
class Slice:
    """The body of a message and the positions that it covers, both included."""

    first: int
    last: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Label:
    """What the headers of a message say."""

    first: int
    last: int
    log: str
    signature: str


def cut(events: Sequence[StoredEvent], log: str) -> Iterator[Slice]:
    """Cut consecutive events into slices.

    A slice closes at 500 events or before it would exceed 256 KiB; a larger event travels alone.
    """
    parts: list[bytes] = []
    size_bytes = 2
    for event in events:
        part = encode_event(event, log)
        if parts and (
            len(parts) == SLICE_EVENTS_MAX or size_bytes + len(part) + 1 > SLICE_BYTES_MAX
        ):
            yield _slice(parts, event.position - 1)
            parts, size_bytes = [], 2
        parts.append(part)
        size_bytes += len(part) + 1
    if parts:
        yield _slice(parts, events[-1].position)


def _slice(parts: list[bytes], last: int) -> Slice:
    return Slice(last - len(parts) + 1, last, b"[" + b",".join(parts) + b"]")


def headers_of(piece: Slice, log: str, key: bytes) -> dict[str, int | str]:
    """Write the headers of a slice's message, signed."""
    return {
        FIRST_POSITION: piece.first,
        LAST_POSITION: piece.last,
        LOG: log,
        HMAC: _signature(key, log, piece.first, piece.last, piece.body),
    }


def read_label(headers: Mapping[str, object]) -> Label:
    """Read what the headers of a message say, believing nothing yet.

    Raises:
        EnvelopeMismatch: a position or the log is missing or of another kind.
    """
    first, last = headers.get(FIRST_POSITION), headers.get(LAST_POSITION)
    log, signature = headers.get(LOG), headers.get(HMAC, "")
    if type(first) is not int or type(last) is not int or not 1 <= first <= last <= POSITION_MAX:
        raise EnvelopeMismatch(f"no slice goes from {first!r} to {last!r}")
    if not isinstance(log, str) or not isinstance(signature, str):
        raise EnvelopeMismatch("the log or the signature is not text")
    return Label(first, last, log, signature)


def open_slice(label: Label, body: bytes, key: bytes) -> list[CloudEvent]:
    """Verify a message of our log and read its events.

    Shape: exactly the positions from `label.first` to `label.last`, ascending.

    Raises:
        UndecodableSlice: the body is no batch of events.
        BadSignature: the signature is not ours.
        EnvelopeMismatch: the headers contradict the body.
    """
    expected = _signature(key, label.log, label.first, label.last, body)
    is_ours = hmac.compare_digest(expected.encode(), label.signature.encode())
    try:
        events = decode_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UndecodableSlice(str(error)) from error
    if not is_ours:
        raise BadSignature(f"positions {label.first} to {label.last} were not signed by our relay")
    _check_envelope(label, events)
    return events


def _check_envelope(label: Label, events: list[CloudEvent]) -> None:
    expected = [str(position) for position in range(label.first, label.first + len(events))]
    if label.last != label.first + len(events) - 1 or [each.id for each in events] != expected:
        raise EnvelopeMismatch(
            f"the headers say {label.first} to {label.last}, the body holds other positions"
        )
    source = SOURCE_PREFIX + label.log
    if any(each.source != source for each in events):
        raise EnvelopeMismatch(f"the header says log {label.log}, an event another one")


def _signature(key: bytes, log: str, first: int, last: int, body: bytes) -> str:
    """HMAC over log, first and last (each ended by a zero byte or of fixed size), then the body."""
    digest = hmac.new(key, log.encode(), "sha256")
    digest.update(b"\0" + first.to_bytes(8, "big") + last.to_bytes(8, "big"))
    digest.update(body)
    return digest.hexdigest()
