"""PlaceHold: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OperationConflict, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_errors import AlreadyShipped
from domain.order_events import OrderHeld
from domain.order_parts import FreeTextPersonal, HoldKind
from tests.examples import CUSTOMER
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    PARTLY_SHIPPED,
    REJECTED,
    SHIPPED,
    a_hold,
    a_hold_release,
    a_large_order,
)
from tests.specification import given

HELD = OrderHeld(
    **FACTS, hold_id="hold-1", kind=HoldKind.FRAUD, personal=FreeTextPersonal(text="odd address")
)


@pytest.mark.parametrize("past", [(a_large_order(),), CONFIRMED, PARTLY_SHIPPED])
def test_succeeds_as_long_as_something_is_in_the_house(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_hold()).then(HELD)


def test_succeeds_beside_another_hold_and_after_one() -> None:
    second = replace(HELD, hold_id="hold-2", kind=HoldKind.ADDRESS)
    wish = a_hold(hold_id="hold-2", kind=HoldKind.ADDRESS)
    given(a_large_order(), a_hold()).when(wish).then(second)
    given(a_large_order(), a_hold(), a_hold_release()).when(wish).then(second)


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED, COMPLETED])
def test_refused_when_the_order_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_hold()).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(a_large_order()).when(a_hold(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_hold()).then_refused(OrderNotFound)


def test_refused_with_a_hold_id_that_was_used_for_another_hold() -> None:
    past = (a_large_order(), a_hold())
    given(*past).when(a_hold(kind=HoldKind.MANUAL)).then_refused(OperationConflict)
    given(*past).when(a_hold(reason="other")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_it() -> None:
    given(a_large_order(), a_hold()).when(a_hold()).then_nothing()
    given(a_large_order(), a_hold(), a_hold_release()).when(a_hold()).then_nothing()
    given(a_large_order(), a_hold(), *CANCELLING[-1:]).when(a_hold()).then_nothing()


def test_raced_by_the_last_parcel_nothing_is_left_to_hold() -> None:
    given(*SHIPPED).when(a_hold()).then_refused(AlreadyShipped)
