"""RecordActionRequired: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.payment_errors import PaymentNotFound, PaymentStateConflict
from domain.payment_events import PaymentActionRequired
from tests.examples import CARRIER, CUSTOMER, MINUTE, NOW, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    PAYMENT,
    REQUESTED,
    a_beginning,
    a_decline,
    an_action_required,
    money_given_up,
)
from tests.specification import given

REQUIRED = PaymentActionRequired(
    **PAYMENT, url="https://psp.example/3ds/1", until=NOW + 30 * MINUTE
)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*REQUESTED).when(an_action_required()).then(REQUIRED)
    given(*REQUESTED).when(an_action_required(actor=STAFF)).then(REQUIRED)


def test_succeeds_without_a_deadline() -> None:
    given(*REQUESTED).when(an_action_required(until=None)).then(
        PaymentActionRequired(**PAYMENT, url="https://psp.example/3ds/1")
    )


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*REQUESTED).when(an_action_required(actor=CUSTOMER)).then_refused(Forbidden)
    given(*REQUESTED).when(an_action_required(actor=CARRIER)).then_refused(Forbidden)
    given(*REQUESTED).when(an_action_required(payment_id="x")).then_refused(PaymentNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*REQUESTED, an_action_required()).when(an_action_required()).then_nothing()


def test_raced_by_an_answer_nothing_is_left_to_confirm() -> None:
    given(*AUTHORIZED).when(an_action_required()).then_refused(PaymentStateConflict)
    given(*REQUESTED, a_decline()).when(an_action_required()).then_refused(PaymentStateConflict)
    given_up = (*REQUESTED, money_given_up(amount_minor=0))
    refusal = given(*given_up).when(an_action_required()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "voided"


def test_raced_by_the_beginning_it_is_noted_late() -> None:
    given(*REQUESTED, a_beginning()).when(an_action_required()).then(REQUIRED)
