"""RecordBackorder: pieces that were there are promised again, because they were missing."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import (
    PartOfLine,
    is_repeat,
    require_order_of_shop,
    require_parts,
    state_conflict,
)
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderLinesBackordered
from domain.order_operations import backorder, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBackorder:
    """Tell the order that allocated pieces are missing; `operation_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    order_id: str
    operation_id: str
    lines: tuple[PartOfLine, ...]
    expected_at: datetime | None = None


def record_backorder(
    command: RecordBackorder, order: Order | None
) -> tuple[OrderLinesBackordered, ...]:
    """Count allocated pieces as promised, or nothing if that was done.

    Raises:
        Forbidden: only the shop knows its stock.
        OrderNotFound: no such order.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        OperationConflict: the operation id was used for other lines.
        LineQuantityExceeded: fewer pieces are allocated.
        OrderStateConflict: the order is about to be cancelled, or over.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    operation = backorder(command.operation_id)
    if is_repeat(order, operation, pieces(command.lines)):
        return ()
    if not order.is_open:
        raise state_conflict(order, "nothing is promised any more")
    lines = require_parts(order, command.lines, lambda line: line.allocated)
    return (
        OrderLinesBackordered(
            **facts_of(order),
            operation_id=command.operation_id,
            lines=lines,
            expected_at=command.expected_at,
        ),
    )
