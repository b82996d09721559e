"""Which status follows from the amounts of a payment, and what is left of it?"""

import pytest

from commands.registry import Command
from domain.fold import as_payment
from domain.payment import Case, Operation, OperationStatus, Payment, PaymentStatus
from domain.payment_events import CaptureMode, PaymentOperation
from tests.examples import NOW
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    CASE_ID,
    DUE_MINOR,
    LONGER,
    PAYMENT,
    PAYMENT_ID,
    PSP_REF,
    REAUTHORIZATION_ID,
    REFUND_ID,
    REFUNDED,
    REQUESTED,
    VALID_UNTIL,
    VOID_ID,
    a_beginning,
    a_capture,
    a_chargeback,
    a_decline,
    a_judgement,
    a_reauthorization,
    a_refund,
    a_void,
    an_action_required,
    an_authorization,
    an_end_of_authorization,
    an_unknown_outcome,
    money_back,
    money_back_again,
    money_given_up,
    money_not_back,
    money_not_given_up,
    money_not_taken,
    money_taken,
    rest_kept,
    rest_not_kept,
)
from tests.specification import Streams

OF_THE_AUTHORIZATION = an_unknown_outcome(
    operation=PaymentOperation.AUTHORIZE, operation_id=PAYMENT_ID
)
PARTLY_CAPTURED = (*AUTHORIZED, a_capture(), money_taken())
ENDED = (*AUTHORIZED, an_end_of_authorization())
GIVEN_UP = (*AUTHORIZED, a_void(), money_given_up())
GIVEN_UP_EARLY = (*REQUESTED, a_void(), money_given_up(amount_minor=0))
DISPUTED = (*CAPTURED, a_chargeback())
PARTLY_DISPUTED = (*CAPTURED, a_chargeback(amount_minor=1))


def payment_after(*past: Command) -> Payment:
    streams = Streams()
    for step in past:
        assert streams.carry_out(step) != ()
    payment = as_payment(streams.states[f"payment-{PAYMENT_ID}"])
    assert payment is not None
    return payment


@pytest.mark.parametrize(
    ("past", "status"),
    [
        (REQUESTED, PaymentStatus.REQUESTED),
        ((*REQUESTED, OF_THE_AUTHORIZATION), PaymentStatus.REQUESTED),
        ((*REQUESTED, a_void()), PaymentStatus.REQUESTED),
        ((*REQUESTED, an_action_required()), PaymentStatus.REQUIRES_ACTION),
        ((*REQUESTED, an_action_required(), a_beginning()), PaymentStatus.PROCESSING),
        ((*REQUESTED, a_decline()), PaymentStatus.FAILED),
        (GIVEN_UP_EARLY, PaymentStatus.VOIDED),
        ((*GIVEN_UP_EARLY, an_authorization()), PaymentStatus.AUTHORIZED),
        ((*REQUESTED, a_decline(), an_authorization()), PaymentStatus.AUTHORIZED),
        (AUTHORIZED, PaymentStatus.AUTHORIZED),
        ((*AUTHORIZED, a_capture()), PaymentStatus.AUTHORIZED),
        ((*AUTHORIZED, a_void()), PaymentStatus.AUTHORIZED),
        ((*AUTHORIZED, money_given_up(amount_minor=1)), PaymentStatus.AUTHORIZED),
        (GIVEN_UP, PaymentStatus.VOIDED),
        (ENDED, PaymentStatus.EXPIRED),
        ((*ENDED, money_given_up()), PaymentStatus.VOIDED),
        ((*ENDED, a_reauthorization(), rest_kept()), PaymentStatus.AUTHORIZED),
        ((*ENDED, a_reauthorization(), rest_not_kept()), PaymentStatus.EXPIRED),
        (PARTLY_CAPTURED, PaymentStatus.PARTIALLY_CAPTURED),
        ((*PARTLY_CAPTURED, an_end_of_authorization()), PaymentStatus.PARTIALLY_CAPTURED),
        (
            (*PARTLY_CAPTURED, money_given_up(amount_minor=1_250)),
            PaymentStatus.CAPTURED,
        ),
        (CAPTURED, PaymentStatus.CAPTURED),
        ((*CAPTURED, a_refund()), PaymentStatus.CAPTURED),
        ((*CAPTURED, a_refund(), money_not_back()), PaymentStatus.CAPTURED),
        (REFUNDED, PaymentStatus.PARTIALLY_REFUNDED),
        ((*REFUNDED, money_back_again()), PaymentStatus.CAPTURED),
        ((*CAPTURED, money_back(amount_minor=DUE_MINOR)), PaymentStatus.REFUNDED),
        ((*PARTLY_CAPTURED, money_back(amount_minor=1_250)), PaymentStatus.REFUNDED),
        ((*CAPTURED, money_not_taken()), PaymentStatus.AUTHORIZED),
        (PARTLY_DISPUTED, PaymentStatus.DISPUTED),
        ((*REFUNDED, a_chargeback(amount_minor=1)), PaymentStatus.DISPUTED),
        ((*DISPUTED, a_judgement(is_won=True)), PaymentStatus.CAPTURED),
        ((*DISPUTED, a_judgement()), PaymentStatus.REFUNDED),
        ((*PARTLY_DISPUTED, a_judgement()), PaymentStatus.PARTIALLY_REFUNDED),
    ],
)
def test_the_status_follows_from_the_amounts(
    past: tuple[Command, ...], status: PaymentStatus
) -> None:
    payment = payment_after(*past)
    assert payment.status is status
    undecided = {"requested", "requires_action", "processing"}
    assert payment.is_undecided is (status in undecided)


