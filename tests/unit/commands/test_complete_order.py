"""CompleteOrder: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_errors import OrderNotSettled
from domain.order_events import OrderCompleted
from domain.order_parts import PaymentFactKind, SettledTotals
from tests.examples import CUSTOMER, a_cancellation
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    CAPTURE,
    COMPLETED,
    CONFIRMED,
    DELIVERED,
    EXPIRED,
    FACTS,
    PARTLY_SHIPPED,
    REJECTED,
    RETURNING,
    SHIPPED,
    a_completion,
    a_finished_cancellation,
    a_large_order,
    a_parcel_delivery,
    a_payment_fact,
    a_second_delivery,
    an_accepted_return,
)
from tests.specification import given

REFUND = a_payment_fact(PaymentFactKind.REFUNDED, 2_798)


def completed(due: int = 6_343, captured: int = 6_343, refunded: int = 0) -> OrderCompleted:
    settled = SettledTotals(due_minor=due, captured_minor=captured, refunded_minor=refunded)
    return OrderCompleted(**FACTS, settled=settled)


def test_succeeds_when_everything_is_delivered_and_paid() -> None:
    given(*DELIVERED).when(a_completion()).then(completed())
    given(*RETURNING).when(a_completion()).then(completed())


def test_succeeds_when_what_came_back_was_paid_back() -> None:
    past = (*RETURNING, an_accepted_return(), REFUND)
    given(*past).when(a_completion()).then(completed(refunded=2_798))


def test_succeeds_when_the_rest_was_cancelled() -> None:
    past = (*PARTLY_SHIPPED, a_cancellation(), a_finished_cancellation(), a_parcel_delivery())
    taken = a_payment_fact(PaymentFactKind.CAPTURED, 4_768)
    given(*past).when(a_completion()).then_refused(OrderNotSettled)
    given(*past, taken).when(a_completion()).then(completed(due=4_768, captured=4_768))


def test_refused_when_something_is_not_delivered() -> None:
    for past in (CONFIRMED, PARTLY_SHIPPED, SHIPPED, (*SHIPPED, a_parcel_delivery())):
        given(*past, CAPTURE).when(a_completion()).then_refused(OrderNotSettled)


def test_refused_when_something_is_not_paid_or_was_lost_again() -> None:
    delivered = (*SHIPPED, a_parcel_delivery(), a_second_delivery())
    given(*delivered).when(a_completion()).then_refused(OrderNotSettled)
    given(*DELIVERED, REFUND).when(a_completion()).then_refused(OrderNotSettled)
    disputed = a_payment_fact(PaymentFactKind.DISPUTED, 1)
    given(*DELIVERED, disputed).when(a_completion()).then_refused(OrderNotSettled)


@pytest.mark.parametrize("past", [(a_large_order(),), CANCELLING, CANCELLED, REJECTED, EXPIRED])
def test_refused_when_the_order_is_not_confirmed(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_completion()).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*DELIVERED).when(a_completion(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_completion()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*COMPLETED).when(a_completion()).then_nothing()


def test_raced_by_a_chargeback_the_completed_order_stays_completed() -> None:
    past = (*COMPLETED, a_payment_fact(PaymentFactKind.DISPUTED))
    given(*past).when(a_completion()).then_nothing()
