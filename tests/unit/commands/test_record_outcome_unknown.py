"""RecordOutcomeUnknown: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OperationConflict
from domain.payment_errors import PaymentNotFound, PaymentOperationNotFound
from domain.payment_events import PaymentOperation, PaymentOutcomeUnknown
from tests.examples import CARRIER, CUSTOMER
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    PAYMENT,
    PAYMENT_ID,
    PSP,
    REAUTHORIZATION_ID,
    REFUND_ID,
    REQUESTED,
    VOID_ID,
    a_beginning,
    a_capture,
    a_decline,
    a_reauthorization,
    a_refund,
    a_void,
    an_action_required,
    an_unknown_outcome,
    money_given_up,
    money_not_taken,
    money_taken,
)
from tests.specification import given

ASKED = (*AUTHORIZED, a_capture())
OF_THE_AUTHORIZATION = an_unknown_outcome(
    operation=PaymentOperation.AUTHORIZE, operation_id=PAYMENT_ID
)


def unknown(
    attempt: int = 1,
    operation: PaymentOperation = PaymentOperation.CAPTURE,
    operation_id: str = CAPTURE_ID,
) -> PaymentOutcomeUnknown:
    return PaymentOutcomeUnknown(
        **PAYMENT, operation=operation, operation_id=operation_id, attempt=attempt
    )


def test_succeeds_for_the_shop_and_the_provider() -> None:
    given(*ASKED).when(an_unknown_outcome()).then(unknown())
    given(*ASKED).when(an_unknown_outcome(actor=PSP)).then(unknown())


def test_succeeds_once_per_attempt() -> None:
    past = (*ASKED, an_unknown_outcome())
    given(*past).when(an_unknown_outcome(attempt=2)).then(unknown(2))


@pytest.mark.parametrize(
    ("past", "operation", "operation_id"),
    [
        (REQUESTED, PaymentOperation.AUTHORIZE, PAYMENT_ID),
        ((*REQUESTED, an_action_required()), PaymentOperation.AUTHORIZE, PAYMENT_ID),
        ((*AUTHORIZED, a_void()), PaymentOperation.VOID, VOID_ID),
        ((*CAPTURED, a_refund()), PaymentOperation.REFUND, REFUND_ID),
        ((*AUTHORIZED, a_reauthorization()), PaymentOperation.REAUTHORIZE, REAUTHORIZATION_ID),
    ],
)
def test_succeeds_for_every_operation(
    past: tuple[Command, ...], operation: PaymentOperation, operation_id: str
) -> None:
    wish = an_unknown_outcome(operation=operation, operation_id=operation_id)
    given(*past).when(wish).then(unknown(1, operation, operation_id))


def test_refused_to_others_and_for_an_unknown_payment() -> None:
    given(*ASKED).when(an_unknown_outcome(actor=CUSTOMER)).then_refused(Forbidden)
    given(*ASKED).when(an_unknown_outcome(actor=CARRIER)).then_refused(Forbidden)
    given(*ASKED).when(an_unknown_outcome(payment_id="x")).then_refused(PaymentNotFound)


def test_refused_for_what_nobody_asked_for() -> None:
    given(*AUTHORIZED).when(an_unknown_outcome()).then_refused(PaymentOperationNotFound)
    other = an_unknown_outcome(operation=PaymentOperation.AUTHORIZE, operation_id="x")
    given(*REQUESTED).when(other).then_refused(PaymentOperationNotFound)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    other = an_unknown_outcome(operation=PaymentOperation.VOID)
    given(*ASKED).when(other).then_refused(OperationConflict)
    given(*ASKED).when(an_unknown_outcome(operation_id=PAYMENT_ID)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    past = (*ASKED, an_unknown_outcome(attempt=2))
    given(*past).when(an_unknown_outcome(attempt=2)).then_nothing()
    given(*past).when(an_unknown_outcome()).then_nothing()
    given(*REQUESTED, OF_THE_AUTHORIZATION).when(OF_THE_AUTHORIZATION).then_nothing()


def test_raced_by_the_answer_the_outcome_is_known() -> None:
    given(*ASKED, money_taken()).when(an_unknown_outcome()).then_nothing()
    given(*ASKED, money_not_taken()).when(an_unknown_outcome()).then_nothing()
    given(*AUTHORIZED).when(OF_THE_AUTHORIZATION).then_nothing()
    given(*REQUESTED, a_decline()).when(OF_THE_AUTHORIZATION).then_nothing()
    given_up = (*REQUESTED, a_void(), money_given_up(amount_minor=0))
    given(*given_up).when(OF_THE_AUTHORIZATION).then_nothing()


def test_counts_anew_after_the_operation_was_asked_for_again() -> None:
    past = (*ASKED, an_unknown_outcome(attempt=3), money_not_taken(), a_capture())
    given(*past).when(an_unknown_outcome()).then(unknown())


def test_counts_anew_after_the_provider_said_something_of_the_authorisation() -> None:
    lost = unknown(1, PaymentOperation.AUTHORIZE, PAYMENT_ID)
    for answer in (an_action_required(), a_beginning()):
        past = (*REQUESTED, OF_THE_AUTHORIZATION, answer)
        given(*past).when(OF_THE_AUTHORIZATION).then(lost)
