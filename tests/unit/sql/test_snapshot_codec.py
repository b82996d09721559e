"""Is a snapshot the state again, of its own stream only, and without a word of personal data?"""

from dataclasses import is_dataclass, replace
from typing import get_args, get_type_hints

import pytest

from domain import customer, order_events, order_parts
from domain.events import order_stream, product_stream
from domain.fold import FOLD_VERSIONS
from domain.order_events import OrderPlaced
from sql.snapshot_codec import (
    UndecodableSnapshot,
    decode_state,
    encode_state,
    fold_version_of,
)
from tests.examples import (
    ADDRESS,
    ORDER_ID,
    SKU,
    a_cancellation,
    a_note,
    a_placed_order,
    a_price_withdrawal,
    a_shop,
    an_address_change,
    an_order,
)
from tests.order_examples import (
    a_confirmation,
    a_flag,
    a_hold,
    a_hold_release,
    a_payment_fact,
    a_refused_cancellation,
    pieces,
)
from tests.specification import Streams

CANARY = "canary-7391"
PERSONAL_TYPES = {
    customer.CustomerPersonal,
    customer.CustomerAddressPersonal,
    order_parts.Address,
    order_parts.OrderPersonal,
    order_parts.ShippingAddressPersonal,
    order_parts.FreeTextPersonal,
}


def a_day() -> Streams:
    streams = Streams()
    elsewhere = replace(ADDRESS, line1="6 Dorset Street")
    for wish in (
        *a_shop(),
        an_order(),
        a_note(),
        an_address_change(address=elsewhere),
        a_hold(),
        a_hold_release(),
        a_payment_fact(),
        a_confirmation(allocations=(pieces("1", 2),), backorders=()),
        a_flag(),
        a_cancellation(cancellation_id="too-late"),
        a_refused_cancellation(cancellation_id="too-late"),
        a_cancellation(),
        a_price_withdrawal(),
    ):
        streams.carry_out(wish)
    return streams


@pytest.mark.parametrize("stream", [order_stream(ORDER_ID), product_stream(SKU)])
def test_a_state_comes_back_as_it_was(stream: str) -> None:
    state = a_day().states[stream]
    assert decode_state(stream, encode_state(state)) == state


def test_streams_that_stay_short_have_no_snapshots() -> None:
    kept = ["product-S", "order-1", "stock-S@L", "coupon-C"]
    others = ["customer-1", "email-1", "stranger-1", "-", ""]
    assert [fold_version_of(stream) for stream in kept] == [*FOLD_VERSIONS.values()]
    assert [fold_version_of(stream) for stream in others] == [None] * len(others)


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        pytest.param("product-S", b"", id="nothing"),
        pytest.param("product-S", b"{", id="half of it"),
        pytest.param("product-S", b"\xff", id="no text"),
        pytest.param("product-S", b'{"sku":7}', id="other fields"),
        pytest.param("product-S", b"[" * 200_000, id="very deep"),
        pytest.param("customer-1", b"{}", id="of streams without snapshots"),
        pytest.param("product-S", encode_state(a_day().states[product_stream(SKU)]), id="product"),
        pytest.param("order-1", encode_state(a_day().states[order_stream(ORDER_ID)]), id="order"),
    ],
)
def test_what_is_no_state_of_the_stream_is_told(stream: str, data: bytes) -> None:
    with pytest.raises(UndecodableSnapshot):
        decode_state(stream, data)


def test_a_map_that_is_none_is_told() -> None:
    data = encode_state(a_day().states[order_stream(ORDER_ID)])
    broken = data[: data.index(b'"notes"')] + b'"notes":[["a"]]}'
    with pytest.raises(UndecodableSnapshot):
        decode_state(order_stream(ORDER_ID), broken)


def test_no_personal_word_gets_into_a_snapshot() -> None:
    """PRV-07: whatever text the personal fields hold, none of it is in the bytes."""
    address = order_parts.Address(
        **{name: CANARY for name in get_type_hints(order_parts.Address) if name != "country"},
        country="GB",
    )
    placed: OrderPlaced = a_placed_order(
        personal=order_parts.OrderPersonal(
            shipping_address=address, billing_address=address, note=CANARY
        )
    )
    streams = Streams()
    streams.record(placed)
    streams.carry_out(a_note(text=CANARY))
    streams.carry_out(an_address_change(address=replace(address, line2=None)))
    streams.carry_out(a_hold(reason=CANARY))
    streams.carry_out(a_hold_release(note=CANARY))
    streams.carry_out(a_cancellation(note=CANARY))
    data = encode_state(streams.states[order_stream(ORDER_ID)])
    assert CANARY.encode() not in data
    assert b'"notes":[[' in data


def test_states_with_snapshots_have_no_field_of_a_personal_type() -> None:
    for state_class in FOLD_VERSIONS:
        assert types_within(state_class).isdisjoint(PERSONAL_TYPES)


def types_within(annotation: object, found: set[object] | None = None) -> set[object]:
    """Collect the types that a value of this type may contain."""
    found = set() if found is None else found
    if annotation not in found:
        found.add(annotation)
        is_class = isinstance(annotation, type) and is_dataclass(annotation)
        fields = get_type_hints(annotation) if is_class else {}
        for part in (*get_args(annotation), *fields.values()):
            types_within(part, found)
    return found


def test_the_walk_finds_what_is_deep_inside() -> None:
    assert order_parts.Address in types_within(order_events.OrderPlaced)
    assert customer.CustomerPersonal in types_within(customer.CustomerRegistered)
