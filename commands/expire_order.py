"""ExpireOrder: nobody paid in time."""

from dataclasses import dataclass
from datetime import datetime

from commands.edit_rules import edit_ended
from commands.order_rules import require_order_of_shop, state_conflict, unshipped_lines
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Lifecycle, Order
from domain.order_events import OrderEditRejected, OrderExpired


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOrder:
    """End a pending order that was to be paid by `deadline`."""

    actor: Actor
    asked_at: datetime
    order_id: str
    deadline: datetime


def expire_order(
    command: ExpireOrder, order: Order | None
) -> tuple[OrderEditRejected | OrderExpired, ...]:
    """End the order, or nothing if it expired or the deadline has not come.

    Raises:
        Forbidden: only the shop lets orders expire.
        OrderNotFound: no such order.
        OrderStateConflict: the order is not pending.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if order.lifecycle is Lifecycle.EXPIRED or command.asked_at < command.deadline:
        return ()
    if not order.is_pending:
        raise state_conflict(order, "it cannot expire")
    return (
        *edit_ended(order, "expired"),
        OrderExpired(
            **facts_of(order),
            deadline=command.deadline,
            lines=unshipped_lines(order),
            totals=order.due_totals,
        ),
    )
