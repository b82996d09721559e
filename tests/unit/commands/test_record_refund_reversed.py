"""RecordRefundReversed: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import (
    PaymentNotFound,
    PaymentOperationNotFound,
    PaymentStateConflict,
)
from domain.payment_events import RefundReversed
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    CAPTURE_ID,
    CAPTURED,
    PAYMENT,
    PAYMENT_ID,
    REFUND_ID,
    REFUNDED,
    a_chargeback,
    a_refund,
    money_back,
    money_back_again,
    money_not_back,
)
from tests.specification import given

REVERSED = RefundReversed(**PAYMENT, refund_id=REFUND_ID, amount_minor=1_000)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*REFUNDED).when(money_back_again()).then(REVERSED)
    given(*REFUNDED).when(money_back_again(actor=STAFF)).then(REVERSED)
    given(*CAPTURED, money_back()).when(money_back_again()).then(REVERSED)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*REFUNDED).when(money_back_again(actor=CUSTOMER)).then_refused(Forbidden)
    given(*REFUNDED).when(money_back_again(actor=CARRIER)).then_refused(Forbidden)
    given(*REFUNDED).when(money_back_again(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*CAPTURED).when(money_back_again()).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given(*REFUNDED).when(money_back_again(refund_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*REFUNDED).when(money_back_again(refund_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_refused_when_the_refund_has_not_succeeded() -> None:
    failed = (*CAPTURED, a_refund(), money_not_back())
    given(*failed).when(money_back_again()).then_refused(PaymentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*REFUNDED, money_back_again()).when(money_back_again()).then_nothing()


def test_raced_with_its_success_it_waits_for_it() -> None:
    asked = (*CAPTURED, a_refund())
    refusal = given(*asked).when(money_back_again()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "captured"
    given(*asked, money_back()).when(money_back_again()).then(REVERSED)


def test_raced_by_a_chargeback_both_count() -> None:
    given(*REFUNDED, a_chargeback(amount_minor=1_500)).when(money_back_again()).then(REVERSED)


def test_an_earlier_attempt_that_is_told_of_late_changes_nothing() -> None:
    again = (*CAPTURED, a_refund(), money_not_back(), a_refund(), money_back())
    given(*again).when(money_back_again(attempt=1)).then_nothing()
    given(*again).when(money_back_again(attempt=2)).then(REVERSED)
