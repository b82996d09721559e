"""RecordRefunded: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, RefundExceedsCaptured
from domain.payment_events import RefundRequested, RefundSucceeded
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    REFUND_ID,
    a_capture,
    a_chargeback,
    a_refund,
    money_back,
    money_back_again,
    money_not_back,
    money_not_taken,
)
from tests.specification import given

ASKED = (*CAPTURED, a_refund())


def requested(amount_minor: int = 1_000) -> RefundRequested:
    return RefundRequested(
        **PAYMENT, refund_id=REFUND_ID, amount_minor=amount_minor, reason="provider"
    )


def given_back(amount_minor: int = 1_000) -> RefundSucceeded:
    return RefundSucceeded(**PAYMENT, refund_id=REFUND_ID, amount_minor=amount_minor)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_back()).then(given_back())
    given(*ASKED).when(money_back(actor=STAFF)).then(given_back())


def test_succeeds_although_nobody_asked_for_it() -> None:
    given(*CAPTURED).when(money_back()).then(requested(), given_back())
    everything = money_back(amount_minor=DUE_MINOR)
    given(*CAPTURED).when(everything).then(requested(DUE_MINOR), given_back(DUE_MINOR))


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    given(*ASKED).when(money_back(amount_minor=amount_minor)).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*ASKED).when(money_back(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_back(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_back(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_back(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given(*ASKED).when(money_back(amount_minor=1)).then_refused(OperationConflict)
    given(*ASKED).when(money_back(refund_id=PAYMENT_ID)).then_refused(OperationConflict)
    same_id = money_back(refund_id=CAPTURE_ID, amount_minor=DUE_MINOR)
    given(*ASKED).when(same_id).then_refused(OperationConflict)


def test_refused_with_more_than_was_taken() -> None:
    given(*AUTHORIZED, a_capture()).when(money_back()).then_refused(RefundExceedsCaptured)
    more = money_back(amount_minor=DUE_MINOR + 1)
    given(*CAPTURED).when(more).then_refused(RefundExceedsCaptured)


def test_refused_with_more_than_is_left() -> None:
    more = money_back(refund_id="r2", amount_minor=1_501)
    given(*ASKED).when(more).then_refused(RefundExceedsCaptured)
    given(*ASKED, money_back()).when(more).then_refused(RefundExceedsCaptured)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_back()).when(money_back()).then_nothing()
    given(*CAPTURED, money_back()).when(money_back()).then_nothing()


def test_repeated_late_it_does_not_undo_the_reversal() -> None:
    given(*ASKED, money_back(), money_back_again()).when(money_back()).then_nothing()


def test_raced_by_its_own_failure_it_is_given_back_if_so_much_is_left() -> None:
    failed = (*ASKED, money_not_back())
    given(*failed).when(money_back()).then(given_back())
    another = (*failed, a_refund(refund_id="r2", amount_minor=DUE_MINOR))
    given(*another).when(money_back()).then_refused(RefundExceedsCaptured)


def test_raced_by_a_chargeback_of_the_rest_both_count() -> None:
    past = (*ASKED, a_chargeback(amount_minor=1_500))
    given(*past).when(money_back()).then(given_back())


def test_raced_by_a_capture_that_is_taken_back_the_truth_is_noted() -> None:
    given(*ASKED, money_not_taken()).when(money_back()).then(given_back())
