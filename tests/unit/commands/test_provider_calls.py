"""What is a provider told, under which key?"""

import pytest

from commands.provider_calls import ProviderCall, WantedCall, open_call
from commands.registry import Command
from domain.fold import as_payment
from domain.payment_events import PaymentOperation
from tests.payment_examples import (
    AUTHORIZED,
    CAPTURE_ID,
    CAPTURED,
    PAYMENT_ID,
    REAUTHORIZATION_ID,
    REFUND_ID,
    REQUESTED,
    VOID_ID,
    a_capture,
    a_reauthorization,
    a_refund,
    a_void,
    an_unknown_outcome,
    money_not_back,
    money_not_given_up,
    money_not_taken,
    money_taken,
    rest_not_kept,
)
from tests.specification import Streams

WISHES = [
    (PaymentOperation.CAPTURE, CAPTURE_ID, AUTHORIZED, a_capture(), money_not_taken()),
    (PaymentOperation.VOID, VOID_ID, AUTHORIZED, a_void(), money_not_given_up()),
    (PaymentOperation.REFUND, REFUND_ID, CAPTURED, a_refund(), money_not_back()),
    (
        PaymentOperation.REAUTHORIZE,
        REAUTHORIZATION_ID,
        AUTHORIZED,
        a_reauthorization(),
        rest_not_kept(),
    ),
]


def call_after(wanted: WantedCall, *past: Command) -> ProviderCall | None:
    streams = Streams()
    for step in past:
        assert streams.carry_out(step) != ()
    payment = as_payment(streams.states[f"payment-{PAYMENT_ID}"])
    assert payment is not None
    return open_call(wanted, payment)


def key_after(wanted: WantedCall, *past: Command) -> str:
    call = call_after(wanted, *past)
    assert call is not None
    return call.key


@pytest.mark.parametrize(("operation", "name", "past", "wish", "no"), WISHES)
def test_what_was_refused_is_asked_for_anew_under_another_key(
    operation: PaymentOperation, name: str, past: tuple[Command, ...], wish: Command, no: Command
) -> None:
    wanted = WantedCall(PAYMENT_ID, operation, name)
    assert key_after(wanted, *past, wish) == name
    assert call_after(wanted, *past, wish, no) is None
    assert key_after(wanted, *past, wish, no, wish) == f"{name}:2"
    assert key_after(wanted, *past, wish, no, wish, no, wish) == f"{name}:3"


def test_what_nobody_knows_the_outcome_of_is_asked_for_under_its_own_key() -> None:
    wanted = WantedCall(PAYMENT_ID, PaymentOperation.CAPTURE, CAPTURE_ID, asks_only=True)
    asked = (*AUTHORIZED, a_capture())
    assert key_after(wanted, *asked, an_unknown_outcome()) == CAPTURE_ID
    again = (*asked, money_not_taken(), a_capture())
    assert key_after(wanted, *again, an_unknown_outcome()) == f"{CAPTURE_ID}:2"


def test_a_payment_is_authorised_under_its_own_name() -> None:
    wanted = WantedCall(PAYMENT_ID, PaymentOperation.AUTHORIZE, PAYMENT_ID)
    assert key_after(wanted, *REQUESTED) == PAYMENT_ID


def test_what_is_answered_or_unknown_needs_no_call() -> None:
    capture = WantedCall(PAYMENT_ID, PaymentOperation.CAPTURE, CAPTURE_ID)
    assert call_after(capture, *AUTHORIZED) is None
    assert call_after(capture, *AUTHORIZED, a_capture(), money_taken()) is None
    authorisation = WantedCall(PAYMENT_ID, PaymentOperation.AUTHORIZE, PAYMENT_ID)
    assert call_after(authorisation, *AUTHORIZED) is None
