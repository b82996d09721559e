"""RecordAuthorized: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound
from domain.payment_events import PaymentAuthorized
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PSP_REF,
    REQUESTED,
    VALID_UNTIL,
    a_beginning,
    a_decline,
    a_void,
    an_action_required,
    an_authorization,
    money_given_up,
    money_taken,
)
from tests.specification import given


def authorised(amount_minor: int = DUE_MINOR) -> PaymentAuthorized:
    return PaymentAuthorized(
        **PAYMENT,
        psp_ref=PSP_REF,
        amount_minor=amount_minor,
        valid_until=VALID_UNTIL,
        risk_score=12,
    )


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*REQUESTED).when(an_authorization()).then(authorised())
    given(*REQUESTED).when(an_authorization(actor=STAFF)).then(authorised())
    given(*REQUESTED).when(an_authorization(valid_until=None, risk_score=None)).then(
        PaymentAuthorized(**PAYMENT, psp_ref=PSP_REF, amount_minor=DUE_MINOR)
    )


def test_succeeds_with_less_than_was_asked_for() -> None:
    given(*REQUESTED).when(an_authorization(amount_minor=900)).then(authorised(900))


def test_succeeds_however_the_payment_got_there() -> None:
    given(*REQUESTED, an_action_required()).when(an_authorization()).then(authorised())
    given(*REQUESTED, a_beginning()).when(an_authorization()).then(authorised())


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    wish = an_authorization(amount_minor=amount_minor)
    given(*REQUESTED).when(wish).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    wish = an_authorization(amount_minor=2**53)
    given(*REQUESTED).when(wish).then_refused(AmountOutOfRange)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*REQUESTED).when(an_authorization(actor=CUSTOMER)).then_refused(Forbidden)
    given(*REQUESTED).when(an_authorization(actor=CARRIER)).then_refused(Forbidden)
    given(*REQUESTED).when(an_authorization(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_when_another_authorisation_was_noted() -> None:
    given(*AUTHORIZED).when(an_authorization(amount_minor=1)).then_refused(OperationConflict)
    given(*AUTHORIZED).when(an_authorization(psp_ref="pi_2")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_was_taken_since() -> None:
    given(*AUTHORIZED).when(an_authorization()).then_nothing()
    given(*CAPTURED).when(an_authorization()).then_nothing()
    given(*AUTHORIZED, a_void(), money_given_up()).when(an_authorization()).then_nothing()


def test_raced_by_a_decline_or_a_void_the_money_is_there_all_the_same() -> None:
    given(*REQUESTED, a_decline()).when(an_authorization()).then(authorised())
    given(*REQUESTED, a_void()).when(an_authorization()).then(authorised())
    given_up = (*REQUESTED, a_void(), money_given_up(amount_minor=0))
    given(*given_up).when(an_authorization()).then(authorised())


def test_raced_by_the_capture_it_was_noted_with_it() -> None:
    given(*REQUESTED, money_taken()).when(an_authorization()).then_nothing()
