"""What is Stripe never asked for, and what is made of its errors?"""

import aiohttp
import pytest
import stripe
from aiohttp.client_reqrep import ConnectionKey

from commands.provider_calls import ProviderCall
from commands.provider_facts import FactKind, ProviderFact
from domain.payment_events import PaymentOperation
from tests.examples import ORDER_ID
from tests.payment_examples import PAYMENT_ID
from tests.stripe_examples import an_error
from workers.stripe_client import error_object, in_words, is_soon_over
from workers.stripe_provider import impossible, refusal


def a_call(
    operation: PaymentOperation = PaymentOperation.CAPTURE,
    currency: str = "GBP",
    amount_minor: int = 1_000,
) -> ProviderCall:
    return ProviderCall(
        operation=operation,
        payment_id=PAYMENT_ID,
        operation_id="operation-1",
        order_id=ORDER_ID,
        currency=currency,
        amount_minor=amount_minor,
    )


@pytest.mark.parametrize(
    ("currency", "amount_minor", "code"),
    [
        ("GBP", 1_001, None),
        ("JPY", 1_001, None),
        ("HUF", 1_001, None),
        ("KWD", 1_010, None),
        ("KWD", 1_001, "amount_unsupported"),
        ("TND", 5, "amount_unsupported"),
        ("ISK", 500, "currency_unsupported"),
        ("UGX", 500, "currency_unsupported"),
        ("MGA", 500, "currency_unsupported"),
    ],
)
def test_amounts_that_stripe_counts_otherwise_are_refused(
    currency: str, amount_minor: int, code: str | None
) -> None:
    assert impossible(a_call(currency=currency, amount_minor=amount_minor)) == code


def test_an_authorisation_cannot_be_renewed() -> None:
    assert impossible(a_call(PaymentOperation.REAUTHORIZE)) == "reauthorization_unsupported"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (PaymentOperation.CAPTURE, FactKind.CAPTURE_FAILED),
        (PaymentOperation.VOID, FactKind.VOID_FAILED),
        (PaymentOperation.REFUND, FactKind.REFUND_FAILED),
        (PaymentOperation.REAUTHORIZE, FactKind.REAUTHORIZATION_FAILED),
    ],
)
def test_a_refusal_is_of_the_operation(operation: PaymentOperation, kind: FactKind) -> None:
    assert refusal(a_call(operation), {"code": "charge_already_refunded"}) == ProviderFact(
        kind=kind,
        payment_id=PAYMENT_ID,
        operation_id="operation-1",
        code="charge_already_refunded",
    )


def test_a_declined_card_says_whether_to_try_again() -> None:
    error = an_error(advice_code="try_again_later")
    assert refusal(a_call(PaymentOperation.AUTHORIZE), error) == ProviderFact(
        kind=FactKind.DECLINED,
        payment_id=PAYMENT_ID,
        code="insufficient_funds",
        is_retriable=True,
    )


NOT_CONNECTED = aiohttp.ClientConnectorError(
    ConnectionKey(
        host="localhost",
        port=1,
        is_ssl=False,
        ssl=True,
        proxy=None,
        proxy_auth=None,
        proxy_headers_hash=None,
    ),
    OSError("refused"),
)


def caused(error: stripe.StripeError, cause: Exception) -> stripe.StripeError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (stripe.RateLimitError("slower", http_status=429), True),
        (stripe.APIError("the key is in use", http_status=409), True),
        (caused(stripe.APIConnectionError("no"), NOT_CONNECTED), True),
        (caused(stripe.APIConnectionError("no"), TimeoutError("late")), False),
        (stripe.APIError("broken", http_status=500), False),
        (stripe.IdempotencyError("another request", http_status=400), False),
        (stripe.AuthenticationError("wrong key", http_status=401), False),
    ],
)
def test_only_what_was_not_begun_is_tried_again_at_once(
    error: stripe.StripeError, *, expected: bool
) -> None:
    assert is_soon_over(error) is expected


def test_an_error_is_named_without_what_was_sent() -> None:
    error = stripe.APIError("secret", http_status=500, headers={"request-id": "req_1"})
    assert in_words(error) == "APIError, status 500, code None, request req_1"
    assert in_words(stripe.APIConnectionError("secret")) == (
        "APIConnectionError, no answer, code None, request None"
    )


def test_an_error_is_described_by_stripe_or_by_its_code() -> None:
    body = {"error": an_error()}
    card = stripe.CardError("no", None, "card_declined", http_status=402, json_body=body)
    assert error_object(card)["decline_code"] == "insufficient_funds"
    bare = stripe.InvalidRequestError("no", None, "resource_missing", http_status=404)
    assert error_object(bare) == {"code": "resource_missing"}
