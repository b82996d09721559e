"""What does an event look like on its way over the broker?

A CloudEvent 1.0: `id` is the position, `source` the log, `subject` the stream, `time` when it
happened; what else stands in the log travels as extension attributes, because an attribute may only
hold a simple value. `data` is the stored payload without its `personal` fields; an event that had
some says `personaldata: "withheld"`. So does one whose payload cannot be taken apart or is too
large for a message: its `data` is null. Stored metadata that cannot be read travels as nothing. A
follower cannot read either, and asks the log.

Source: CloudEvents 1.0.2, JSON Event Format; reliability.md DEL-12.
"""

from collections.abc import Callable
from dataclasses import MISSING, field, fields, make_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

import msgspec

from domain.envelope import Actor, ActorKind, Metadata, RecordedEvent
from domain.errors import UndecodableEvent
from domain.events import EVENT_TYPES, Event
from sql.codec import decode_event
from sql.stored_events import StoredEvent
from sql.stored_json import UnreadableJson, check_syntax

SOURCE_PREFIX: Final = "urn:ordertrail:log:"
PERSONAL: Final = "personal"
WITHHELD: Final = "withheld"
DATA_CHARACTERS_MAX: Final = 2 * 1024 * 1024
METADATA_CHARACTERS_MAX: Final = 64 * 1024
"""Beyond, an event might not fit into a message: RabbitMQ takes 16 MiB, a character 4 bytes."""

_ACTOR_KINDS: Final = {kind.value: kind for kind in ActorKind}


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of the log as it travels; required attributes first, then our extensions."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: datetime
    recordedat: datetime
    streamversion: int
    schemaversion: int
    data: msgspec.Raw
    datacontenttype: str = ""
    personaldata: str = ""
    actorkind: str = ""
    actorid: str = ""
    commandid: str = ""
    correlationid: str = ""
    causationid: str | None = None
    traceparent: str | None = None
    codeversion: str = ""


class StoredActor(msgspec.Struct, frozen=True):
    """The actor in stored metadata, read without judging it."""

    kind: str = ""
    id: str = ""


class StoredMetadata(msgspec.Struct, frozen=True):
    """Stored metadata, read without judging it: what another writer left out stays empty."""

    actor: StoredActor = StoredActor()
    command_id: str = ""
    correlation_id: str = ""
    causation_id: str | None = None
    traceparent: str | None = None
    code_version: str = ""


_METADATA: Final = msgspec.json.Decoder(StoredMetadata)
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER: Final = msgspec.json.Encoder()
_BATCH: Final = msgspec.json.Decoder(list[CloudEvent])
_NOTHING: Final = msgspec.Raw(b"null")


def encode_event(event: StoredEvent, log: str) -> bytes:
    """Write an event of the log as a CloudEvent, without its personal fields, whatever it holds."""
    data, withheld = without_personal(event.data)
    metadata = _read_metadata(event.metadata)
    return _ENCODER.encode(
        CloudEvent(
            specversion="1.0",
            id=str(event.position),
            source=SOURCE_PREFIX + log,
            type=event.type,
            subject=event.stream,
            time=event.occurred_at,
            recordedat=event.recorded_at,
            streamversion=event.version,
            schemaversion=event.schema_version,
            data=data,
            datacontenttype="application/json",
            personaldata=WITHHELD if withheld else "",
            actorkind=metadata.actor.kind,
            actorid=metadata.actor.id,
            commandid=metadata.command_id,
            correlationid=metadata.correlation_id,
            causationid=metadata.causation_id,
            traceparent=metadata.traceparent,
            codeversion=metadata.code_version,
        )
    )


def without_personal(data: str) -> tuple[msgspec.Raw, bool]:
    """Take `personal` out of a stored payload, and say whether anything was withheld.

    The text is taken apart only if the word stands in it with a value, or could stand there
    escaped. All of it is withheld where nobody can tell what stands in it.
    """
    if not _can_travel(data, DATA_CHARACTERS_MAX):
        return _NOTHING, True
    if "\\u" not in data:
        mentions = data.count('"personal"')
        if mentions == 0 or (mentions == 1 and '"personal":null' in data):
            return msgspec.Raw(data), False
    try:
        members = _OBJECT.decode(data)
    except msgspec.ValidationError:
        return msgspec.Raw(data), False  # no object, so it has no such field
    if members.pop(PERSONAL, None) is None:
        return msgspec.Raw(data), False
    return msgspec.Raw(_ENCODER.encode(members)), True


def _can_travel(text: str, characters_max: int) -> bool:
    """Say whether a stored text fits into a message that every follower can open."""
    if len(text) > characters_max:
        return False
    try:
        check_syntax(text)
    except UnreadableJson:
        return False
    return True


def decode_batch(body: bytes) -> list[CloudEvent]:
    """Read a CloudEvents batch.

    Raises:
        msgspec.DecodeError: it is no JSON, or no batch of events like ours.
        UnicodeDecodeError: it is not UTF-8.
    """
    return _BATCH.decode(body)


def recorded_event(event: CloudEvent) -> RecordedEvent:
    """Read the event as the log's readers know it; what was withheld is None.

    Raises:
        UndecodableEvent: the code cannot read it, so the log must be asked.
    """
    kind = _ACTOR_KINDS.get(event.actorkind)
    if kind is None:
        raise UndecodableEvent(f"the actor {event.actorkind!r} at position {event.id} is unknown")
    return RecordedEvent(
        int(event.id),
        event.subject,
        event.streamversion,
        event.type,
        event.schemaversion,
        _payload(event),
        Metadata(
            actor=Actor(kind, event.actorid),
            command_id=event.commandid,
            correlation_id=event.correlationid,
            causation_id=event.causationid,
            traceparent=event.traceparent,
            code_version=event.codeversion,
        ),
        event.time,
        event.recordedat,
    )


def _read_metadata(text: str) -> StoredMetadata:
    if not _can_travel(text, METADATA_CHARACTERS_MAX):
        return StoredMetadata()
    try:
        return _METADATA.decode(text)
    except msgspec.DecodeError:
        return StoredMetadata()


def _payload(event: CloudEvent) -> Event:
    if event.personaldata == WITHHELD:
        decode = _decoder_without_personal(event.type, event.schemaversion)
        if decode is not None:
            return decode(event.data)
    return decode_event(event.type, event.schemaversion, bytes(event.data))


@cache
def _decoder_without_personal(
    name: str, schema_version: int
) -> Callable[[msgspec.Raw], Event] | None:
    """Make the decoder of a type whose `personal` is required; None where it may be absent.

    The payload is read through a class of the other fields. Its `personal` is then None, against
    its type: a fold that reads it without saying so in `Projection.personal` fails loudly.
    """
    event_class, current = EVENT_TYPES.get(name, (None, 0))
    if event_class is None or schema_version != current:
        return None
    personal = next((part for part in fields(event_class) if part.name == PERSONAL), None)
    if personal is None or personal.default is not MISSING:
        return None
    others = [part for part in fields(event_class) if part.name != PERSONAL]
    specification: list[tuple[str, Any, Any]] = [
        (part.name, part.type, field(default=part.default, default_factory=part.default_factory))
        for part in others
    ]
    reader: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
        make_dataclass(event_class.__name__, specification, kw_only=True, slots=True)
    )
    make = cast("Callable[..., Event]", event_class)
    names = [part.name for part in others]

    def decode(data: msgspec.Raw) -> Event:
        try:
            read = reader.decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise UndecodableEvent(f"{name}: {error}") from error
        return make(personal=None, **{each: getattr(read, each) for each in names})

    return decode