@pytest.mark.parametrize(
    ("past", "uncaptured", "untouched", "capturable", "refundable"),
    [
        (REQUESTED, 0, 0, 0, 0),
        ((*REQUESTED, a_void(), an_authorization()), 2_500, 2_500, 0, 0),
        (AUTHORIZED, 2_500, 2_500, 2_500, 0),
        ((*AUTHORIZED, a_capture()), 2_500, 1_250, 1_250, 0),
        ((*AUTHORIZED, a_capture(), money_not_taken()), 2_500, 2_500, 2_500, 0),
        (PARTLY_CAPTURED, 1_250, 1_250, 1_250, 1_250),
        ((*PARTLY_CAPTURED, a_void()), 1_250, 1_250, 0, 1_250),
        ((*PARTLY_CAPTURED, a_void(), money_not_given_up()), 1_250, 1_250, 1_250, 1_250),
        ((*AUTHORIZED, a_capture(), money_given_up(amount_minor=2_000)), 500, -750, 0, 0),
        (GIVEN_UP, 0, 0, 0, 0),
        (ENDED, 2_500, 2_500, 0, 0),
        ((*ENDED, a_reauthorization(), rest_kept()), 2_500, 2_500, 2_500, 0),
        (CAPTURED, 0, 0, 0, 2_500),
        ((*CAPTURED, a_refund()), 0, 0, 0, 1_500),
        (REFUNDED, 0, 0, 0, 1_500),
        ((*REFUNDED, a_chargeback(amount_minor=500)), 0, 0, 0, 1_000),
        ((*REFUNDED, money_not_taken()), 2_500, 2_500, 2_500, -1_000),
        ((*DISPUTED, a_judgement()), 0, 0, 0, 0),
        ((*DISPUTED, a_judgement(is_won=True)), 0, 0, 0, 2_500),
    ],
)
def test_what_is_left_counts_what_is_being_asked_for(
    past: tuple[Command, ...], uncaptured: int, untouched: int, capturable: int, refundable: int
) -> None:
    payment = payment_after(*past)
    assert (
        payment.uncaptured_minor,
        payment.untouched_minor,
        payment.capturable_minor,
        payment.refundable_minor,
    ) == (uncaptured, untouched, capturable, refundable)


def test_keeps_what_the_provider_said() -> None:
    payment = payment_after(
        *AUTHORIZED,
        a_reauthorization(),
        rest_kept(),
        a_capture(),
        money_taken(),
        a_void(),
        a_refund(),
        an_unknown_outcome(operation=PaymentOperation.REFUND, operation_id=REFUND_ID),
        a_chargeback(amount_minor=250),
    )
    pending, done = OperationStatus.PENDING, OperationStatus.DONE
    assert payment == Payment(
        **PAYMENT,
        amount_minor=DUE_MINOR,
        method_ref="card_visa",
        capture_mode=CaptureMode.ON_DISPATCH,
        psp_ref=PSP_REF,
        authorised_minor=DUE_MINOR,
        captured_minor=1_250,
        disputed_minor=250,
        valid_until=LONGER,
        risk_score=12,
        operations=payment.operations,
        cases=payment.cases,
        unknown=payment.unknown,
    )
    assert dict(payment.operations) == {
        REAUTHORIZATION_ID: Operation(PaymentOperation.REAUTHORIZE, DUE_MINOR, done),
        CAPTURE_ID: Operation(PaymentOperation.CAPTURE, 1_250, done, "shipment-1"),
        VOID_ID: Operation(PaymentOperation.VOID, 1_250, pending),
        REFUND_ID: Operation(PaymentOperation.REFUND, 1_000, pending, "return-1"),
    }
    assert dict(payment.cases) == {CASE_ID: Case(250)}
    assert dict(payment.unknown) == {REFUND_ID: 1}
    assert payment.placed_at == NOW


def test_the_name_of_the_provider_outlives_an_event_that_does_not_say_it() -> None:
    past = (*REQUESTED, a_beginning(psp_ref="pi_0"), an_action_required())
    assert payment_after(*past, a_beginning(psp_ref=None)).psp_ref == "pi_0"
    assert payment_after(*past).psp_ref == "pi_0"


@pytest.mark.parametrize(
    "answer",
    [an_action_required(), a_beginning(), a_decline(), an_authorization(), money_taken()],
    ids=lambda answer: type(answer).__name__,
)
def test_an_answer_ends_what_nobody_knew_of_the_authorisation(answer: Command) -> None:
    assert dict(payment_after(*REQUESTED, OF_THE_AUTHORIZATION).unknown) == {PAYMENT_ID: 1}
    assert not payment_after(*REQUESTED, OF_THE_AUTHORIZATION, answer).unknown


def test_a_void_ends_what_nobody_knew_of_it_and_of_the_authorisation() -> None:
    of_void = an_unknown_outcome(operation=PaymentOperation.VOID, operation_id=VOID_ID)
    past = (*REQUESTED, OF_THE_AUTHORIZATION, a_void(), of_void)
    assert dict(payment_after(*past).unknown) == {PAYMENT_ID: 1, VOID_ID: 1}
    assert not payment_after(*past, money_given_up(amount_minor=0)).unknown
    assert dict(payment_after(*past, money_not_given_up()).unknown) == {PAYMENT_ID: 1}


def test_an_authorisation_that_came_with_the_capture_has_no_end() -> None:
    payment = payment_after(*REQUESTED, money_taken())
    assert (payment.valid_until, payment.authorised_minor) == (None, DUE_MINOR)
    assert payment_after(*AUTHORIZED).valid_until == VALID_UNTIL
