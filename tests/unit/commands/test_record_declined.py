"""RecordDeclined: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.payment_errors import PaymentNotFound, PaymentStateConflict
from domain.payment_events import PaymentDeclined
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURED,
    PAYMENT,
    REQUESTED,
    a_beginning,
    a_decline,
    a_void,
    an_action_required,
    money_given_up,
)
from tests.specification import given

DECLINED = PaymentDeclined(**PAYMENT, code="insufficient_funds", is_retriable=True)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*REQUESTED).when(a_decline()).then(DECLINED)
    given(*REQUESTED).when(a_decline(actor=STAFF)).then(DECLINED)


def test_succeeds_however_far_the_payment_has_come() -> None:
    given(*REQUESTED, an_action_required()).when(a_decline()).then(DECLINED)
    given(*REQUESTED, a_beginning()).when(a_decline(code="fraud", is_retriable=False)).then(
        PaymentDeclined(**PAYMENT, code="fraud", is_retriable=False)
    )
    given(*REQUESTED, a_void()).when(a_decline()).then(DECLINED)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*REQUESTED).when(a_decline(actor=CUSTOMER)).then_refused(Forbidden)
    given(*REQUESTED).when(a_decline(actor=CARRIER)).then_refused(Forbidden)
    given(*REQUESTED).when(a_decline(payment_id="x")).then_refused(PaymentNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*REQUESTED, a_decline()).when(a_decline()).then_nothing()
    given(*REQUESTED, a_decline()).when(a_decline(code="fraud")).then_nothing()


def test_raced_by_the_authorisation_it_cannot_be_declined_any_more() -> None:
    given(*AUTHORIZED).when(a_decline()).then_refused(PaymentStateConflict)
    refusal = given(*CAPTURED).when(a_decline()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "captured"


def test_raced_by_the_void_there_is_nothing_to_decline() -> None:
    past = (*REQUESTED, a_void(), money_given_up(amount_minor=0))
    given(*past).when(a_decline()).then_nothing()
