"""CancelLines: a part of an order shall not be delivered."""

from dataclasses import dataclass
from datetime import datetime

from commands.cancellation_rules import cancellation, is_known_cancellation, lines_cancelled
from commands.edit_rules import require_no_edit
from commands.order_rules import (
    PartOfLine,
    cancelled_lines,
    is_repeat,
    require_parts,
    state_conflict,
)
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderCancellationRequested, OrderCancelled, OrderLinesCancelled
from domain.order_operations import line_cancellation, pieces
from domain.order_parts import CancellationReason
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLines:
    """Cancel pieces that have not left; `cancellation_id` tells a repeat from a second wish."""

    actor: Actor
    asked_at: datetime
    order_id: str
    cancellation_id: str
    lines: tuple[PartOfLine, ...]
    reason_code: CancellationReason


def cancel_lines(
    command: CancelLines, order: Order | None
) -> tuple[OrderLinesCancelled | OrderCancellationRequested | OrderCancelled, ...]:
    """Cancel the pieces; whoever cancels all there is cancels the order.

    Raises:
        OrderNotFound: unknown, or another customer's.
        OperationConflict: the cancellation id was used for other lines.
        OrderStateConflict: the order is about to be cancelled, or over.
        EditInProgress: a change of the order is not decided yet.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        LineQuantityExceeded: fewer pieces are left that have not left the house.
    """
    order = require_order(order, command.actor, command.order_id)
    if is_known_cancellation(order, command.cancellation_id):
        return ()  # it became, or is becoming, the cancellation of the order
    if is_repeat(order, line_cancellation(command.cancellation_id), pieces(command.lines)):
        return ()
    if not order.is_open:
        raise state_conflict(order, "nothing of it can be cancelled")
    require_no_edit(order)
    parts = require_parts(order, command.lines, lambda line: line.unshipped)
    wanted = {part.line_id: part.quantity for part in parts}
    if not order.has_shipped and sum(wanted.values()) == order.unshipped:
        return cancellation(
            order,
            cancellation_id=command.cancellation_id,
            reason_code=command.reason_code,
            actor=command.actor,
        )
    return (
        lines_cancelled(
            order,
            cancellation_id=command.cancellation_id,
            reason_code=command.reason_code,
            lines=cancelled_lines(order, wanted),
        ),
    )
