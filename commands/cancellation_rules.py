"""What do the decisions about cancellations share?"""

from collections.abc import Sequence

from commands.order_rules import unshipped_lines
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.line_parts import totals_kept
from domain.order import Cancellation, Order
from domain.order_events import OrderCancellationRequested, OrderCancelled, OrderLinesCancelled
from domain.order_operations import rest_cancellation
from domain.order_parts import (
    CancellationReason,
    CancellationScope,
    CancelledLine,
    FreeTextPersonal,
    LineQuantity,
)
from domain.order_progress import cancel_pieces


def is_known_cancellation(order: Order, cancellation_id: str) -> bool:
    """Tell whether somebody wanted the order gone under this id, whatever became of it."""
    under_way = order.cancellation
    return (
        (under_way is not None and under_way.cancellation_id == cancellation_id)
        or cancellation_id in order.refused_cancellations
        or rest_cancellation(cancellation_id) in order.operations
    )


def cancellation(
    order: Order,
    *,
    cancellation_id: str,
    reason_code: CancellationReason,
    actor: Actor,
    note: str | None = None,
) -> tuple[OrderCancellationRequested | OrderCancelled | OrderLinesCancelled, ...]:
    """Write that somebody wants the order gone, or what has not left of it.

    An imported order has no fulfilment process: nothing is to be undone, and it is gone at once.
    """
    scope = CancellationScope.REMAINING if order.has_shipped else CancellationScope.ALL
    requested = OrderCancellationRequested(
        **facts_of(order),
        cancellation_id=cancellation_id,
        reason_code=reason_code,
        requested_by=actor.kind,
        scope=scope,
        personal=None if note is None else FreeTextPersonal(text=note),
    )
    if not order.is_imported:
        return (requested,)
    wish = Cancellation(cancellation_id, reason_code, scope, order.lifecycle)
    return (requested, cancellation_finished(order, wish))


def cancellation_finished(
    order: Order,
    wish: Cancellation,
    *,
    released: Sequence[LineQuantity] = (),
    voided_minor: int = 0,
    refunded_minor: int = 0,
) -> OrderCancelled | OrderLinesCancelled:
    """Write that the order is gone; where a part of it has left, that the rest is."""
    if order.has_shipped:
        return lines_cancelled(
            order,
            cancellation_id=wish.cancellation_id,
            reason_code=wish.reason_code,
            lines=unshipped_lines(order),
        )
    return OrderCancelled(
        **facts_of(order),
        cancellation_id=wish.cancellation_id,
        reason_code=wish.reason_code,
        lines=unshipped_lines(order),
        totals=order.due_totals,
        released=tuple(released),
        voided_minor=voided_minor,
        refunded_minor=refunded_minor,
    )


def lines_cancelled(
    order: Order,
    *,
    cancellation_id: str,
    reason_code: CancellationReason,
    lines: tuple[CancelledLine, ...],
) -> OrderLinesCancelled:
    """Write that a part of the order will not be delivered, and what is left to be paid."""
    after = totals_kept(order.lines, cancel_pieces(order.progress, lines), order.shipping_lines)
    return OrderLinesCancelled(
        **facts_of(order),
        cancellation_id=cancellation_id,
        reason_code=reason_code,
        lines=lines,
        totals_after=after,
        refund_due_minor=max(0, order.captured_minor - order.refunded_minor - after.grand_minor),
    )
