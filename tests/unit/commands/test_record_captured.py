"""RecordCaptured: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import CaptureExceedsAuthorized, PaymentNotFound
from domain.payment_events import PaymentAuthorized, PaymentCaptured, PaymentCaptureRequested
from tests.examples import CARRIER, CUSTOMER, STAFF
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    PSP_REF,
    REFUNDED,
    REQUESTED,
    VOID_ID,
    a_capture,
    a_decline,
    a_void,
    an_authorization,
    an_end_of_authorization,
    money_given_up,
    money_not_taken,
    money_taken,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_capture())


def requested(amount_minor: int = 1_250, capture_id: str = CAPTURE_ID) -> PaymentCaptureRequested:
    return PaymentCaptureRequested(**PAYMENT, capture_id=capture_id, amount_minor=amount_minor)


def taken(amount_minor: int = 1_250, capture_id: str = CAPTURE_ID) -> PaymentCaptured:
    return PaymentCaptured(**PAYMENT, capture_id=capture_id, amount_minor=amount_minor)


def test_succeeds_for_the_provider_and_the_shop() -> None:
    given(*ASKED).when(money_taken()).then(taken())
    given(*ASKED).when(money_taken(actor=STAFF)).then(taken())


def test_succeeds_although_nobody_asked_for_it() -> None:
    given(*AUTHORIZED).when(money_taken()).then(requested(), taken())


def test_succeeds_after_the_end_of_the_authorisation() -> None:
    given(*ASKED, an_end_of_authorization()).when(money_taken()).then(taken())


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    given(*ASKED).when(money_taken(amount_minor=amount_minor)).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*ASKED).when(money_taken(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(money_taken(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(money_taken(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(money_taken(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    given(*ASKED).when(money_taken(amount_minor=1)).then_refused(OperationConflict)
    given(*ASKED).when(money_taken(capture_id=PAYMENT_ID)).then_refused(OperationConflict)
    given_up = (*AUTHORIZED, a_void())
    given(*given_up).when(money_taken(capture_id=VOID_ID)).then_refused(OperationConflict)


def test_refused_with_more_than_was_authorised() -> None:
    more = money_taken(capture_id="c2", amount_minor=DUE_MINOR + 1)
    given(*REQUESTED).when(more).then_refused(CaptureExceedsAuthorized)
    given(*AUTHORIZED).when(more).then_refused(CaptureExceedsAuthorized)
    rest = money_taken(capture_id="c2", amount_minor=1_251)
    given(*ASKED, money_taken()).when(rest).then_refused(CaptureExceedsAuthorized)


def test_repeated_has_nothing_to_do() -> None:
    given(*ASKED, money_taken()).when(money_taken()).then_nothing()
    given(*REQUESTED, money_taken()).when(money_taken()).then_nothing()
    given(*REFUNDED).when(money_taken(amount_minor=DUE_MINOR)).then_nothing()


def test_raced_with_the_authorisation_it_brings_it_along() -> None:
    authorised = PaymentAuthorized(**PAYMENT, psp_ref=PSP_REF, amount_minor=DUE_MINOR)
    given(*REQUESTED).when(money_taken()).then(authorised, requested(), taken())
    declined = (*REQUESTED, a_decline())
    given(*declined).when(money_taken()).then(authorised, requested(), taken())


def test_raced_by_its_own_failure_the_money_is_there_all_the_same() -> None:
    given(*ASKED, money_not_taken()).when(money_taken()).then(taken())


def test_raced_by_a_void_it_is_taken_while_anything_is_left() -> None:
    given(*ASKED, a_void()).when(money_taken()).then(taken())
    rest_given_up = (*ASKED, a_void(), money_given_up(amount_minor=1_250))
    given(*rest_given_up).when(money_taken()).then(taken())
    all_given_up = (*ASKED, money_given_up())
    given(*all_given_up).when(money_taken()).then_refused(CaptureExceedsAuthorized)


def test_raced_by_a_smaller_authorisation_than_was_asked_for() -> None:
    past = (*REQUESTED, an_authorization(amount_minor=1_000))
    given(*past).when(money_taken()).then_refused(CaptureExceedsAuthorized)
