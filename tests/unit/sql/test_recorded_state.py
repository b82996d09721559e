"""Does every state come back as it was, and is what stands in the log readable to everybody?"""

import json
from inspect import signature
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import events
from sql.codec import decode_metadata
from sql.recorded_state import (
    NESTING_MAX,
    OUR_CATEGORIES,
    command_id_of,
    decode_state,
    encode_state,
    originator_of,
    recorded_metadata,
)
from tests.examples import ORDER_ID

UUID_TEXT = "0197f3c0-0000-7000-8000-00000000000a"


def nested(levels: int, before: str = "", after: str = "") -> bytes:
    return (before + "[" * levels + "]" * levels + after).encode()


def written(state: bytes) -> tuple[str, str]:
    """Data and metadata, as the recorder writes them."""
    data, is_wrapped = encode_state(state)
    _, verbatim, wrapped = recorded_metadata()
    return data, wrapped if is_wrapped else verbatim


@pytest.mark.parametrize(
    "state",
    [
        b"{}",
        b' {"b": 1,\n "a": [1.50, true, null]} ',
        b'{"a":1,"a":2}',
        '{"name":"Zoë"}'.encode(),
        b'"\\u0000"',
        b'"state"',
        b'"c3RhdGUx"',
        b"17",
        nested(NESTING_MAX),
        nested(3, '{"a":"' + "[" * 2 * NESTING_MAX + '","b":', "}"),
    ],
)
def test_json_stays_the_very_text(state: bytes) -> None:
    assert encode_state(state) == (state.decode(), False)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"state1",
        b"\x00\xff",
        b'{"a":1',
        b"NaN",
        b"Infinity",
        b"1e999",
        b"1" * 5000,
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b'"a\x00b"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        nested(NESTING_MAX + 1),
        nested(100_000),
    ],
)
def test_anything_else_is_wrapped(state: bytes) -> None:
    data, is_wrapped = encode_state(state)
    assert is_wrapped
    assert isinstance(json.loads(data), str)


@given(st.binary() | st.text().map(str.encode) | st.builds(json.dumps, st.text()).map(str.encode))
def test_every_state_comes_back(state: bytes) -> None:
    assert decode_state(*written(state)) == state


@given(st.text(alphabet='{}[]",:0123456789.eE+-\\u dtrfalsn\n\x00"', max_size=12).map(str.encode))
def test_what_is_kept_verbatim_both_decoders_of_ours_can_read(state: bytes) -> None:
    data, _ = encode_state(state)
    msgspec.json.decode(data)
    msgspec.json.encode(json.loads(data))


def test_data_of_other_writers_is_never_unwrapped() -> None:
    assert decode_state('"c3RhdGUx"', '{"actor":{"kind":"staff","id":"state"}}') == b'"c3RhdGUx"'
    assert decode_state('"c3RhdGUx"', '{"state":"other"}') == b'"c3RhdGUx"'


@pytest.mark.parametrize("data", ['"not base64"', '"c3RhdGU"', "{}", "17"])
def test_a_broken_mark_is_said(data: str) -> None:
    with pytest.raises(ValueError, match="marked as base64"):
        decode_state(data, '{"state":"base64"}')


def test_the_metadata_are_ours() -> None:
    command_id, verbatim, wrapped = recorded_metadata()
    metadata = decode_metadata(verbatim)
    assert decode_metadata(wrapped) == metadata
    assert (metadata.actor.kind, metadata.actor.id) == ("system", "eventsourcing")
    assert metadata.command_id == metadata.correlation_id == command_id
    assert metadata.code_version == "eventsourcing 9.5.6"
    assert json.loads(wrapped) == {**json.loads(verbatim), "state": "base64"}
    assert command_id_of(verbatim) == command_id_of(wrapped) == command_id
    assert recorded_metadata()[0] != command_id


def test_originators_come_back_in_the_configured_type() -> None:
    streams = [UUID_TEXT, UUID_TEXT.upper(), UUID_TEXT.replace("-", "x"), f"order-{ORDER_ID}", "d"]
    assert [originator_of(each, "text") for each in streams] == streams
    assert [originator_of(each, "uuid") for each in streams] == [UUID(UUID_TEXT), *streams[1:]]


def test_every_stream_that_our_events_name_is_ours() -> None:
    names = {name: make for name, make in vars(events).items() if name.endswith("_stream")}
    categories = {
        events.category_of(make(*("x" for _ in signature(make).parameters)))
        for make in names.values()
    }
    assert {"order", "product", "customer", "email"} <= categories <= OUR_CATEGORIES
