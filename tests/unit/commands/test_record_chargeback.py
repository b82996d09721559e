"""RecordChargeback: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, RefundExceedsCaptured
from domain.payment_events import ChargebackOpened
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    CASE_ID,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    REFUNDED,
    a_chargeback,
    a_judgement,
    a_refund,
    money_back_again,
    money_not_back,
    money_not_taken,
)
from tests.specification import given


def opened(amount_minor: int = DUE_MINOR, case_id: str = CASE_ID) -> ChargebackOpened:
    return ChargebackOpened(**PAYMENT, case_id=case_id, amount_minor=amount_minor)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*CAPTURED).when(a_chargeback()).then(opened())
    given(*CAPTURED).when(a_chargeback(actor=STAFF)).then(opened())


def test_succeeds_with_what_was_not_given_back() -> None:
    given(*REFUNDED).when(a_chargeback(amount_minor=1_500)).then(opened(1_500))
    past = (*CAPTURED, a_chargeback(amount_minor=1_000))
    another = a_chargeback(case_id="case-2", amount_minor=1_500)
    given(*past).when(another).then(opened(1_500, "case-2"))


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    given(*CAPTURED).when(a_chargeback(amount_minor=amount_minor)).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*CAPTURED).when(a_chargeback(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*CAPTURED).when(a_chargeback(actor=CUSTOMER)).then_refused(Forbidden)
    given(*CAPTURED).when(a_chargeback(actor=CARRIER)).then_refused(Forbidden)
    given(*CAPTURED).when(a_chargeback(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*CAPTURED, a_chargeback())
    given(*past).when(a_chargeback(amount_minor=1)).then_refused(OperationConflict)
    given(*CAPTURED).when(a_chargeback(case_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*CAPTURED).when(a_chargeback(case_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_refused_with_more_than_was_taken_and_not_given_back() -> None:
    given(*AUTHORIZED).when(a_chargeback()).then_refused(RefundExceedsCaptured)
    more = a_chargeback(amount_minor=DUE_MINOR + 1)
    given(*CAPTURED).when(more).then_refused(RefundExceedsCaptured)
    given(*REFUNDED).when(a_chargeback()).then_refused(RefundExceedsCaptured)
    disputed = (*CAPTURED, a_chargeback())
    another = a_chargeback(case_id="case-2", amount_minor=1)
    given(*disputed).when(another).then_refused(RefundExceedsCaptured)


def test_repeated_has_nothing_to_do_even_when_it_is_decided() -> None:
    given(*CAPTURED, a_chargeback()).when(a_chargeback()).then_nothing()
    given(*CAPTURED, a_chargeback(), a_judgement()).when(a_chargeback()).then_nothing()


def test_raced_by_a_refund_that_is_on_its_way_it_waits_for_its_outcome() -> None:
    asked = (*CAPTURED, a_refund())
    given(*asked).when(a_chargeback()).then_refused(RefundExceedsCaptured)
    given(*asked, money_not_back()).when(a_chargeback()).then(opened())
    given(*REFUNDED, money_back_again()).when(a_chargeback()).then(opened())


def test_raced_by_a_capture_that_is_taken_back_nothing_is_left_to_dispute() -> None:
    past = (*REFUNDED, money_not_taken())
    refusal = given(*past).when(a_chargeback()).then_refused(RefundExceedsCaptured)
    assert refusal.detail == "0 can be disputed"
