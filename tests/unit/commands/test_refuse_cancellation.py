"""RefuseCancellation: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_events import OrderCancellationRefused
from tests.examples import CUSTOMER, a_cancellation
from tests.order_examples import (
    CANCELLATION_ID,
    CANCELLED,
    CANCELLING,
    CONFIRMED,
    FACTS,
    PARTLY_SHIPPED,
    a_confirmation,
    a_finished_cancellation,
    a_large_order,
    a_parcel,
    a_refused_cancellation,
)
from tests.specification import given

REFUSED = OrderCancellationRefused(**FACTS, cancellation_id=CANCELLATION_ID, reason="it is packed")


@pytest.mark.parametrize(
    "past", [CANCELLING, (a_large_order(), a_cancellation()), (*PARTLY_SHIPPED, a_cancellation())]
)
def test_succeeds(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_refused_cancellation()).then(REFUSED)


def test_lets_the_order_go_on_from_where_it_was() -> None:
    given(*CANCELLING, a_refused_cancellation(), a_parcel())
    given(a_large_order(), a_cancellation(), a_refused_cancellation(), a_confirmation())


@pytest.mark.parametrize("past", [(a_large_order(),), CONFIRMED, CANCELLED])
def test_refused_when_this_cancellation_is_not_under_way(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_refused_cancellation()).then_refused(OrderStateConflict)


def test_refused_for_another_cancellation_than_the_one_under_way() -> None:
    wish = a_refused_cancellation(cancellation_id="another")
    given(*CANCELLING).when(wish).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CANCELLING).when(a_refused_cancellation(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_refused_cancellation()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do_even_when_another_one_is_under_way() -> None:
    past = (*CANCELLING, a_refused_cancellation())
    given(*past).when(a_refused_cancellation()).then_nothing()
    again = a_cancellation(cancellation_id="another")
    given(*past, again).when(a_refused_cancellation(reason="x")).then_nothing()


def test_raced_by_the_end_it_comes_too_late() -> None:
    past = (*CANCELLING, a_finished_cancellation())
    given(*past).when(a_refused_cancellation()).then_refused(OrderStateConflict)
