"""ChangeShippingAddress: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import EditRequired, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_events import OrderShippingAddressChanged
from domain.order_parts import ShippingAddressPersonal
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
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    PARTLY_SHIPPED,
    REJECTED,
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


@pytest.mark.parametrize(
    ("past", "state"),
    [
        (CANCELLING, "cancelling"),
        (CANCELLED, "cancelled"),
        (REJECTED, "rejected"),
        (EXPIRED, "expired"),
        (COMPLETED, "completed"),
    ],
)
def test_refuses_an_order_that_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...], state: str
) -> None:
    refusal = given(*past).when(an_address_change()).then_refused(OrderStateConflict)
    assert refusal.current_state == state
    assert refusal.allowed_commands == ("add-note",)


def test_raced_by_a_parcel_it_comes_too_late() -> None:
    given(*CONFIRMED).when(an_address_change()).then(CHANGED)
    refusal = given(*PARTLY_SHIPPED).when(an_address_change()).then_refused(OrderStateConflict)
    assert refusal.current_state == "confirmed"
    assert refusal.allowed_commands == (
        *("add-note", "cancel-lines", "cancel-order", "place-hold", "propose-edit"),
    )


def test_refuses_an_unknown_order() -> None:
    given().when(an_address_change()).then_refused(OrderNotFound)


def test_refuses_the_order_of_another_customer_as_if_there_were_none() -> None:
    stranger = an_address_change(actor=OTHER_CUSTOMER)
    seen = given(a_placed_order()).when(stranger).then_refused(OrderNotFound)
    unseen = given().when(stranger).then_refused(OrderNotFound)
    assert seen.detail == unseen.detail
