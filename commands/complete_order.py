"""CompleteOrder: everything is delivered or cancelled, and paid."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Lifecycle, Order
from domain.order_errors import OrderNotSettled
from domain.order_events import OrderCompleted
from domain.order_parts import SettledTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteOrder:
    """Complete the order."""

    actor: Actor
    asked_at: datetime
    order_id: str


def complete_order(command: CompleteOrder, order: Order | None) -> tuple[OrderCompleted, ...]:
    """Complete the order, or nothing if it is complete.

    Raises:
        Forbidden: only the shop completes orders.
        OrderNotFound: no such order.
        OrderStateConflict: the order is not confirmed.
        OrderNotSettled: something is neither delivered nor cancelled, or not paid.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if order.lifecycle is Lifecycle.COMPLETED:
        return ()
    if order.lifecycle is not Lifecycle.CONFIRMED:
        raise state_conflict(order, "it cannot be completed")
    if not order.is_settled:
        raise OrderNotSettled("something is neither delivered nor cancelled, or not paid")
    return (
        OrderCompleted(
            **facts_of(order),
            settled=SettledTotals(
                due_minor=order.due_totals.grand_minor,
                captured_minor=order.captured_minor,
                refunded_minor=order.refunded_minor,
            ),
        ),
    )
