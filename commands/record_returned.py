"""RecordReturned: pieces of the order came back and were accepted."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import (
    PartOfLine,
    is_repeat,
    lines_of,
    require_order_of_shop,
    require_parts,
)
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import QuantityInvalid
from domain.line_parts import returned_part
from domain.order import Order
from domain.order_errors import ReturnQuantityExceeded
from domain.order_events import OrderLinesReturned
from domain.order_operations import acceptance, pieces
from domain.order_parts import ReturnedLine
from domain.payment_errors import RefundExceedsCaptured


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedPart(PartOfLine):
    """So many accepted pieces of a line, some of which cannot be sold again."""

    written_off_quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReturned:
    """Tell the order what of a return was accepted. Units: minor units."""

    actor: Actor
    asked_at: datetime
    order_id: str
    return_id: str
    lines: tuple[AcceptedPart, ...]
    refund_due_minor: int


def record_returned(command: RecordReturned, order: Order | None) -> tuple[OrderLinesReturned, ...]:
    """Count pieces that were on their way back as returned, or nothing if that was done.

    Raises:
        Forbidden: only the shop accepts returns.
        OrderNotFound: no such order.
        OperationConflict: the return was counted with other lines.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        ReturnQuantityExceeded: fewer pieces are on their way back.
        RefundExceedsCaptured: more than was paid and not given back.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if is_repeat(order, acceptance(command.return_id), pieces(command.lines)):
        return ()
    require_parts(
        order, command.lines, lambda line: line.return_requested, exceeded=ReturnQuantityExceeded
    )
    if any(not 0 <= part.written_off_quantity <= part.quantity for part in command.lines):
        raise QuantityInvalid("of a line, from none to all of the pieces are written off")
    if order.refunded_minor + command.refund_due_minor > order.captured_minor:
        raise RefundExceedsCaptured(f"{order.captured_minor} was paid")
    return (
        OrderLinesReturned(
            **facts_of(order),
            return_id=command.return_id,
            lines=_returned_lines(command, order),
            refund_due_minor=command.refund_due_minor,
        ),
    )


def _returned_lines(command: RecordReturned, order: Order) -> tuple[ReturnedLine, ...]:
    parts = {part.line_id: part for part in command.lines}
    return tuple(
        returned_part(line, progress, part.quantity, part.written_off_quantity)
        for line, progress in lines_of(order)
        if (part := parts.get(line.line_id)) is not None
    )
