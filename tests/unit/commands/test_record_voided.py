"""RecordVoided: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentStateConflict
from domain.payment_events import PaymentVoided, PaymentVoidRequested
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    REQUESTED,
    VOID_ID,
    a_capture,
    a_decline,
    a_void,
    an_authorization,
    an_end_of_authorization,
    money_given_up,
    money_not_given_up,
    money_taken,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_void())


def voided(amount_minor: int = DUE_MINOR) -> PaymentVoided:
    return PaymentVoided(**PAYMENT, void_id=VOID_ID, amount_minor=amount_minor)


def requested(amount_minor: int = DUE_MINOR) -> PaymentVoidRequested:
    return PaymentVoidRequested(
        **PAYMENT, void_id=VOID_ID, amount_minor=amount_minor, reason="provider"
    )


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_given_up()).then(voided())
    given(*ASKED).when(money_given_up(actor=STAFF)).then(voided())


def test_succeeds_with_less_than_was_asked_for() -> None:
    given(*ASKED).when(money_given_up(amount_minor=1)).then(voided(1))


def test_succeeds_although_nobody_asked_for_it() -> None:
    given(*AUTHORIZED).when(money_given_up()).then(requested(), voided())
    ended = (*AUTHORIZED, an_end_of_authorization())
    given(*ended).when(money_given_up()).then(requested(), voided())


def test_succeeds_with_nothing_where_nothing_was_authorised() -> None:
    given(*REQUESTED, a_void()).when(money_given_up(amount_minor=0)).then(voided(0))
    given(*REQUESTED).when(money_given_up(amount_minor=0)).then(requested(0), voided(0))
    declined = (*REQUESTED, a_decline())
    given(*declined).when(money_given_up(amount_minor=0)).then(requested(0), voided(0))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_given_up(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_given_up(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_given_up(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*AUTHORIZED, a_capture())
    given(*past).when(money_given_up(void_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*past).when(money_given_up(void_id=PAYMENT_ID)).then_refused(OperationConflict)


@pytest.mark.parametrize("amount_minor", [-1, DUE_MINOR + 1])
def test_refused_with_more_or_less_than_can_be_given_up(amount_minor: int) -> None:
    wish = money_given_up(amount_minor=amount_minor)
    given(*ASKED).when(wish).then_refused(PaymentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_given_up()).when(money_given_up()).then_nothing()
    given(*AUTHORIZED, money_given_up()).when(money_given_up()).then_nothing()


def test_raced_by_its_own_failure_it_is_given_up_all_the_same() -> None:
    given(*ASKED, money_not_given_up()).when(money_given_up()).then(voided())


def test_raced_by_a_capture_only_the_rest_can_be_given_up() -> None:
    given(*CAPTURED).when(money_given_up()).then_refused(PaymentStateConflict)
    taken = (*AUTHORIZED, a_capture(), money_taken())
    given(*taken).when(money_given_up()).then_refused(PaymentStateConflict)
    given(*taken).when(money_given_up(amount_minor=1_250)).then(requested(1_250), voided(1_250))


def test_raced_by_a_capture_that_never_came_about() -> None:
    given(*AUTHORIZED, a_capture()).when(money_given_up()).then(requested(), voided())


def test_raced_with_the_authorisation_it_waits_for_it() -> None:
    given(*REQUESTED, a_void()).when(money_given_up()).then_refused(PaymentStateConflict)
    given(*REQUESTED, a_void(), an_authorization()).when(money_given_up()).then(voided())
