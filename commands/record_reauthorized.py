"""RecordReauthorized: the provider keeps the uncaptured rest available."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_operation, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentOperation, PaymentReauthorized


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReauthorized:
    """The rest can be captured until `valid_until`."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    reauthorization_id: str
    valid_until: datetime


def record_reauthorized(
    command: RecordReauthorized, payment: Payment | None
) -> tuple[PaymentReauthorized, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this.
        OperationConflict: the id was used for something else.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    kind = PaymentOperation.REAUTHORIZE
    known = require_operation(payment, command.reauthorization_id, kind)
    if known.status is OperationStatus.DONE:
        return ()
    return (
        PaymentReauthorized(
            **payment_facts(payment),
            reauthorization_id=command.reauthorization_id,
            valid_until=command.valid_until,
        ),
    )
