"""RequestPayment: succeeds, refused, repeated, raced."""

from dataclasses import replace
from typing import Any

import pytest

from commands.record_payment_fact import RecordPaymentFact
from domain.errors import (
    AmountInvalid,
    AmountOutOfRange,
    CurrencyMismatch,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
)
from domain.order_parts import PaymentFactKind
from domain.payment_events import CaptureMode, PaymentRequested
from tests.examples import (
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER,
    STAFF,
    a_cancellation,
    a_placed_order,
    an_order,
)
from tests.exchange_examples import a_credit
from tests.payment_examples import (
    DUE_MINOR,
    ORDERED,
    PAYMENT,
    PSP,
    REQUESTED,
    a_decline,
    a_payment,
    money_taken,
)
from tests.specification import given


def requested(**fields: object) -> PaymentRequested:
    event = PaymentRequested(
        **PAYMENT,
        amount_minor=DUE_MINOR,
        method_ref="card_visa",
        capture_mode=CaptureMode.ON_DISPATCH,
    )
    return replace(event, **fields)


def test_succeeds_for_the_customer_and_the_shop() -> None:
    given(*ORDERED).when(a_payment()).then(requested())
    given(*ORDERED).when(a_payment(actor=STAFF)).then(requested())


def test_succeeds_with_a_part_of_what_is_due_in_several_payments() -> None:
    given(*ORDERED).when(a_payment(amount_minor=1)).then(requested(amount_minor=1))
    wish = a_payment(payment_id="p2", capture_mode=CaptureMode.IMMEDIATE)
    given(*ORDERED, a_payment(amount_minor=1)).when(wish).then(
        requested(payment_id="p2", capture_mode=CaptureMode.IMMEDIATE)
    )


def test_refused_for_an_order_that_is_unknown_or_another_customers() -> None:
    given(*ORDERED).when(a_payment(order_id="x")).then_refused(OrderNotFound)
    given(*ORDERED).when(a_payment(actor=OTHER_CUSTOMER)).then_refused(OrderNotFound)
    given(*ORDERED).when(a_payment(actor=PSP)).then_refused(OrderNotFound)


@pytest.mark.parametrize("amount_minor", [0, -1, DUE_MINOR + 1])
def test_refused_with_nothing_or_more_than_the_order_comes_to(amount_minor: int) -> None:
    given(*ORDERED).when(a_payment(amount_minor=amount_minor)).then_refused(AmountInvalid)


def a_fact(kind: PaymentFactKind, amount_minor: int, payment_id: str = "p1") -> RecordPaymentFact:
    """The order hears of a payment."""
    return RecordPaymentFact(
        actor=STAFF,
        asked_at=NOW,
        order_id=ORDER_ID,
        payment_id=payment_id,
        kind=kind,
        operation_id=f"{kind}/{payment_id}",
        amount_minor=amount_minor,
    )


def test_refused_with_more_than_other_payments_leave_to_pay() -> None:
    past = (*ORDERED, a_fact(PaymentFactKind.AUTHORIZED, 1_500))
    given(*past).when(a_payment(amount_minor=1_001)).then_refused(AmountInvalid)
    given(*past).when(a_payment(amount_minor=1_000)).then(requested(amount_minor=1_000))
    taken = (*past, a_fact(PaymentFactKind.CAPTURED, 1_500))
    given(*taken).when(a_payment(amount_minor=1_001)).then_refused(AmountInvalid)
    covered = (*past, a_fact(PaymentFactKind.AUTHORIZED, 1_000, "p2"))
    given(*covered).when(a_payment(amount_minor=1)).then_refused(AmountInvalid)
    given_up = (*covered, a_fact(PaymentFactKind.VOIDED, 1_500))
    given(*given_up).when(a_payment(amount_minor=1_500)).then(requested(amount_minor=1_500))


def test_raced_by_another_card_that_is_not_good_for_it_yet_both_are_asked_for() -> None:
    past = (*ORDERED, a_fact(PaymentFactKind.REQUESTED, DUE_MINOR))
    given(*past).when(a_payment(payment_id="p2")).then(requested(payment_id="p2"))


def test_refused_with_more_than_the_order_comes_to_beyond_its_credit() -> None:
    past = (a_placed_order(credit=a_credit(DUE_MINOR - 1)),)
    given(*past).when(a_payment(amount_minor=2)).then_refused(AmountInvalid)
    given(*past).when(a_payment(amount_minor=1)).then(requested(amount_minor=1))


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*ORDERED).when(a_payment(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_in_another_currency() -> None:
    given(*ORDERED).when(a_payment(currency="EUR")).then_refused(CurrencyMismatch)


@pytest.mark.parametrize(
    "other",
    [
        {"amount_minor": 1},
        {"currency": "EUR"},
        {"method_ref": "card_amex"},
        {"capture_mode": CaptureMode.IMMEDIATE},
    ],
    ids=str,
)
def test_refused_with_the_id_of_another_payment(other: dict[str, Any]) -> None:
    given(*REQUESTED).when(a_payment(**other)).then_refused(OperationConflict)


def test_refused_with_the_id_of_a_payment_for_another_order() -> None:
    another = an_order(order_id="o2", order_number="W26-0004712-R")
    given(*REQUESTED, another).when(a_payment(order_id="o2")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_it() -> None:
    given(*REQUESTED).when(a_payment()).then_nothing()
    given(*REQUESTED).when(a_payment(actor=STAFF)).then_nothing()
    given(*REQUESTED, a_decline()).when(a_payment()).then_nothing()
    given(*REQUESTED, money_taken()).when(a_payment()).then_nothing()


def test_raced_by_a_cancellation_the_order_takes_no_payments() -> None:
    given(*ORDERED, a_cancellation()).when(a_payment()).then_refused(OrderStateConflict)
    given(*REQUESTED, a_cancellation()).when(a_payment()).then_nothing()


def test_another_attempt_after_a_decline_is_another_payment() -> None:
    past = (*REQUESTED, a_decline())
    given(*past).when(a_payment(payment_id="p2")).then(requested(payment_id="p2"))
