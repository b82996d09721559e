"""RecordReauthorizationFailed: the provider does not keep the rest available."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_operation, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentOperation, PaymentReauthorizationFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReauthorizationFailed:
    """A reauthorisation failed, with a code of the provider."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    reauthorization_id: str
    code: str


def record_reauthorization_failed(
    command: RecordReauthorizationFailed, payment: Payment | None
) -> tuple[PaymentReauthorizationFailed, ...]:
    """Note it, or nothing if it was noted or has succeeded meanwhile.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this.
        OperationConflict: the id was used for something else.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    kind = PaymentOperation.REAUTHORIZE
    known = require_operation(payment, command.reauthorization_id, kind)
    if known.status is not OperationStatus.PENDING:
        return ()
    return (
        PaymentReauthorizationFailed(
            **payment_facts(payment),
            reauthorization_id=command.reauthorization_id,
            code=command.code,
        ),
    )
