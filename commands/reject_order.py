"""RejectOrder: the shop does not take the order."""

from dataclasses import dataclass
from datetime import datetime

from commands.edit_rules import edit_ended
from commands.order_rules import require_order_of_shop, state_conflict, unshipped_lines
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Lifecycle, Order
from domain.order_events import OrderEditRejected, OrderRejected
from domain.order_parts import RejectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectOrder:
    """Reject a pending order; `details` are for programs and people, and name nobody."""

    actor: Actor
    asked_at: datetime
    order_id: str
    reason: RejectionReason
    details: str | None = None


def reject_order(
    command: RejectOrder, order: Order | None
) -> tuple[OrderEditRejected | OrderRejected, ...]:
    """Reject the order, or nothing if it was rejected.

    Raises:
        Forbidden: only the shop rejects.
        OrderNotFound: no such order.
        OrderStateConflict: the order is not pending.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if order.lifecycle is Lifecycle.REJECTED:
        return ()
    if not order.is_pending:
        raise state_conflict(order, "it cannot be rejected")
    return (
        *edit_ended(order, "rejected"),
        OrderRejected(
            **facts_of(order),
            reason=command.reason,
            details=command.details,
            lines=unshipped_lines(order),
            totals=order.due_totals,
        ),
    )
