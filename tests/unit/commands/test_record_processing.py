"""RecordProcessing: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.payment_errors import PaymentNotFound, PaymentStateConflict
from domain.payment_events import PaymentProcessing
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    PAYMENT,
    PSP_REF,
    REQUESTED,
    a_beginning,
    a_decline,
    an_action_required,
)
from tests.specification import given

BEGUN = PaymentProcessing(**PAYMENT, psp_ref=PSP_REF)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*REQUESTED).when(a_beginning()).then(BEGUN)
    given(*REQUESTED).when(a_beginning(actor=STAFF)).then(BEGUN)


def test_succeeds_without_a_name_and_after_the_customer_confirmed() -> None:
    given(*REQUESTED).when(a_beginning(psp_ref=None)).then(PaymentProcessing(**PAYMENT))
    given(*REQUESTED, an_action_required()).when(a_beginning()).then(BEGUN)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*REQUESTED).when(a_beginning(actor=CUSTOMER)).then_refused(Forbidden)
    given(*REQUESTED).when(a_beginning(actor=CARRIER)).then_refused(Forbidden)
    given(*REQUESTED).when(a_beginning(payment_id="x")).then_refused(PaymentNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*REQUESTED, a_beginning()).when(a_beginning()).then_nothing()


def test_raced_by_an_answer_it_is_no_longer_in_the_making() -> None:
    given(*AUTHORIZED).when(a_beginning()).then_refused(PaymentStateConflict)
    declined = (*REQUESTED, a_decline())
    refusal = given(*declined).when(a_beginning()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "failed"
