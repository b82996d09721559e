"""RecordDeclined: the provider does not vouch for the amount."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_conflict, payment_facts, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import Payment
from domain.payment_events import PaymentDeclined


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeclined:
    """The provider says no, with a code of its own."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    code: str
    is_retriable: bool


def record_declined(
    command: RecordDeclined, payment: Payment | None
) -> tuple[PaymentDeclined, ...]:
    """Note it, or nothing if it was noted or the payment was given up.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentStateConflict: the provider has said yes already.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    if payment.authorised_minor:
        raise payment_conflict(payment, "it cannot be declined any more")
    if not payment.is_undecided:
        return ()
    return (
        PaymentDeclined(
            **payment_facts(payment), code=command.code, is_retriable=command.is_retriable
        ),
    )
