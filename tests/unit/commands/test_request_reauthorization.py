"""RequestReauthorization: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentStateConflict
from domain.payment_events import PaymentReauthorizationRequested
from tests.examples import CUSTOMER, SYSTEM
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    DUE_MINOR,
    PAYMENT,
    PAYMENT_ID,
    PSP,
    REAUTHORIZATION_ID,
    REQUESTED,
    a_capture,
    a_reauthorization,
    a_void,
    an_end_of_authorization,
    money_given_up,
    money_taken,
    rest_kept,
    rest_not_kept,
)
from tests.specification import given


def requested(
    amount_minor: int = DUE_MINOR, reauthorization_id: str = REAUTHORIZATION_ID
) -> PaymentReauthorizationRequested:
    return PaymentReauthorizationRequested(
        **PAYMENT, reauthorization_id=reauthorization_id, amount_minor=amount_minor
    )


def test_succeeds_with_what_is_not_taken() -> None:
    given(*AUTHORIZED).when(a_reauthorization()).then(requested())
    given(*AUTHORIZED).when(a_reauthorization(actor=SYSTEM)).then(requested())
    past = (*AUTHORIZED, a_capture(), money_taken())
    given(*past).when(a_reauthorization()).then(requested(1_250))


def test_succeeds_after_the_end_of_the_authorisation() -> None:
    given(*AUTHORIZED, an_end_of_authorization()).when(a_reauthorization()).then(requested())


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*AUTHORIZED).when(a_reauthorization(actor=CUSTOMER)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_reauthorization(actor=PSP)).then_refused(Forbidden)
    given(*AUTHORIZED).when(a_reauthorization(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*AUTHORIZED, a_capture())
    for taken in (CAPTURE_ID, PAYMENT_ID):
        wish = a_reauthorization(reauthorization_id=taken)
        given(*past).when(wish).then_refused(OperationConflict)


def test_refused_where_nothing_is_left_to_be_taken() -> None:
    given(*REQUESTED).when(a_reauthorization()).then_refused(PaymentStateConflict)
    given(*CAPTURED).when(a_reauthorization()).then_refused(PaymentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    asked = (*AUTHORIZED, a_reauthorization())
    given(*asked).when(a_reauthorization()).then_nothing()
    given(*asked, rest_kept()).when(a_reauthorization()).then_nothing()
    taken = (*asked, money_taken(amount_minor=DUE_MINOR))
    given(*taken).when(a_reauthorization()).then_nothing()


def test_succeeds_again_after_it_failed_or_under_another_id() -> None:
    failed = (*AUTHORIZED, a_reauthorization(), rest_not_kept())
    given(*failed).when(a_reauthorization()).then(requested())
    kept = (*AUTHORIZED, a_reauthorization(), rest_kept())
    wish = a_reauthorization(reauthorization_id="a2")
    given(*kept).when(wish).then(requested(reauthorization_id="a2"))


def test_raced_by_a_void_nothing_is_left() -> None:
    past = (*AUTHORIZED, a_void(), money_given_up())
    refusal = given(*past).when(a_reauthorization()).then_refused(PaymentStateConflict)
    assert refusal.current_state == "voided"
