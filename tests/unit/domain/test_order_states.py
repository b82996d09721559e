"""Does every payment, fulfilment and return state follow from the counters it stands for?"""

from dataclasses import replace

import pytest

from domain.order_progress import LineProgress, PaymentSums
from domain.order_states import (
    FulfilmentState,
    PaymentState,
    ReturnState,
    fulfilment_state,
    payment_state,
    return_state,
)

DUE = 100
PAYMENT = PaymentSums(payment_id="1", requested_minor=100)
AUTHORIZED = replace(PAYMENT, authorised_minor=100)
CAPTURED = replace(AUTHORIZED, captured_minor=100)
FAILED = replace(PAYMENT, has_failed=True)
VOIDED = replace(AUTHORIZED, voided_minor=100)

PAYMENT_CASES: list[tuple[PaymentState, tuple[PaymentSums, ...]]] = [
    (PaymentState.NONE, ()),
    (PaymentState.PENDING, (PAYMENT,)),
    (PaymentState.PENDING, (FAILED, PAYMENT)),
    (PaymentState.PENDING, (replace(AUTHORIZED, authorised_minor=99),)),
    (PaymentState.PENDING, (VOIDED, PAYMENT)),
    (PaymentState.AUTHORIZED, (AUTHORIZED,)),
    (PaymentState.AUTHORIZED, (FAILED, VOIDED, AUTHORIZED)),
    (PaymentState.AUTHORIZED, (replace(AUTHORIZED, authorised_minor=60),) * 2),
    (PaymentState.PARTIALLY_CAPTURED, (replace(AUTHORIZED, captured_minor=99),)),
    (PaymentState.PARTIALLY_CAPTURED, (replace(CAPTURED, captured_minor=40), AUTHORIZED)),
    (PaymentState.CAPTURED, (CAPTURED,)),
    (
        PaymentState.CAPTURED,
        (
            FAILED,
            replace(CAPTURED, captured_minor=60),
            VOIDED,
            replace(CAPTURED, captured_minor=40),
        ),
    ),
    (PaymentState.OVERPAID, (replace(CAPTURED, captured_minor=101),)),
    (PaymentState.OVERPAID, (CAPTURED, CAPTURED)),
    (PaymentState.PARTIALLY_REFUNDED, (replace(CAPTURED, refunded_minor=1),)),
    (PaymentState.PARTIALLY_REFUNDED, (CAPTURED, replace(CAPTURED, refunded_minor=100))),
    (PaymentState.REFUNDED, (replace(CAPTURED, refunded_minor=100),)),
    (PaymentState.VOIDED, (VOIDED,)),
    (PaymentState.VOIDED, (FAILED, VOIDED)),
    (PaymentState.FAILED, (FAILED,)),
    (PaymentState.FAILED, (FAILED, FAILED)),
    (PaymentState.DISPUTED, (replace(CAPTURED, disputed_minor=1),)),
    (PaymentState.DISPUTED, (CAPTURED, replace(CAPTURED, refunded_minor=99, disputed_minor=1))),
]


@pytest.mark.parametrize(("expected", "payments"), PAYMENT_CASES)
def test_tells_how_far_an_order_is_paid(
    expected: PaymentState, payments: tuple[PaymentSums, ...]
) -> None:
    assert payment_state(payments, DUE) is expected


def test_every_payment_state_is_reached() -> None:
    assert {state for state, _ in PAYMENT_CASES} == set(PaymentState)


def test_what_is_no_longer_owed_was_paid_too_much() -> None:
    assert payment_state((CAPTURED,), 60) is PaymentState.OVERPAID
    assert payment_state((replace(AUTHORIZED, authorised_minor=60),), 60) is PaymentState.AUTHORIZED


def test_a_dispute_that_is_won_is_over() -> None:
    won = replace(CAPTURED, disputed_minor=0)
    assert payment_state((won,), DUE) is PaymentState.CAPTURED


LINE = LineProgress(line_id="1", sku="A", ordered=4)
OTHER = LineProgress(line_id="2", sku="B", ordered=1)

FULFILMENT_CASES: list[tuple[FulfilmentState, tuple[LineProgress, ...]]] = [
    (FulfilmentState.UNFULFILLED, (LINE, OTHER)),
    (FulfilmentState.UNFULFILLED, (replace(LINE, allocated=4), replace(OTHER, cancelled=1))),
    (FulfilmentState.UNFULFILLED, (replace(LINE, cancelled=4), replace(OTHER, cancelled=1))),
    (FulfilmentState.BACKORDERED, (replace(LINE, allocated=3, backordered=1), OTHER)),
    (FulfilmentState.PARTIALLY_SHIPPED, (replace(LINE, shipped=4), OTHER)),
    (FulfilmentState.PARTIALLY_SHIPPED, (replace(LINE, shipped=1, backordered=3), OTHER)),
    (FulfilmentState.SHIPPED, (replace(LINE, shipped=4), replace(OTHER, shipped=1))),
    (FulfilmentState.SHIPPED, (replace(LINE, shipped=3, cancelled=1), replace(OTHER, cancelled=1))),
    (FulfilmentState.PARTIALLY_DELIVERED, (replace(LINE, shipped=4, delivered=4), OTHER)),
    (
        FulfilmentState.PARTIALLY_DELIVERED,
        (replace(LINE, shipped=4, delivered=3), replace(OTHER, shipped=1, delivered=1)),
    ),
    (
        FulfilmentState.DELIVERED,
        (replace(LINE, shipped=4, delivered=4), replace(OTHER, shipped=1, delivered=1)),
    ),
    (
        FulfilmentState.DELIVERED,
        (replace(LINE, shipped=2, delivered=2, cancelled=2), replace(OTHER, cancelled=1)),
    ),
]


@pytest.mark.parametrize(("expected", "lines"), FULFILMENT_CASES)
def test_tells_how_far_the_goods_have_come(
    expected: FulfilmentState, lines: tuple[LineProgress, ...]
) -> None:
    assert fulfilment_state(lines) is expected


def test_every_fulfilment_state_is_reached() -> None:
    assert {state for state, _ in FULFILMENT_CASES} == set(FulfilmentState)


THERE = replace(LINE, shipped=4, delivered=4)
RETURN_CASES: list[tuple[ReturnState, tuple[LineProgress, ...]]] = [
    (ReturnState.NONE, (LINE, OTHER)),
    (ReturnState.NONE, (THERE, OTHER)),
    (ReturnState.REQUESTED, (replace(THERE, return_requested=1), OTHER)),
    (ReturnState.PARTIALLY_RETURNED, (replace(THERE, returned=1, return_requested=3), OTHER)),
    (ReturnState.PARTIALLY_RETURNED, (replace(THERE, returned=3), OTHER)),
    (ReturnState.RETURNED, (replace(THERE, returned=4), OTHER)),
]


@pytest.mark.parametrize(("expected", "lines"), RETURN_CASES)
def test_tells_how_much_came_back(expected: ReturnState, lines: tuple[LineProgress, ...]) -> None:
    assert return_state(lines) is expected


def test_every_return_state_is_reached() -> None:
    assert {state for state, _ in RETURN_CASES} == set(ReturnState)
