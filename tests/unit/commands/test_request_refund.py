"""RequestRefund: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, RefundExceedsCaptured
from domain.payment_events import RefundRequested
from tests.examples import CUSTOMER, SYSTEM
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    CASE_ID,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    PSP,
    REFUND_ID,
    REFUNDED,
    REQUESTED,
    a_capture,
    a_chargeback,
    a_judgement,
    a_refund,
    money_back,
    money_back_again,
    money_not_back,
    money_not_taken,
    money_taken,
)
from tests.specification import given

ASKED = (*CAPTURED, a_refund())


def requested(
    amount_minor: int = 1_000, *, refund_id: str = REFUND_ID, return_id: str | None = "return-1"
) -> RefundRequested:
    return RefundRequested(
        **PAYMENT,
        refund_id=refund_id,
        amount_minor=amount_minor,
        reason="return",
        return_id=return_id,
    )


def test_succeeds_with_a_part_and_with_everything() -> None:
    given(*CAPTURED).when(a_refund()).then(requested())
    everything = a_refund(actor=SYSTEM, amount_minor=DUE_MINOR, return_id=None)
    given(*CAPTURED).when(everything).then(requested(DUE_MINOR, return_id=None))
    given(*AUTHORIZED, a_capture(), money_taken()).when(a_refund()).then(requested())


def test_succeeds_with_the_rest_while_another_part_is_on_its_way() -> None:
    rest = a_refund(refund_id="r2", amount_minor=1_500)
    given(*ASKED).when(rest).then(requested(1_500, refund_id="r2"))
    given(*REFUNDED).when(rest).then(requested(1_500, refund_id="r2"))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*CAPTURED).when(a_refund(actor=CUSTOMER)).then_refused(Forbidden)
    given(*CAPTURED).when(a_refund(actor=PSP)).then_refused(Forbidden)
    given(*CAPTURED).when(a_refund(payment_id="x")).then_refused(PaymentNotFound)


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    given(*CAPTURED).when(a_refund(amount_minor=amount_minor)).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*CAPTURED).when(a_refund(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given(*ASKED).when(a_refund(amount_minor=1)).then_refused(OperationConflict)
    given(*ASKED).when(a_refund(return_id="return-2")).then_refused(OperationConflict)
    given(*CAPTURED).when(a_refund(refund_id=PAYMENT_ID)).then_refused(OperationConflict)
    same_id = a_refund(refund_id=CAPTURE_ID, amount_minor=DUE_MINOR)
    given(*CAPTURED).when(same_id).then_refused(OperationConflict)
    disputed = (*CAPTURED, a_chargeback(amount_minor=1))
    given(*disputed).when(a_refund(refund_id=CASE_ID)).then_refused(OperationConflict)


def test_refused_with_more_than_was_taken() -> None:
    given(*REQUESTED).when(a_refund()).then_refused(RefundExceedsCaptured)
    given(*AUTHORIZED, a_capture()).when(a_refund()).then_refused(RefundExceedsCaptured)
    more = a_refund(amount_minor=DUE_MINOR + 1)
    given(*CAPTURED).when(more).then_refused(RefundExceedsCaptured)


def test_refused_with_more_than_is_left() -> None:
    more = a_refund(refund_id="r2", amount_minor=1_501)
    given(*ASKED).when(more).then_refused(RefundExceedsCaptured)
    given(*REFUNDED).when(more).then_refused(RefundExceedsCaptured)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED).when(a_refund()).then_nothing()
    given(*REFUNDED).when(a_refund()).then_nothing()
    given(*REFUNDED, money_back_again()).when(a_refund()).then_nothing()


def test_succeeds_again_after_it_failed() -> None:
    given(*ASKED, money_not_back()).when(a_refund()).then(requested())
    everything = a_refund(refund_id="r2", amount_minor=DUE_MINOR)
    given(*ASKED, money_not_back()).when(everything).then(requested(DUE_MINOR, refund_id="r2"))


def test_succeeds_under_another_id_after_the_money_came_back() -> None:
    everything = a_refund(refund_id="r2", amount_minor=DUE_MINOR)
    past = (*REFUNDED, money_back_again())
    given(*past).when(everything).then(requested(DUE_MINOR, refund_id="r2"))


def test_raced_by_a_chargeback_what_is_disputed_is_not_given_back_too() -> None:
    disputed = (*CAPTURED, a_chargeback())
    given(*disputed).when(a_refund()).then_refused(RefundExceedsCaptured)
    given(*disputed, a_judgement()).when(a_refund()).then_refused(RefundExceedsCaptured)
    given(*disputed, a_judgement(is_won=True)).when(a_refund()).then(requested())


def test_raced_by_what_the_provider_gave_back_on_its_own() -> None:
    past = (*CAPTURED, money_back(refund_id="theirs", amount_minor=2_000))
    given(*past).when(a_refund()).then_refused(RefundExceedsCaptured)


def test_raced_by_a_capture_that_is_taken_back() -> None:
    taken_back = (*CAPTURED, money_not_taken())
    given(*taken_back).when(a_refund()).then_refused(RefundExceedsCaptured)
    at_a_loss = (*REFUNDED, money_not_taken())
    another = a_refund(refund_id="r2", amount_minor=1)
    refusal = given(*at_a_loss).when(another).then_refused(RefundExceedsCaptured)
    assert refusal.detail == "0 can be given back"
