"""CancelOrder: the order shall not be delivered."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import state_conflict
from domain.envelope import Actor
from domain.order import (
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    Order,
    OrderCancellationRequested,
    OrderCancelled,
)
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel the whole order; `cancellation_id` tells a repeat from a second wish."""

    actor: Actor
    asked_at: datetime
    order_id: str
    cancellation_id: str
    reason_code: CancellationReason
    note: str | None = None


def cancel_order(
    command: CancelOrder, order: Order | None
) -> tuple[OrderCancellationRequested | OrderCancelled, ...]:
    """Request and finish the cancellation in one append, as nothing is reserved or paid yet.

    The same cancellation again: nothing.

    Raises:
        OrderNotFound: unknown, or another customer's.
        OrderStateConflict: the order is no longer pending.
    """
    order = require_order(order, command.actor, command.order_id)
    if order.cancellation_id == command.cancellation_id:
        return ()
    if not order.is_pending:
        raise state_conflict(order, "it cannot be cancelled")
    return (_requested(command, order), _cancelled(command, order))


def _requested(command: CancelOrder, order: Order) -> OrderCancellationRequested:
    return OrderCancellationRequested(
        order_id=order.order_id,
        customer_id=order.customer_id,
        currency=order.currency,
        channel=order.channel,
        country=order.country,
        placed_at=order.placed_at,
        cancellation_id=command.cancellation_id,
        reason_code=command.reason_code,
        requested_by=command.actor.kind,
        scope=CancellationScope.ALL,
        personal=None if command.note is None else FreeTextPersonal(text=command.note),
    )


def _cancelled(command: CancelOrder, order: Order) -> OrderCancelled:
    return OrderCancelled(
        order_id=order.order_id,
        customer_id=order.customer_id,
        currency=order.currency,
        channel=order.channel,
        country=order.country,
        placed_at=order.placed_at,
        cancellation_id=command.cancellation_id,
        reason_code=command.reason_code,
        lines=tuple(
            CancelledLine(
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                value_minor=line.gross_minor,
                total_minor=line.total_minor,
            )
            for line in order.lines
        ),
        totals=order.totals,
    )
