"""What is left out of an event on its way, and what when its text is not of our making?"""

from dataclasses import replace

import msgspec
import pytest

from domain.errors import UndecodableEvent
from domain.order_events import OrderNoteAdded
from tests.histories import a_history
from tests.messages import LOG, stored
from tests.strange_texts import STRANGE_METADATA, UNPASSABLE_DATA
from workers.cloud_event import (
    DATA_CHARACTERS_MAX,
    METADATA_CHARACTERS_MAX,
    CloudEvent,
    decode_batch,
    encode_event,
    recorded_event,
)
from workers.cloud_event import without_personal as cut_out

HISTORY = a_history(30)


@pytest.mark.parametrize(
    ("data", "left", "was_there"),
    [
        ('{"a":1,"personal":{"name":"Ada"},"b":[1]}', '{"a":1,"b":[1]}', True),
        ('{"a":1,"\\u0070ersonal":{"name":"Ada"}}', '{"a":1}', True),
        ('{"a":1,"personal":null}', '{"a":1,"personal":null}', False),
        ('{"b":{"personal":null},"personal":{"x":1}}', '{"b":{"personal":null}}', True),
        ('{"a": "personal"}', '{"a": "personal"}', False),
        ('{"a": {"personal": 1}}', '{"a": {"personal": 1}}', False),
        ('{"a": "\\u00e9"}', '{"a": "\\u00e9"}', False),
        ('"personal"', '"personal"', False),
        ('["personal", "\\u0070"]', '["personal", "\\u0070"]', False),
        ('{"a": 1.0}', '{"a": 1.0}', False),
    ],
)
def test_only_the_personal_field_of_an_object_is_left_out(
    data: str, left: str, *, was_there: bool
) -> None:
    raw, withheld = cut_out(data)
    assert (bytes(raw).decode(), withheld) == (left, was_there)


@pytest.mark.parametrize(
    "data", [*UNPASSABLE_DATA.values(), "[" + "1," * DATA_CHARACTERS_MAX + "1]"]
)
def test_all_of_a_payload_is_withheld_that_cannot_be_taken_apart_or_is_too_large(data: str) -> None:
    event = stored(HISTORY[:1])[0]._replace(data=data)
    (travelled,) = decode_batch(b"[" + encode_event(event, LOG) + b"]")
    assert (bytes(travelled.data), travelled.personaldata) == (b"null", "withheld")
    assert (travelled.id, travelled.subject) == ("1", event.stream)
    with pytest.raises(UndecodableEvent):
        recorded_event(travelled)


@pytest.mark.parametrize("metadata", STRANGE_METADATA.values())
def test_strange_metadata_travels_as_nothing_and_leaves_the_payload_alone(metadata: str) -> None:
    event = stored(HISTORY[:1])[0]
    plain, strange = decode_batch(
        b"[%b,%b]"
        % (encode_event(event, LOG), encode_event(event._replace(metadata=metadata), LOG))
    )
    assert bytes(strange.data) == bytes(plain.data)
    assert (strange.actorkind, strange.actorid, strange.commandid) == ("", "", "")
    with pytest.raises(UndecodableEvent):
        recorded_event(strange)


def test_metadata_that_is_too_large_for_a_message_travels_as_nothing() -> None:
    text = '{"command_id":"' + "x" * METADATA_CHARACTERS_MAX + '"}'
    event = stored(HISTORY[:1])[0]._replace(metadata=text)
    (travelled,) = decode_batch(b"[" + encode_event(event, LOG) + b"]")
    assert travelled.commandid == ""


def _travelled(**fields: object) -> CloudEvent:
    (event,) = decode_batch(b"[" + encode_event(stored(HISTORY[:1])[0], LOG) + b"]")
    return msgspec.structs.replace(event, **fields)


def test_metadata_that_another_writer_left_out_travels_as_nothing() -> None:
    event = stored(HISTORY[:1])[0]
    for text in ("{}", '{"state":"base64"}', "[]", '{"actor":{"kind":"robot"}}'):
        (travelled,) = decode_batch(b"[" + encode_event(event._replace(metadata=text), LOG) + b"]")
        assert travelled.commandid == ""
        with pytest.raises(UndecodableEvent):
            recorded_event(travelled)


def test_an_event_that_the_code_cannot_read_is_undecodable() -> None:
    for event in (
        _travelled(type="order-teleported"),
        _travelled(schemaversion=2),
        _travelled(data=msgspec.Raw(b'{"a":1}')),
        _travelled(actorkind="robot"),
    ):
        with pytest.raises(UndecodableEvent):
            recorded_event(event)


def test_an_event_that_requires_personal_fields_arrives_with_none() -> None:
    note = next(event for event in HISTORY if event.type == "order-note-added")
    (travelled,) = decode_batch(b"[" + encode_event(stored([note])[0], LOG) + b"]")
    data = recorded_event(travelled).data
    assert isinstance(data, OrderNoteAdded)
    assert isinstance(note.data, OrderNoteAdded)
    assert data == replace(note.data, personal=data.personal)
    assert data.personal is None
    spoilt = msgspec.structs.replace(travelled, data=msgspec.Raw(b'{"order_id":1}'))
    with pytest.raises(UndecodableEvent):
        recorded_event(spoilt)
