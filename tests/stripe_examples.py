"""What does Stripe's API answer, and send in its events?

Objects with the fields of API version 2026-10-28 that matter here and some that do not; each
builder takes the fields that a test cares about.
"""

from typing import Any, Final

from commands.stripe_facts import ORDER_ID as ORDER_MARK
from commands.stripe_facts import PAYMENT_ID as PAYMENT_MARK
from commands.stripe_facts import REFUND_ID as REFUND_MARK
from tests.examples import ORDER_ID
from tests.payment_examples import DUE_MINOR, PAYMENT_ID, REFUND_ID

Json = dict[str, Any]
INTENT_ID: Final = "pi_3QkXwS2eZvKYlo2C0dXk3a5B"
CHARGE_ID: Final = "ch_3QkXwS2eZvKYlo2C0QvYl1vT"
STRIPE_REFUND_ID: Final = "re_3QkXwS2eZvKYlo2C0Fw6tTzq"
DISPUTE_ID: Final = "du_1QkXzA2eZvKYlo2CqV1nqY0e"
CREATED: Final = 1_796_083_200
CAPTURE_BEFORE: Final = 1_796_688_000
OURS: Final = {PAYMENT_MARK: PAYMENT_ID, ORDER_MARK: ORDER_ID}


def an_intent(status: str, **changes: object) -> Json:
    """Write a PaymentIntent over the mugs, as it stands in an event."""
    return {
        "id": INTENT_ID,
        "object": "payment_intent",
        "amount": DUE_MINOR,
        "amount_capturable": DUE_MINOR if status == "requires_capture" else 0,
        "amount_received": DUE_MINOR if status == "succeeded" else 0,
        "cancellation_reason": None,
        "capture_method": "manual",
        "client_secret": f"{INTENT_ID}_secret_x",
        "created": CREATED,
        "currency": "gbp",
        "last_payment_error": None,
        "latest_charge": CHARGE_ID,
        "livemode": False,
        "metadata": OURS,
        "next_action": None,
        "payment_method": "pm_1QkXwR2eZvKYlo2CMKDXVUvS",
        "payment_method_types": ["card"],
        "status": status,
        **changes,
    }


def a_charge(**changes: object) -> Json:
    """Write the charge of the PaymentIntent, as it stands in one that is answered."""
    return {
        "id": CHARGE_ID,
        "object": "charge",
        "amount": DUE_MINOR,
        "captured": False,
        "outcome": {"network_status": "approved_by_network", "risk_score": 17},
        "payment_method_details": {
            "card": {"brand": "visa", "capture_before": CAPTURE_BEFORE},
            "type": "card",
        },
        "status": "succeeded",
        **changes,
    }


def an_error(**changes: object) -> Json:
    """Write why a card was declined."""
    return {
        "advice_code": "do_not_try_again",
        "charge": CHARGE_ID,
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
        "type": "card_error",
        **changes,
    }


def a_stripe_refund(status: str, **changes: object) -> Json:
    """Write a refund of the mugs."""
    return {
        "id": STRIPE_REFUND_ID,
        "object": "refund",
        "amount": DUE_MINOR,
        "charge": CHARGE_ID,
        "created": CREATED,
        "currency": "gbp",
        "metadata": {**OURS, REFUND_MARK: REFUND_ID},
        "payment_intent": INTENT_ID,
        "status": status,
        **changes,
    }


def a_dispute(status: str, **changes: object) -> Json:
    """Write a dispute of the whole payment."""
    return {
        "id": DISPUTE_ID,
        "object": "dispute",
        "amount": DUE_MINOR,
        "charge": CHARGE_ID,
        "created": CREATED,
        "currency": "gbp",
        "metadata": {},
        "payment_intent": INTENT_ID,
        "reason": "fraudulent",
        "status": status,
        **changes,
    }


def an_event(
    event_type: str, said: Json, event_id: str = "evt_1QkXwT2eZvKYlo2C", created: int = CREATED
) -> Json:
    """Write an event about an object."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "data": {"object": said},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": PAYMENT_ID},
        "type": event_type,
    }
