"""What is wished, and said, of the payment for two blue mugs?

Builders like those of tests/examples.py: each takes the fields that a test cares about.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.expire_authorization import ExpireAuthorization
from commands.record_action_required import RecordActionRequired
from commands.record_authorized import RecordAuthorized
from commands.record_capture_failed import RecordCaptureFailed
from commands.record_captured import RecordCaptured
from commands.record_chargeback import RecordChargeback
from commands.record_declined import RecordDeclined
from commands.record_outcome_unknown import RecordOutcomeUnknown
from commands.record_processing import RecordProcessing
from commands.record_reauthorization_failed import RecordReauthorizationFailed
from commands.record_reauthorized import RecordReauthorized
from commands.record_refund_failed import RecordRefundFailed
from commands.record_refund_reversed import RecordRefundReversed
from commands.record_refunded import RecordRefunded
from commands.record_void_failed import RecordVoidFailed
from commands.record_voided import RecordVoided
from commands.registry import Command
from commands.request_capture import RequestCapture
from commands.request_payment import RequestPayment
from commands.request_reauthorization import RequestReauthorization
from commands.request_refund import RequestRefund
from commands.request_void import RequestVoid
from commands.resolve_chargeback import ResolveChargeback
from domain.envelope import Actor, ActorKind
from domain.payment_events import PaymentOperation
from tests.examples import (
    CUSTOMER,
    CUSTOMER_ID,
    DAY,
    MINUTE,
    NOW,
    ORDER_ID,
    STAFF,
    a_shop,
    an_order,
)

PSP: Final = Actor(ActorKind.PSP, "cards-r-us")
PAYMENT_ID: Final = "0196a000-0000-7000-8000-0000000000b1"
PSP_REF: Final = "pi_1"
CAPTURE_ID: Final = "capture-1"
VOID_ID: Final = "void-1"
REFUND_ID: Final = "refund-1"
REAUTHORIZATION_ID: Final = "reauthorization-1"
CASE_ID: Final = "case-1"
DUE_MINOR: Final = 2_500
VALID_UNTIL: Final[datetime] = NOW + 7 * DAY
LONGER: Final[datetime] = NOW + 14 * DAY

PAYMENT: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": NOW,
    "payment_id": PAYMENT_ID,
}
"""What every event of the payment says."""

_OF_SHOP: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "payment_id": PAYMENT_ID}
_OF_PROVIDER: Final[dict[str, Any]] = {**_OF_SHOP, "actor": PSP}


def a_payment(**fields: object) -> RequestPayment:
    """A wish of Ada's to pay for her mugs."""
    wish = RequestPayment(
        actor=CUSTOMER,
        asked_at=NOW,
        payment_id=PAYMENT_ID,
        order_id=ORDER_ID,
        amount_minor=DUE_MINOR,
        currency="GBP",
        method_ref="card_visa",
    )
    return replace(wish, **fields)


def an_action_required(**fields: object) -> RecordActionRequired:
    """Ada has to confirm the payment."""
    url, until = "https://psp.example/3ds/1", NOW + 30 * MINUTE
    return replace(RecordActionRequired(**_OF_PROVIDER, url=url, until=until), **fields)


def a_beginning(**fields: object) -> RecordProcessing:
    """The provider has begun."""
    return replace(RecordProcessing(**_OF_PROVIDER, psp_ref=PSP_REF), **fields)


def an_authorization(**fields: object) -> RecordAuthorized:
    """The provider vouches for the amount, for a week."""
    fact = RecordAuthorized(
        **_OF_PROVIDER,
        psp_ref=PSP_REF,
        amount_minor=DUE_MINOR,
        valid_until=VALID_UNTIL,
        risk_score=12,
    )
    return replace(fact, **fields)


def a_decline(**fields: object) -> RecordDeclined:
    """The provider says no."""
    fact = RecordDeclined(**_OF_PROVIDER, code="insufficient_funds", is_retriable=True)
    return replace(fact, **fields)


def a_capture(**fields: object) -> RequestCapture:
    """A wish to take the money for one of the mugs."""
    wish = RequestCapture(
        **_OF_SHOP, capture_id=CAPTURE_ID, amount_minor=1_250, shipment_id="shipment-1"
    )
    return replace(wish, **fields)


def money_taken(**fields: object) -> RecordCaptured:
    """The provider took it."""
    fact = RecordCaptured(
        **_OF_PROVIDER, capture_id=CAPTURE_ID, amount_minor=1_250, psp_ref=PSP_REF
    )
    return replace(fact, **fields)


