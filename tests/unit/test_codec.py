"""Is what stands in the log what was decided, and is everything else refused by name?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.envelope import Actor, ActorKind, Metadata
from domain.errors import UndecodableEvent
from domain.events import EVENT_NAMES, EVENT_TYPES, Event
from domain.product import ProductActivated, ProductPriceSet
from sql.codec import decode_event, decode_metadata, encode_data, encode_metadata
from tests.examples import (
    a_cancellation,
    a_discontinuation,
    a_note,
    a_price_withdrawal,
    a_shop,
    an_address_change,
    an_order,
)
from tests.golden.test_golden_events import GOLDEN
from tests.specification import Streams

METADATA = Metadata(
    actor=Actor(ActorKind.CUSTOMER, "c-1"),
    command_id="command-1",
    correlation_id="correlation-1",
    causation_id="cause-1",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    code_version="1.2.3",
)
DEEP = b'{"sku":"a","x":' + b"[" * 200_000


def one_of_each() -> list[Event]:
    """An event of every type, from a day in the life of the shop."""
    streams = Streams()
    day = (
        *a_shop(),
        an_order(),
        a_note(),
        an_address_change(),
        a_cancellation(),
        a_price_withdrawal(),
        a_discontinuation(),
    )
    decided = [event for command in day for event in streams.carry_out(command)]
    known = {type(event) for event in decided}
    return [*decided, *(event for event in GOLDEN.values() if type(event) not in known)]


EVENTS = one_of_each()


def test_the_day_has_every_type_of_event() -> None:
    assert {type(event) for event in EVENTS} == set(EVENT_NAMES)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: EVENT_NAMES[type(event)][0])
def test_an_event_comes_back_as_it_was_and_in_the_same_text(event: Event) -> None:
    name, schema_version = EVENT_NAMES[type(event)]
    text = encode_data(event)
    again = decode_event(name, schema_version, text)
    assert again == event
    assert type(again) is type(event)
    assert encode_data(again) == text
    assert decode_event(name, schema_version, text.decode()) == event


def test_the_text_is_json_with_instants_of_rfc_3339_in_utc() -> None:
    """What is written is what is hashed, so the form never changes."""
    price = ProductPriceSet(
        sku="MUG-É",
        price_id="p",
        price_list="retail",
        currency="GBP",
        amount_minor=1_250,
        tax_included=True,
        valid_from=datetime(2026, 3, 29, 1, 0, 0, 120, tzinfo=UTC),
    )
    assert encode_data(price).decode() == (
        '{"sku":"MUG-É","price_id":"p","price_list":"retail","currency":"GBP",'
        '"amount_minor":1250,"tax_included":true,"valid_from":"2026-03-29T01:00:00.000120Z",'
        '"valid_to":null,"closes_price_id":null}'
    )


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    """It is written as it was given; a reader has to get the same moment."""
    (price,) = [event for event in EVENTS if isinstance(event, ProductPriceSet)]
    elsewhere = price.valid_from.astimezone(timezone(timedelta(hours=-8)))
    text = encode_data(replace(price, valid_from=elsewhere))
    assert decode_event("product-price-set", 1, text) == price


@pytest.mark.parametrize("metadata", [METADATA, replace(METADATA, traceparent=None)])
def test_metadata_come_back_as_they_were(metadata: Metadata) -> None:
    text = encode_metadata(metadata)
    assert decode_metadata(text) == decode_metadata(text.decode()) == metadata


def test_a_field_that_this_code_does_not_know_does_no_harm() -> None:
    """Newer code may add optional fields within a schema version."""
    assert decode_event("product-activated", 1, b'{"sku":"A","since":7}') == ProductActivated(
        sku="A"
    )


@pytest.mark.parametrize(
    ("name", "schema_version", "reason"),
    [
        ("order-teleported", 1, "order-teleported"),
        ("", 1, "unknown"),
        ("domain.order.OrderPlaced", 1, "unknown"),
        ("order-placed", 4, "schema version 4"),
        ("order-placed", 0, "schema version 0"),
    ],
)
def test_a_type_or_version_of_others_is_refused_by_name(
    name: str, schema_version: int, reason: str
) -> None:
    for _ in range(2):  # what is remembered must not be the refusal's opposite
        with pytest.raises(UndecodableEvent, match=reason):
            decode_event(name, schema_version, b"{}")


@given(name=st.sampled_from(sorted(EVENT_TYPES)), data=st.binary() | st.text())
@example(name="product-activated", data=DEEP)
@example(name="product-activated", data=b'{"sku":"\xff"}')
@example(name="product-activated", data='{"sku":"\ud800"}')
@example(name="product-activated", data=b'{"sku":"\\ud800"}')
@example(name="product-activated", data=b'{"sku":null}')
@example(name="product-activated", data=b"[]")
@example(name="product-activated", data=b'{"sku":"A"} ')
@example(name="product-activated", data=b'{"sku":"A"}}')
def test_whatever_the_text_is_the_answer_is_an_event_or_undecodable(
    name: str, data: bytes | str
) -> None:
    try:
        answer = decode_event(name, 1, data)
    except UndecodableEvent as error:
        answer = str(error)
    assert isinstance(answer, EVENT_TYPES[name][0]) or name in str(answer)


@given(data=st.binary() | st.text())
@example(data=b'{"actor":{"kind":"robot","id":"1"}}')
@example(data=b'{"actor":' + b"[" * 200_000)
@example(data="\ud800")
def test_whatever_the_metadata_are_the_answer_is_metadata_or_undecodable(data: bytes | str) -> None:
    try:
        answer = decode_metadata(data)
    except UndecodableEvent as error:
        answer = str(error)
    assert isinstance(answer, Metadata) or answer.startswith("metadata: ")


@given(
    name=st.sampled_from(sorted(EVENT_TYPES)),
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    ),
)
def test_any_other_json_is_undecodable(name: str, data: object) -> None:
    with pytest.raises(UndecodableEvent):
        decode_event(name, 1, json.dumps(data))
