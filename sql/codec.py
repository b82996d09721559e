"""How does an event become text in the log, and how is it read back?

The text is JSON, the dataclass's fields in their order; what is written is what is hashed, so the
form of a stored event never changes. A new form is a new `schema_version` with a pure upcaster.
"""

from functools import cache
from typing import Any, Final, Protocol

import msgspec

from domain.envelope import Metadata
from domain.errors import UndecodableEvent
from domain.events import EVENT_TYPES, Event
from domain.upcasters import UPCASTERS, Payload

_ENCODER: Final = msgspec.json.Encoder()
_METADATA_DECODER: Final = msgspec.json.Decoder(Metadata)
_UNDECODABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)


class _DecodesEvents(Protocol):
    """Makes an event of a stored text."""

    def decode(self, data: bytes | str, /) -> Event:
        """Decode a payload."""
        ...


class _OfOlderVersion:
    """Makes events of payloads of an older schema version, step by step."""

    def __init__(self, event_type: str, schema_version: int) -> None:
        self._class, current = EVENT_TYPES[event_type]
        self._steps = [UPCASTERS[event_type, each] for each in range(schema_version, current)]
        self._decoder: Final = msgspec.json.Decoder(dict[str, Any])

    def decode(self, data: bytes | str, /) -> Event:
        """Decode a payload and bring it to today's form."""
        payload: Payload = self._decoder.decode(data)
        for step in self._steps:
            payload = step(payload)
        return msgspec.convert(payload, self._class)


@cache
def _decoder(event_type: str, schema_version: int) -> _DecodesEvents:
    known = EVENT_TYPES.get(event_type)
    if known is None:
        raise UndecodableEvent(f"the event type {event_type!r} is unknown to this code")
    event_class, current = known
    if schema_version == current:
        return msgspec.json.Decoder(event_class)
    if (event_type, schema_version) in UPCASTERS:
        return _OfOlderVersion(event_type, schema_version)
    raise UndecodableEvent(
        f"{event_type} has schema version {schema_version}, this code reads up to {current}"
    )


def encode_data(event: Event) -> bytes:
    """Encode a payload as the JSON text that is stored."""
    return _ENCODER.encode(event)


def decode_event(event_type: str, schema_version: int, data: bytes | str) -> Event:
    """Decode a stored payload.

    Raises:
        UndecodableEvent: the type is unknown, the schema version is not ours or the text is broken.
    """
    decoder = _decoder(event_type, schema_version)
    try:
        return decoder.decode(data)
    except _UNDECODABLE as error:
        raise UndecodableEvent(f"{event_type}: {error}") from error


def encode_metadata(metadata: Metadata) -> bytes:
    """Encode metadata as the JSON text that is stored."""
    return _ENCODER.encode(metadata)


def decode_metadata(metadata: bytes | str) -> Metadata:
    """Decode stored metadata.

    Raises:
        UndecodableEvent: the text is broken.
    """
    try:
        return _METADATA_DECODER.decode(metadata)
    except _UNDECODABLE as error:
        raise UndecodableEvent(f"metadata: {error}") from error


def to_builtins(value: object) -> Any:  # noqa: ANN401 - JSON is anything
    """Turn an event or a part of one into plain dicts, lists and strings."""
    return msgspec.to_builtins(value)
