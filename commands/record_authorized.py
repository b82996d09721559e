"""RecordAuthorized: the provider vouches for the amount."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_payment_of_provider, require_positive
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.payment import Payment
from domain.payment_events import PaymentAuthorized


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAuthorized:
    """The amount can be captured until `valid_until`. `risk_score` is from 0 to 100."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    psp_ref: str
    amount_minor: int
    valid_until: datetime | None = None
    risk_score: int | None = None


def record_authorized(
    command: RecordAuthorized, payment: Payment | None
) -> tuple[PaymentAuthorized, ...]:
    """Note it, however late it comes, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: another authorisation of the same payment was noted.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    if payment.authorised_minor:
        if (payment.psp_ref, payment.authorised_minor) == (command.psp_ref, command.amount_minor):
            return ()
        raise OperationConflict("another authorisation of this payment was noted")
    return (
        PaymentAuthorized(
            **payment_facts(payment),
            psp_ref=command.psp_ref,
            amount_minor=command.amount_minor,
            valid_until=command.valid_until,
            risk_score=command.risk_score,
        ),
    )
