"""What does Stripe say of a payment in its own objects, and which facts are that?

The same for the answer to a call and for a webhook. Objects are taken as JSON has them. Our ids
stand in their metadata, under names of ours; an object without them (somebody worked in Stripe's
dashboard) gives facts without `payment_id`, to be found by `psp_ref`, Stripe's name of the payment.
A payment is a PaymentIntent that is captured once: what a capture leaves is given up by Stripe.

Source: Stripe's API reference, PaymentIntents, Refunds, Disputes, and its list of event types.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from commands.provider_facts import FactKind, ProviderFact

PAYMENT_ID: Final = "ordertrail_payment_id"
ORDER_ID: Final = "ordertrail_order_id"
CAPTURE_ID: Final = "ordertrail_capture_id"
VOID_ID: Final = "ordertrail_void_id"
REFUND_ID: Final = "ordertrail_refund_id"
ATTEMPT: Final = "ordertrail_attempt"

VALID: Final = timedelta(days=7)
"""How long Stripe keeps an authorisation, where it does not say."""

StripeObject = Mapping[str, Any]
Facts = tuple[ProviderFact, ...]

_RETRIABLE: Final = frozenset(
    {
        # advice
        "confirm_card_data",
        "try_again_later",
        # reasons: what the customer wrote wrong or did not confirm, or what is soon over
        "authentication_required",
        "expired_card",
        "incorrect_cvc",
        "incorrect_number",
        "incorrect_zip",
        "invalid_cvc",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "invalid_number",
        "issuer_not_available",
        "payment_intent_authentication_failure",
        "processing_error",
        "reenter_transaction",
    }
)
"""Stripe's words for a refusal after which another try may go well."""


def facts_of_event(event_type: str, said: StripeObject) -> Facts:
    """Tell what an event says; nothing if it is of a type that is not listened to.

    Raises:
        KeyError, TypeError, ValueError: the object is not as Stripe describes it.
    """
    read = _EVENTS.get(event_type)
    return () if read is None else read(said)


def facts_of_intent(intent: StripeObject) -> Facts:
    """Tell what a PaymentIntent says by its status; nothing before it was confirmed.

    Raises:
        KeyError, TypeError, ValueError: the object is not as Stripe describes it.
    """
    read = _BY_STATUS.get(intent["status"])
    return () if read is None else read(intent)


def facts_of_refund(refund: StripeObject) -> Facts:
    """Tell what a Refund says by its status; nothing while it is pending.

    One that fails after it had succeeded is a reversal: which of the two it is, the log knows.

    Raises:
        KeyError, TypeError, ValueError: the object is not as Stripe describes it.
    """
    who: dict[str, Any] = {
        "payment_id": _mark(refund, PAYMENT_ID),
        "operation_id": _mark(refund, REFUND_ID) or refund["id"],
        "psp_ref": _id_of(refund, "payment_intent"),
    }
    status = refund["status"]
    if status == "succeeded":
        return (ProviderFact(kind=FactKind.REFUNDED, **who, amount_minor=refund["amount"]),)
    if status in {"failed", "canceled"}:
        code = refund.get("failure_reason") or status
        who["attempt"] = attempt_of(refund)
        failed = ProviderFact(kind=FactKind.REFUND_FAILED, **who, code=code)
        return (failed, ProviderFact(kind=FactKind.REFUND_REVERSED, **who))
    return ()


def captured(intent: StripeObject, capture_id: str, amount_minor: int) -> Facts:
    """Tell that so much was taken, and that Stripe gave the rest up."""
    taken = _fact(FactKind.CAPTURED, intent, capture_id, amount_minor=amount_minor)
    rest = intent["amount"] - amount_minor
    if rest <= 0:
        return (taken,)
    return (taken, _fact(FactKind.VOIDED, intent, f"{capture_id}:rest", amount_minor=rest))


def voided(intent: StripeObject, void_id: str) -> Facts:
    """Tell that a payment was given up, and before, that it had been authorised if it had.

    A webhook names the last charge and no more: whether that one was good, the log knows.
    """
    charge = _part(intent, "latest_charge")
    is_good = charge.get("status") == "succeeded" if charge else bool(intent.get("latest_charge"))
    amount_minor = intent["amount"] if is_good else 0
    given_up = _fact(FactKind.VOIDED, intent, void_id, amount_minor=amount_minor)
    return (*_authorised(intent), given_up) if charge and is_good else (given_up,)


def declined(error: StripeObject, payment_id: str, psp_ref: str = "") -> ProviderFact:
    """Tell why a payment was refused, from Stripe's error object."""
    words = [error.get(name) for name in ("decline_code", "code", "advice_code")]
    return ProviderFact(
        kind=FactKind.DECLINED,
        payment_id=payment_id,
        psp_ref=psp_ref,
        code=words[0] or words[1] or "declined",
        is_retriable=words[2] != "do_not_try_again" and not _RETRIABLE.isdisjoint(words),
    )


