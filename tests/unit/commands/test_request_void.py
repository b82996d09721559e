"""RequestVoid: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, VoidAfterCapture
from domain.payment_events import PaymentVoidRequested
from tests.examples import CUSTOMER, SYSTEM
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    PSP,
    REFUNDED,
    REQUESTED,
    VOID_ID,
    a_beginning,
    a_capture,
    a_decline,
    a_void,
    an_action_required,
    an_authorization,
    an_end_of_authorization,
    money_given_up,
    money_not_given_up,
    money_not_taken,
    money_taken,
)
from tests.specification import given


def requested(amount_minor: int, void_id: str = VOID_ID) -> PaymentVoidRequested:
    return PaymentVoidRequested(
        **PAYMENT, void_id=void_id, amount_minor=amount_minor, reason="cancelled"
    )


def test_succeeds_with_all_that_is_not_taken() -> None:
    given(*AUTHORIZED).when(a_void()).then(requested(DUE_MINOR))
    given(*AUTHORIZED).when(a_void(actor=SYSTEM)).then(requested(DUE_MINOR))
    taken = (*AUTHORIZED, a_capture(), money_taken())
    given(*taken).when(a_void()).then(requested(1_250))


def test_succeeds_before_the_provider_has_answered() -> None:
    given(*REQUESTED).when(a_void()).then(requested(0))
    given(*REQUESTED, an_action_required()).when(a_void()).then(requested(0))
    given(*REQUESTED, a_beginning()).when(a_void()).then(requested(0))


def test_succeeds_with_what_has_ended() -> None:
    given(*AUTHORIZED, an_end_of_authorization()).when(a_void()).then(requested(DUE_MINOR))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*AUTHORIZED).when(a_void(actor=CUSTOMER)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_void(actor=PSP)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_void(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    asked = (*AUTHORIZED, a_capture())
    given(*asked).when(a_void(void_id=CAPTURE_ID)).then_refused(OperationConflict)
    given(*asked).when(a_void(void_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_refused_when_everything_is_taken() -> None:
    given(*CAPTURED).when(a_void()).then_refused(VoidAfterCapture)
    given(*REFUNDED).when(a_void()).then_refused(VoidAfterCapture)


def test_repeated_has_nothing_to_do() -> None:
    given(*AUTHORIZED, a_void()).when(a_void()).then_nothing()
    given(*AUTHORIZED, a_void(), money_given_up()).when(a_void()).then_nothing()
    taken = (*AUTHORIZED, a_void(), money_taken(amount_minor=DUE_MINOR))
    given(*taken).when(a_void()).then_nothing()


def test_asked_twice_at_once_it_is_one_void() -> None:
    given(*AUTHORIZED, a_void()).when(a_void(void_id="v2")).then_nothing()


def test_nothing_is_given_up_where_nothing_is_left() -> None:
    given(*AUTHORIZED, a_void(), money_given_up()).when(a_void(void_id="v2")).then_nothing()
    given(*REQUESTED, a_decline()).when(a_void()).then_nothing()
    given_up = (*REQUESTED, a_void(), money_given_up(amount_minor=0))
    given(*given_up).when(a_void(void_id="v2")).then_nothing()


def test_succeeds_again_after_it_failed() -> None:
    past = (*AUTHORIZED, a_void(), money_not_given_up())
    given(*past).when(a_void()).then(requested(DUE_MINOR))
    given(*past).when(a_void(void_id="v2")).then(requested(DUE_MINOR, "v2"))


def test_raced_by_a_capture_it_leaves_out_what_is_being_taken() -> None:
    given(*AUTHORIZED, a_capture()).when(a_void()).then(requested(1_250))
    all_asked = (*AUTHORIZED, a_capture(amount_minor=DUE_MINOR))
    given(*all_asked).when(a_void()).then_nothing()
    given(*all_asked, an_end_of_authorization()).when(a_void()).then_nothing()
    given(*all_asked, money_not_taken()).when(a_void()).then(requested(DUE_MINOR))


def test_raced_by_a_late_authorisation_it_is_asked_for_again() -> None:
    past = (*REQUESTED, a_void(), money_given_up(amount_minor=0), an_authorization())
    given(*past).when(a_void(void_id="v2")).then(requested(DUE_MINOR, "v2"))
