"""RecordAllocation: pieces that the order waited for are there."""

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
from domain.order_events import OrderLinesAllocated
from domain.order_operations import allocation, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAllocation:
    """Tell the order that promised pieces are its own; `operation_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    order_id: str
    operation_id: str
    lines: tuple[PartOfLine, ...]


def record_allocation(
    command: RecordAllocation, order: Order | None
) -> tuple[OrderLinesAllocated, ...]:
    """Count promised pieces as allocated, or nothing if that was done.

    Raises:
        Forbidden: only the shop knows its stock.
        OrderNotFound: no such order.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        OperationConflict: the operation id was used for other lines.
        LineQuantityExceeded: fewer pieces are promised.
        OrderStateConflict: the order is about to be cancelled, or over.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    operation = allocation(command.operation_id)
    if is_repeat(order, operation, pieces(command.lines)):
        return ()
    if not order.is_open:
        raise state_conflict(order, "nothing is promised any more")
    lines = require_parts(order, command.lines, lambda line: line.backordered)
    return (OrderLinesAllocated(**facts_of(order), operation_id=command.operation_id, lines=lines),)
