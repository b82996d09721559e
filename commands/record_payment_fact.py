"""RecordPaymentFact: something happened to a payment of the order."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import is_repeat, require_order_of_shop
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderPaymentRecorded
from domain.order_operations import payment_fact
from domain.order_parts import PaymentFactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPaymentFact:
    """Tell the order what happened to a payment.

    `operation_id` names what happened within the payment. Units: minor units; below zero when
    something is taken back, like a capture that failed after all.
    """

    actor: Actor
    asked_at: datetime
    order_id: str
    payment_id: str
    kind: PaymentFactKind
    operation_id: str
    amount_minor: int


def record_payment_fact(
    command: RecordPaymentFact, order: Order | None
) -> tuple[OrderPaymentRecorded, ...]:
    """Count the amount, or nothing if that was done.

    Raises:
        Forbidden: only the shop knows what providers said.
        OrderNotFound: no such order.
        OperationConflict: the operation was counted with another amount.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    operation = payment_fact(command.payment_id, command.kind, command.operation_id)
    if is_repeat(order, operation, str(command.amount_minor)):
        return ()
    return (
        OrderPaymentRecorded(
            **facts_of(order),
            payment_id=command.payment_id,
            kind=command.kind,
            operation_id=command.operation_id,
            amount_minor=command.amount_minor,
        ),
    )
