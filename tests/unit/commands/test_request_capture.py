"""RequestCapture: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden, OperationConflict
from domain.payment_errors import (
    AuthorizationExpired,
    CaptureExceedsAuthorized,
    PaymentNotFound,
    PaymentStateConflict,
)
from domain.payment_events import PaymentCaptureRequested
from tests.examples import CUSTOMER, MINUTE, SYSTEM
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    LONGER,
    PAYMENT,
    PAYMENT_ID,
    PSP,
    REFUND_ID,
    REQUESTED,
    VALID_UNTIL,
    VOID_ID,
    a_capture,
    a_chargeback,
    a_decline,
    a_reauthorization,
    a_refund,
    a_void,
    an_authorization,
    an_end_of_authorization,
    money_given_up,
    money_not_given_up,
    money_not_taken,
    money_taken,
    rest_kept,
)
from tests.specification import given


def requested(
    amount_minor: int, *, shipment_id: str | None = "shipment-1", capture_id: str = CAPTURE_ID
) -> PaymentCaptureRequested:
    return PaymentCaptureRequested(
        **PAYMENT, capture_id=capture_id, amount_minor=amount_minor, shipment_id=shipment_id
    )


def test_succeeds_with_a_part_and_with_everything() -> None:
    given(*AUTHORIZED).when(a_capture()).then(requested(1_250))
    given(*AUTHORIZED).when(a_capture(actor=SYSTEM, amount_minor=DUE_MINOR)).then(
        requested(DUE_MINOR)
    )
    given(*AUTHORIZED).when(a_capture(shipment_id=None)).then(requested(1_250, shipment_id=None))


def test_succeeds_with_the_rest_while_another_part_is_being_taken() -> None:
    wish = a_capture(capture_id="c2", amount_minor=1_250)
    given(*AUTHORIZED, a_capture()).when(wish).then(requested(1_250, capture_id="c2"))
    taken = (*AUTHORIZED, a_capture(), money_taken())
    given(*taken).when(wish).then(requested(1_250, capture_id="c2"))


def test_succeeds_without_end_and_until_the_end() -> None:
    endless = (*REQUESTED, an_authorization(valid_until=None))
    given(*endless).when(a_capture(asked_at=LONGER)).then(requested(1_250))
    given(*AUTHORIZED).when(a_capture(asked_at=VALID_UNTIL - MINUTE)).then(requested(1_250))
    kept = (*AUTHORIZED, an_end_of_authorization(), a_reauthorization(), rest_kept())
    given(*kept).when(a_capture(asked_at=VALID_UNTIL)).then(requested(1_250))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*AUTHORIZED).when(a_capture(actor=CUSTOMER)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_capture(actor=PSP)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_capture(payment_id="x")).then_refused(PaymentNotFound)


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_refused_with_no_amount(amount_minor: int) -> None:
    given(*AUTHORIZED).when(a_capture(amount_minor=amount_minor)).then_refused(AmountInvalid)


def test_refused_with_an_amount_that_cannot_be_kept() -> None:
    given(*AUTHORIZED).when(a_capture(amount_minor=2**53)).then_refused(AmountOutOfRange)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    asked = (*AUTHORIZED, a_capture())
    given(*asked).when(a_capture(amount_minor=1)).then_refused(OperationConflict)
    given(*asked).when(a_capture(shipment_id="s2")).then_refused(OperationConflict)
    given(*AUTHORIZED).when(a_capture(capture_id=PAYMENT_ID)).then_refused(OperationConflict)
    given_up = (*AUTHORIZED, a_void())
    given(*given_up).when(a_capture(capture_id=VOID_ID)).then_refused(OperationConflict)
    back = (*CAPTURED, a_refund(amount_minor=1_250))
    given(*back).when(a_capture(capture_id=REFUND_ID)).then_refused(OperationConflict)
    disputed = (*CAPTURED, a_chargeback(case_id="x"))
    given(*disputed).when(a_capture(capture_id="x")).then_refused(OperationConflict)


def test_refused_before_anything_is_authorised() -> None:
    refusal = given(*REQUESTED).when(a_capture()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "requested"
    given(*REQUESTED, a_decline()).when(a_capture()).then_refused(PaymentStateConflict)


def test_refused_when_the_authorisation_has_ended() -> None:
    late = a_capture(asked_at=VALID_UNTIL)
    given(*AUTHORIZED).when(late).then_refused(AuthorizationExpired)
    ended = (*AUTHORIZED, an_end_of_authorization(actor=PSP))
    given(*ended).when(a_capture()).then_refused(AuthorizationExpired)


def test_refused_with_more_than_is_left() -> None:
    more = a_capture(amount_minor=DUE_MINOR + 1)
    given(*AUTHORIZED).when(more).then_refused(CaptureExceedsAuthorized)
    another = a_capture(capture_id="c2", amount_minor=1_251)
    given(*AUTHORIZED, a_capture()).when(another).then_refused(CaptureExceedsAuthorized)
    given(*CAPTURED).when(a_capture(capture_id="c2")).then_refused(CaptureExceedsAuthorized)


def test_repeated_has_nothing_to_do() -> None:
    asked = (*AUTHORIZED, a_capture())
    given(*asked).when(a_capture()).then_nothing()
    given(*asked, money_taken()).when(a_capture()).then_nothing()
    given(*asked, money_taken()).when(a_capture(asked_at=LONGER)).then_nothing()


def test_succeeds_again_after_it_failed() -> None:
    failed = (*AUTHORIZED, a_capture(), money_not_taken())
    given(*failed).when(a_capture()).then(requested(1_250))
    taken_back = (*AUTHORIZED, a_capture(), money_taken(), money_not_taken())
    given(*taken_back).when(a_capture()).then(requested(1_250))


def test_raced_by_a_void_nothing_can_be_taken_unless_it_fails() -> None:
    asked = (*AUTHORIZED, a_void())
    given(*asked).when(a_capture()).then_refused(CaptureExceedsAuthorized)
    given(*asked, money_given_up()).when(a_capture()).then_refused(CaptureExceedsAuthorized)
    given(*asked, money_not_given_up()).when(a_capture()).then(requested(1_250))


def test_raced_by_a_void_that_came_before_the_authorisation() -> None:
    past = (*REQUESTED, a_void(), an_authorization())
    given(*past).when(a_capture()).then_refused(CaptureExceedsAuthorized)


def test_raced_by_what_the_provider_took_on_its_own() -> None:
    past = (*AUTHORIZED, money_taken(capture_id="theirs", amount_minor=2_000))
    given(*past).when(a_capture()).then_refused(CaptureExceedsAuthorized)
    given(*past).when(a_capture(amount_minor=500)).then(requested(500))
