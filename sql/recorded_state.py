"""How does what the eventsourcing library stores become a row of the log, and how is it read back?

Its topic is our type, its originator our stream (the text of the id). Its state, which is any
bytes, is our data: JSON stays the very text, anything else becomes a base64 JSON string, marked in
the metadata. JSON here is what every reader of the log can read: what is deeper, larger in a
number, or holds half a character is kept as base64 as well.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Final, Literal, cast
from uuid import UUID

import msgspec
import uuid_utils

from domain.envelope import Actor, ActorKind, Metadata
from sql.codec import to_builtins

IdType = Literal["uuid", "text"]

NESTING_MAX: Final = 100
"""Readers recurse; some of them begin deep in a stack of their own."""

OUR_CATEGORIES: Final = frozenset(
    {
        "coupon",
        "customer",
        "email",
        "fulfilment",
        "order",
        "payment",
        "product",
        "return",
        "shipment",
        "stock",
    }
)
"""Streams that commands write; an event that their folds do not know would break them."""

RECORDER: Final = Actor(ActorKind.SYSTEM, "eventsourcing")
"""Who wrote an event that no command of ours made, and that has no command record."""

_BASE64: Final = "base64"
_OPENING: Final = re.compile(rb"[\[{]")
_ENCODER: Final = msgspec.json.Encoder()


class _Mark(msgspec.Struct, frozen=True):
    """What the metadata says about the state and its call; other writers say nothing."""

    state: str = ""
    command_id: str = ""


_MARKS: Final = msgspec.json.Decoder(_Mark)


def encode_state(state: bytes) -> tuple[str, bool]:
    """Write a state as JSON text; True when it had to be wrapped."""
    if _is_readable_json(state):
        return state.decode(), False
    return f'"{b64encode(state).decode()}"', True


def decode_state(data: str, metadata: str) -> bytes:
    """Read a state back from the stored texts of data and metadata.

    Raises:
        ValueError: it says that it is base64, and is not.
    """
    if '"state"' in metadata and _MARKS.decode(metadata).state == _BASE64:
        try:
            return b64decode(msgspec.json.decode(data, type=str), validate=True)
        except (msgspec.DecodeError, binascii.Error) as error:
            raise ValueError(f"the state is marked as base64 and is not: {error}") from error
    return data.encode()


def recorded_metadata() -> tuple[str, str, str]:
    """Make the metadata of one call.

    Shape: its own command id, the text for verbatim states, the text for wrapped ones.
    """
    command_id = str(uuid_utils.uuid7())
    metadata = Metadata(
        actor=RECORDER,
        command_id=command_id,
        correlation_id=command_id,
        code_version=f"eventsourcing {version('eventsourcing')}",
    )
    fields: Mapping[str, object] = to_builtins(metadata)
    verbatim = _ENCODER.encode(fields).decode()
    return command_id, verbatim, _ENCODER.encode({**fields, "state": _BASE64}).decode()


def command_id_of(metadata: str) -> str:
    """Tell which call wrote an event."""
    return _MARKS.decode(metadata).command_id


def originator_of(stream: str, id_type: IdType) -> UUID | str:
    """Read an originator's id back: a UUID where that is configured and the stream is one."""
    if id_type == "uuid" and len(stream) == len(str(UUID(int=0))):
        try:
            originator = UUID(stream)
        except ValueError:
            return stream
        return originator if str(originator) == stream else stream
    return stream


def _is_readable_json(state: bytes) -> bool:
    try:
        value = msgspec.json.decode(state)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    few = sum(1 for _ in _OPENING.finditer(state)) <= NESTING_MAX
    return few or not _is_deeper_than(value, NESTING_MAX)


def _is_deeper_than(value: object, levels: int) -> bool:
    layer: Sequence[object] = [value]
    for _ in range(levels):
        layer = [inner for outer in layer for inner in _members(outer)]
        if not layer:
            return False
    return any(isinstance(each, list | dict) for each in layer)


def _members(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