def begun(intent: StripeObject) -> ProviderFact:
    """Tell under which name Stripe works on a payment."""
    return _fact(FactKind.PROCESSING, intent)


def marked(said: StripeObject, name: str, operation_id: str) -> bool:
    """Tell whether an object bears our id of an operation."""
    return _mark(said, name) == operation_id


def attempt_of(refund: StripeObject) -> int:
    """Tell which of our attempts a Refund was."""
    text = _mark(refund, ATTEMPT)
    return int(text) if text.isdecimal() else 1


def _declined(intent: StripeObject) -> Facts:
    error = _part(intent, "last_payment_error")
    return (declined(error, _mark(intent, PAYMENT_ID), intent["id"]),)


def _action_required(intent: StripeObject) -> Facts:
    redirect = _part(_part(intent, "next_action"), "redirect_to_url")
    return (_fact(FactKind.ACTION_REQUIRED, intent, url=redirect.get("url") or ""),)


def _authorised(intent: StripeObject) -> Facts:
    charge = _part(intent, "latest_charge")
    card = _part(_part(charge, "payment_method_details"), "card")
    until = card.get("capture_before")
    begun_at = datetime.fromtimestamp(intent["created"], UTC)
    return (
        _fact(
            FactKind.AUTHORIZED,
            intent,
            amount_minor=intent["amount"],
            until=begun_at + VALID if until is None else datetime.fromtimestamp(until, UTC),
            risk_score=_part(charge, "outcome").get("risk_score"),
        ),
    )


def _succeeded(intent: StripeObject) -> Facts:
    capture_id = _mark(intent, CAPTURE_ID) or _id_of(intent, "latest_charge")
    return captured(intent, capture_id, intent.get("amount_received", intent["amount"]))


def _canceled(intent: StripeObject) -> Facts:
    if intent.get("cancellation_reason") in {"automatic", "expired"}:  # nobody took it in time
        return (_fact(FactKind.EXPIRED, intent),)
    return voided(intent, _mark(intent, VOID_ID) or f"{intent['id']}:canceled")


def _disputed(dispute: StripeObject) -> Facts:
    """Tell what a dispute says; nothing of an inquiry, which moves no money.

    What is over was opened before, whether or not that was heard of.
    """
    status = dispute["status"]
    if status not in _CASES:
        return ()
    case: dict[str, Any] = {
        "payment_id": "",
        "operation_id": dispute["id"],
        "psp_ref": _id_of(dispute, "payment_intent"),
    }
    opened = ProviderFact(kind=FactKind.CHARGEBACK, **case, amount_minor=dispute["amount"])
    decided = _CASES[status]
    return (opened,) if decided is None else (opened, ProviderFact(kind=decided, **case))


def _fact(
    kind: FactKind,
    intent: StripeObject,
    operation_id: str = "",
    **fields: Any,  # noqa: ANN401 - fields of ProviderFact
) -> ProviderFact:
    return ProviderFact(
        kind=kind,
        payment_id=_mark(intent, PAYMENT_ID),
        operation_id=operation_id,
        psp_ref=intent["id"],
        **fields,
    )


def _mark(said: StripeObject, name: str) -> str:
    return _part(said, "metadata").get(name) or ""


def _part(said: StripeObject, name: str) -> StripeObject:
    """Answer an object inside another; nothing where there is none, or only its id."""
    part = said.get(name)
    return cast("StripeObject", part) if isinstance(part, Mapping) else {}


def _id_of(said: StripeObject, name: str) -> str:
    """Answer the id of another object, which may stand here whole."""
    return _part(said, name).get("id") or said.get(name) or ""


_BY_STATUS: Final[Mapping[str, Callable[[StripeObject], Facts]]] = {
    "requires_payment_method": _declined,
    "requires_action": _action_required,
    "processing": lambda intent: (begun(intent),),
    "requires_capture": _authorised,
    "succeeded": _succeeded,
    "canceled": _canceled,
}

_CASES: Final[Mapping[str, FactKind | None]] = {
    "needs_response": None,
    "under_review": None,
    "won": FactKind.CHARGEBACK_WON,
    "lost": FactKind.CHARGEBACK_LOST,
}
"""The status of a dispute for which money was taken -> how it ended."""

_EVENTS: Final[Mapping[str, Callable[[StripeObject], Facts]]] = {
    **dict.fromkeys(
        (
            "payment_intent.amount_capturable_updated",
            "payment_intent.canceled",
            "payment_intent.payment_failed",
            "payment_intent.processing",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
        ),
        facts_of_intent,
    ),
    **dict.fromkeys(
        ("charge.refund.updated", "refund.created", "refund.failed", "refund.updated"),
        facts_of_refund,
    ),
    **dict.fromkeys(
        (
            "charge.dispute.closed",
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.updated",
        ),
        _disputed,
    ),
}
"""A type of event -> how its object is read.

`charge.captured` and `charge.refunded` are not listened to: `payment_intent.succeeded` and
`refund.…` say the same with our ids.
"""