def money_not_taken(**fields: object) -> RecordCaptureFailed:
    """The provider did not take it, or takes its success back."""
    fact = RecordCaptureFailed(**_OF_PROVIDER, capture_id=CAPTURE_ID, code="expired_card")
    return replace(fact, **fields)


def a_void(**fields: object) -> RequestVoid:
    """A wish to give up what was not taken."""
    return replace(RequestVoid(**_OF_SHOP, void_id=VOID_ID, reason="cancelled"), **fields)


def money_given_up(**fields: object) -> RecordVoided:
    """The provider gave up everything."""
    return replace(RecordVoided(**_OF_PROVIDER, void_id=VOID_ID, amount_minor=DUE_MINOR), **fields)


def money_not_given_up(**fields: object) -> RecordVoidFailed:
    """The provider could not give it up."""
    return replace(RecordVoidFailed(**_OF_PROVIDER, void_id=VOID_ID, code="captured"), **fields)


def an_end_of_authorization(**fields: object) -> ExpireAuthorization:
    """The timer of the authorisation, on time."""
    wish = ExpireAuthorization(**_OF_SHOP)
    return replace(replace(wish, asked_at=VALID_UNTIL), **fields)


def a_reauthorization(**fields: object) -> RequestReauthorization:
    """A wish to keep the rest available."""
    wish = RequestReauthorization(**_OF_SHOP, reauthorization_id=REAUTHORIZATION_ID)
    return replace(wish, **fields)


def rest_kept(**fields: object) -> RecordReauthorized:
    """The provider keeps it for another week."""
    fact = RecordReauthorized(
        **_OF_PROVIDER, reauthorization_id=REAUTHORIZATION_ID, valid_until=LONGER
    )
    return replace(fact, **fields)


def rest_not_kept(**fields: object) -> RecordReauthorizationFailed:
    """The provider does not keep it."""
    fact = RecordReauthorizationFailed(
        **_OF_PROVIDER, reauthorization_id=REAUTHORIZATION_ID, code="do_not_honor"
    )
    return replace(fact, **fields)


def a_refund(**fields: object) -> RequestRefund:
    """A wish to give ten pounds back."""
    wish = RequestRefund(
        **_OF_SHOP, refund_id=REFUND_ID, amount_minor=1_000, reason="return", return_id="return-1"
    )
    return replace(wish, **fields)


def money_back(**fields: object) -> RecordRefunded:
    """The provider gave them back."""
    fact = RecordRefunded(**_OF_PROVIDER, refund_id=REFUND_ID, amount_minor=1_000)
    return replace(fact, **fields)


def money_not_back(**fields: object) -> RecordRefundFailed:
    """The provider did not give them back."""
    fact = RecordRefundFailed(**_OF_PROVIDER, refund_id=REFUND_ID, code="account_closed")
    return replace(fact, **fields)


def money_back_again(**fields: object) -> RecordRefundReversed:
    """They did not reach Ada."""
    return replace(RecordRefundReversed(**_OF_PROVIDER, refund_id=REFUND_ID), **fields)


def a_chargeback(**fields: object) -> RecordChargeback:
    """Ada disputes the whole payment."""
    fact = RecordChargeback(**_OF_PROVIDER, case_id=CASE_ID, amount_minor=DUE_MINOR)
    return replace(fact, **fields)


def a_judgement(**fields: object) -> ResolveChargeback:
    """The bank decides for Ada."""
    return replace(ResolveChargeback(**_OF_PROVIDER, case_id=CASE_ID, is_won=False), **fields)


def an_unknown_outcome(**fields: object) -> RecordOutcomeUnknown:
    """Nobody knows what became of the capture."""
    fact = RecordOutcomeUnknown(
        **_OF_SHOP, operation=PaymentOperation.CAPTURE, operation_id=CAPTURE_ID, attempt=1
    )
    return replace(fact, **fields)


ORDERED: Final[tuple[Command, ...]] = (*a_shop(), an_order())
"""Two mugs are ordered."""

REQUESTED: Final[tuple[Command, ...]] = (*ORDERED, a_payment())
"""The provider was asked for the money."""

AUTHORIZED: Final[tuple[Command, ...]] = (*REQUESTED, an_authorization())
"""The provider vouches for it."""

CAPTURED: Final[tuple[Command, ...]] = (
    *AUTHORIZED,
    a_capture(amount_minor=DUE_MINOR),
    money_taken(amount_minor=DUE_MINOR),
)
"""All of the money is taken."""

REFUNDED: Final[tuple[Command, ...]] = (*CAPTURED, a_refund(), money_back())
"""A part of it was given back."""
