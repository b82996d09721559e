"""What travels from the relay to a follower, made without a broker?

Real slices of a real history, so that only the way is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.envelope import RecordedEvent
from sql.codec import encode_data, encode_metadata
from sql.stored_events import StoredEvent
from workers.follow_rule import Rules
from workers.slice import Slice, cut, headers_of

LOG: Final = "7000000000000000001/1/16384"
OTHER_LOG: Final = "7000000000000000001/2/16384"
KEY: Final = b"a key that only the tests know"
RULES: Final = Rules(log=LOG, signing_key=KEY)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is delivered."""

    headers: Mapping[str, object]
    body: bytes


class LogInMemory:
    """A log with the reads of a follower; `reads` are the ranges that were asked for."""

    def __init__(self, events: Sequence[RecordedEvent]) -> None:
        self.events = list(events)
        self.reads: list[tuple[int, int]] = []

    async def head(self) -> int:
        """Tell the last position."""
        return len(self.events)

    async def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """Read the events after a position."""
        return self.events[after : after + limit]

    async def read_range(self, first: int, last: int) -> list[RecordedEvent]:
        """Read the events between two positions, both included."""
        self.reads.append((first, last))
        return self.events[first - 1 : last]


def stored(events: Sequence[RecordedEvent]) -> list[StoredEvent]:
    """Write events down as the log holds them."""
    return [
        StoredEvent(
            event.position,
            event.stream,
            event.version,
            event.type,
            event.schema_version,
            encode_data(event.data).decode(),
            encode_metadata(event.metadata).decode(),
            event.occurred_at,
            event.recorded_at,
        )
        for event in events
    ]


def message_of(piece: Slice, *, log: str = LOG, key: bytes = KEY) -> Message:
    """Make the relay's message of a slice."""
    return Message(headers_of(piece, log, key), piece.body)


def message(events: Sequence[RecordedEvent], *, log: str = LOG, **headers: object) -> Message:
    """Make one message of events that fit into one slice; `headers` replace the relay's."""
    (piece,) = cut(stored(events), log)
    sent = message_of(piece, log=log)
    return replace(sent, headers={**sent.headers, **headers})


def in_slices(events: Sequence[RecordedEvent], lengths: Sequence[int]) -> Iterator[Message]:
    """Make messages of consecutive events, so many events in each; the last takes the rest."""
    first = 0
    for length in lengths:
        if events[first : first + length]:
            yield message(events[first : first + length])
        first += length
    if events[first:]:
        yield message(events[first:])


def without_personal(event: RecordedEvent) -> RecordedEvent:
    """Make of an event what a follower reads that is not told its personal fields."""
    if not hasattr(event.data, "personal"):
        return event
    blank: Any = None
    return replace(event, data=replace(event.data, personal=blank))
