"""RecordCaptureFailed: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentOperationNotFound
from domain.payment_events import PaymentCaptureFailed
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    REFUNDED,
    VOID_ID,
    a_capture,
    a_void,
    money_not_taken,
    money_taken,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_capture())


def failed(amount_minor: int = 1_250, *, was_captured: bool = False) -> PaymentCaptureFailed:
    return PaymentCaptureFailed(
        **PAYMENT,
        capture_id=CAPTURE_ID,
        amount_minor=amount_minor,
        code="expired_card",
        was_captured=was_captured,
    )


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_not_taken()).then(failed())
    given(*ASKED).when(money_not_taken(actor=STAFF)).then(failed())


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_not_taken(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_taken(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_taken(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*AUTHORIZED).when(money_not_taken()).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given_up = (*AUTHORIZED, a_void())
    given(*given_up).when(money_not_taken(capture_id=VOID_ID)).then_refused(OperationConflict)
    given(*ASKED).when(money_not_taken(capture_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_not_taken()).when(money_not_taken()).then_nothing()
    given(*ASKED, money_not_taken()).when(money_not_taken(code="other")).then_nothing()
    given(*CAPTURED, money_not_taken()).when(money_not_taken()).then_nothing()


def test_raced_by_its_success_the_money_is_taken_back() -> None:
    given(*ASKED, money_taken()).when(money_not_taken()).then(failed(was_captured=True))


def test_raced_by_a_refund_the_truth_is_noted_and_the_loss_is_the_shops() -> None:
    given(*REFUNDED).when(money_not_taken()).then(failed(DUE_MINOR, was_captured=True))


def test_fails_again_after_it_was_asked_for_again() -> None:
    past = (*ASKED, money_not_taken(), a_capture())
    given(*past).when(money_not_taken()).then(failed())
