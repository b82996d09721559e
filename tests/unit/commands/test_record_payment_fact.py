"""RecordPaymentFact: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OperationConflict, OrderNotFound
from domain.events import Event
from domain.order_events import OrderPaymentRecorded
from domain.order_parts import PaymentFactKind
from tests.examples import CUSTOMER
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    EXPIRED,
    FACTS,
    REJECTED,
    a_large_order,
    a_payment_fact,
)
from tests.specification import given


def recorded(kind: PaymentFactKind, amount_minor: int = 6_343) -> OrderPaymentRecorded:
    return OrderPaymentRecorded(
        **FACTS,
        payment_id="payment-1",
        kind=kind,
        operation_id=f"{kind}-1",
        amount_minor=amount_minor,
    )


@pytest.mark.parametrize("kind", PaymentFactKind)
def test_succeeds_with_every_kind_of_fact(kind: PaymentFactKind) -> None:
    given(a_large_order()).when(a_payment_fact(kind)).then(recorded(kind))


def test_succeeds_with_an_amount_that_is_taken_back() -> None:
    kind = PaymentFactKind.CAPTURED
    past = (a_large_order(), a_payment_fact(kind, operation_id="capture-1"))
    given(*past).when(a_payment_fact(kind, -6_343)).then(recorded(kind, -6_343))


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED, COMPLETED])
def test_succeeds_in_every_state_because_it_happened(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_payment_fact(PaymentFactKind.DISPUTED)).then(
        recorded(PaymentFactKind.DISPUTED)
    )


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(a_large_order()).when(a_payment_fact(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_payment_fact()).then_refused(OrderNotFound)


def test_refused_when_the_operation_was_counted_with_another_amount() -> None:
    past = (a_large_order(), a_payment_fact())
    given(*past).when(a_payment_fact(amount_minor=1)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(a_large_order(), a_payment_fact()).when(a_payment_fact()).then_nothing()


def test_raced_by_the_same_operation_of_another_payment_both_count() -> None:
    past = (a_large_order(), a_payment_fact(payment_id="payment-2"))
    given(*past).when(a_payment_fact()).then(recorded(PaymentFactKind.AUTHORIZED))
