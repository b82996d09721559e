"""ChangeShippingAddress: succeeds, refused, repeated."""

from dataclasses import replace

from domain.errors import EditRequired, OrderNotFound, OrderStateConflict
from domain.order import OrderShippingAddressChanged, ShippingAddressPersonal
from tests.examples import (
    ADDRESS,
    CUSTOMER_ID,
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER,
    STAFF,
    a_cancellation,
    a_placed_order,
    an_address_change,
)
from tests.specification import given

ELSEWHERE = an_address_change().address
ABROAD = replace(ADDRESS, country="DE")
CHANGED = OrderShippingAddressChanged(
    order_id=ORDER_ID,
    customer_id=CUSTOMER_ID,
    currency="GBP",
    channel="web",
    country="GB",
    placed_at=NOW,
    personal=ShippingAddressPersonal(shipping_address=ELSEWHERE),
)


def test_succeeds_within_the_country() -> None:
    given(a_placed_order()).when(an_address_change()).then(CHANGED)
    given(a_placed_order()).when(an_address_change(actor=STAFF)).then(CHANGED)


def test_succeeds_where_no_address_was_yet() -> None:
    given(a_placed_order(personal=None)).when(an_address_change()).then(CHANGED)


def test_succeeds_within_the_country_of_the_address_when_the_order_names_another() -> None:
    order = a_placed_order(country="United Kingdom")
    given(order).when(an_address_change()).then(replace(CHANGED, country="United Kingdom"))


def test_repeated_has_nothing_to_do() -> None:
    given(a_placed_order()).when(an_address_change(address=ADDRESS)).then_nothing()
    given(a_placed_order(), an_address_change(), a_cancellation()).when(
        an_address_change()
    ).then_nothing()


def test_refuses_another_country() -> None:
    given(a_placed_order()).when(an_address_change(address=ABROAD)).then_refused(EditRequired)
    given(a_placed_order(personal=None)).when(an_address_change(address=ABROAD)).then_refused(
        EditRequired
    )


def test_refuses_a_cancelled_order() -> None:
    refusal = (
        given(a_placed_order(), a_cancellation())
        .when(an_address_change())
        .then_refused(OrderStateConflict)
    )
    assert refusal.current_state == "cancelled"
    assert refusal.allowed_commands == ("add-note",)


def test_refuses_an_unknown_order() -> None:
    given().when(an_address_change()).then_refused(OrderNotFound)


def test_refuses_the_order_of_another_customer_as_if_there_were_none() -> None:
    stranger = an_address_change(actor=OTHER_CUSTOMER)
    seen = given(a_placed_order()).when(stranger).then_refused(OrderNotFound)
    unseen = given().when(stranger).then_refused(OrderNotFound)
    assert seen.detail == unseen.detail
