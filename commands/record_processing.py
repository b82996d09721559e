"""RecordProcessing: the provider has begun and will tell later."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_conflict, payment_facts, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import Payment, PaymentStatus
from domain.payment_events import PaymentProcessing


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProcessing:
    """The provider works on the payment, under its own name for it."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    psp_ref: str | None = None


def record_processing(
    command: RecordProcessing, payment: Payment | None
) -> tuple[PaymentProcessing, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentStateConflict: the provider has said yes or no already.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    if payment.status is PaymentStatus.PROCESSING:
        return ()
    if not payment.is_undecided:
        raise payment_conflict(payment, "it is no longer in the making")
    return (PaymentProcessing(**payment_facts(payment), psp_ref=command.psp_ref),)
