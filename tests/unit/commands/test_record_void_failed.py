"""RecordVoidFailed: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import (
    PaymentNotFound,
    PaymentOperationNotFound,
    PaymentStateConflict,
)
from domain.payment_events import PaymentVoidFailed
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    VOID_ID,
    a_capture,
    a_void,
    money_given_up,
    money_not_given_up,
    money_taken,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_void())
FAILED = PaymentVoidFailed(**PAYMENT, void_id=VOID_ID, code="captured")


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_not_given_up()).then(FAILED)
    given(*ASKED).when(money_not_given_up(actor=STAFF)).then(FAILED)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_not_given_up(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_given_up(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_not_given_up(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*AUTHORIZED).when(money_not_given_up()).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*AUTHORIZED, a_capture())
    given(*past).when(money_not_given_up(void_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*past).when(money_not_given_up(void_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_not_given_up()).when(money_not_given_up()).then_nothing()


def test_raced_by_its_own_success_it_was_given_up() -> None:
    past = (*ASKED, money_given_up())
    refusal = given(*past).when(money_not_given_up()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "voided"


def test_raced_by_a_capture_it_fails() -> None:
    past = (*ASKED, money_taken(amount_minor=DUE_MINOR))
    given(*past).when(money_not_given_up()).then(FAILED)


def test_fails_again_after_it_was_asked_for_again() -> None:
    past = (*ASKED, money_not_given_up(), a_void())
    given(*past).when(money_not_given_up()).then(FAILED)
