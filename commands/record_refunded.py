"""RecordRefunded: the provider gave money back."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    known_operation,
    payment_facts,
    require_payment_of_provider,
    require_positive,
)
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_errors import RefundExceedsCaptured
from domain.payment_events import PaymentOperation, RefundRequested, RefundSucceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRefunded:
    """The money is on its way back. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    refund_id: str
    amount_minor: int


def record_refunded(
    command: RecordRefunded, payment: Payment | None
) -> tuple[RefundRequested | RefundSucceeded, ...]:
    """Note it, or nothing if it was noted; what nobody asked for is noted with its request.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: the id was used for something else.
        RefundExceedsCaptured: more than was taken and not given back.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    kind = PaymentOperation.REFUND
    known = known_operation(payment, command.refund_id, kind, command.amount_minor)
    if known is not None and known.status in {OperationStatus.DONE, OperationStatus.REVERSED}:
        return ()
    is_pending = known is not None and known.status is OperationStatus.PENDING
    if not is_pending and command.amount_minor > payment.refundable_minor:
        raise RefundExceedsCaptured(f"{max(0, payment.refundable_minor)} can be given back")
    facts, refund_id, amount_minor = payment_facts(payment), command.refund_id, command.amount_minor
    refunded = RefundSucceeded(**facts, refund_id=refund_id, amount_minor=amount_minor)
    if known is not None:
        return (refunded,)
    requested = RefundRequested(
        **facts, refund_id=refund_id, amount_minor=amount_minor, reason="provider"
    )
    return (requested, refunded)
