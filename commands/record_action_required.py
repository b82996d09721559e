"""RecordActionRequired: the customer has to confirm the payment."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_conflict, payment_facts, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import Payment, PaymentStatus
from domain.payment_events import PaymentActionRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordActionRequired:
    """The provider wants the customer to confirm at `url`, before `until`."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    url: str
    until: datetime | None = None


def record_action_required(
    command: RecordActionRequired, payment: Payment | None
) -> tuple[PaymentActionRequired, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentStateConflict: the provider has said yes or no already.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    if payment.status is PaymentStatus.REQUIRES_ACTION:
        return ()
    if not payment.is_undecided:
        raise payment_conflict(payment, "nothing is left to confirm")
    return (PaymentActionRequired(**payment_facts(payment), url=command.url, until=command.until),)
