"""RecordRefundFailed: the provider did not give the money back."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    payment_conflict,
    payment_facts,
    require_operation,
    require_payment_of_provider,
)
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentOperation, RefundFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefundFailed:
    """A refund failed, with a code of the provider; `attempt` as in `ProviderFact`."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    refund_id: str
    code: str
    attempt: int | None = None


def record_refund_failed(
    command: RecordRefundFailed, payment: Payment | None
) -> tuple[RefundFailed, ...]:
    """Note it, or nothing if it was noted, or an earlier attempt is meant.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this refund.
        OperationConflict: the id was used for something else.
        PaymentStateConflict: the money was given back; what comes back then is a reversal.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    known = require_operation(payment, command.refund_id, PaymentOperation.REFUND)
    if known.status is OperationStatus.FAILED or command.attempt not in {None, known.attempt}:
        return ()
    if known.status is not OperationStatus.PENDING:
        raise payment_conflict(payment, "the refund has succeeded")
    return (
        RefundFailed(
            **payment_facts(payment),
            refund_id=command.refund_id,
            amount_minor=known.amount_minor,
            code=command.code,
        ),
    )
