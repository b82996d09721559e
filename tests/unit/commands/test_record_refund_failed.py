"""RecordRefundFailed: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import (
    PaymentNotFound,
    PaymentOperationNotFound,
    PaymentStateConflict,
)
from domain.payment_events import RefundFailed
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    CAPTURE_ID,
    CAPTURED,
    PAYMENT,
    PAYMENT_ID,
    REFUND_ID,
    a_refund,
    money_back,
    money_back_again,
    money_not_back,
)
from tests.specification import given

ASKED = (*CAPTURED, a_refund())
FAILED = RefundFailed(**PAYMENT, refund_id=REFUND_ID, amount_minor=1_000, code="account_closed")


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_not_back()).then(FAILED)
    given(*ASKED).when(money_not_back(actor=STAFF)).then(FAILED)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_not_back(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_back(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_back(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*CAPTURED).when(money_not_back()).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given(*ASKED).when(money_not_back(refund_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*ASKED).when(money_not_back(refund_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_not_back()).when(money_not_back()).then_nothing()


def test_raced_by_its_own_success_what_comes_back_is_a_reversal() -> None:
    succeeded = (*ASKED, money_back())
    refusal = given(*succeeded).when(money_not_back()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "partially_refunded"
    reversed_since = (*succeeded, money_back_again())
    given(*reversed_since).when(money_not_back()).then_refused(PaymentStateConflict)


def test_fails_again_after_it_was_asked_for_again() -> None:
    given(*ASKED, money_not_back(), a_refund()).when(money_not_back()).then(FAILED)


def test_an_earlier_attempt_that_is_told_of_late_changes_nothing() -> None:
    again = (*ASKED, money_not_back(attempt=1), a_refund())
    given(*again).when(money_not_back(attempt=1)).then_nothing()
    given(*again, money_back()).when(money_not_back(attempt=1)).then_nothing()
    given(*again).when(money_not_back(attempt=2)).then(FAILED)
