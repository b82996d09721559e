"""RequestRefund: the provider shall give captured money back."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    is_asked_already,
    known_operation,
    payment_facts,
    require_payment_of_shop,
    require_positive,
)
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.payment import Payment
from domain.payment_errors import RefundExceedsCaptured
from domain.payment_events import PaymentOperation, RefundRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefund:
    """Give money back; `refund_id` tells a repeat. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    refund_id: str
    amount_minor: int
    reason: str
    return_id: str | None = None


def request_refund(command: RequestRefund, payment: Payment | None) -> tuple[RefundRequested, ...]:
    """Ask for it, or nothing if it was asked for; what failed may be asked for again.

    Raises:
        Forbidden: only the shop asks providers for something.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: the id was used for something else.
        RefundExceedsCaptured: more than was taken and is not being given back.
    """
    payment = require_payment_of_shop(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    kind = PaymentOperation.REFUND
    known = known_operation(payment, command.refund_id, kind, command.amount_minor)
    if known is not None and known.ref != command.return_id:
        raise OperationConflict(f"{command.refund_id} was asked for with another return")
    if is_asked_already(known):
        return ()
    if command.amount_minor > payment.refundable_minor:
        raise RefundExceedsCaptured(f"{max(0, payment.refundable_minor)} can be given back")
    return (
        RefundRequested(
            **payment_facts(payment),
            refund_id=command.refund_id,
            amount_minor=command.amount_minor,
            reason=command.reason,
            return_id=command.return_id,
        ),
    )
