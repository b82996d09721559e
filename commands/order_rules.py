"""What do the decisions about orders share: refusals, repeats, and parts of lines?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from domain.allowed_commands import allowed_commands
from domain.envelope import Actor
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    ErrorItem,
    OperationConflict,
    OrderStateConflict,
    QuantityInvalid,
    Refusal,
)
from domain.line_parts import cancelled_part
from domain.order import Order
from domain.order_errors import LineNotFound, LineQuantityExceeded
from domain.order_operations import digest
from domain.order_parts import CancelledLine, LineQuantity, OrderLine
from domain.order_progress import LineProgress
from domain.permissions import require_order, require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfLine:
    """So many pieces of a line that somebody wants something of."""

    line_id: str
    quantity: int


def state_conflict(order: Order, consequence: str) -> OrderStateConflict:
    """Make the refusal of what the order's state forbids."""
    return OrderStateConflict(
        f"order {order.order_number} is {order.lifecycle}; {consequence}",
        current_state=order.lifecycle,
        allowed_commands=allowed_commands(order),
    )


def require_order_of_shop(order: Order | None, actor: Actor, order_id: str) -> Order:
    """Answer the order if it exists, to the shop alone.

    Raises:
        Forbidden: only the shop does this.
        OrderNotFound: no such order.
    """
    require_shop(actor)
    return require_order(order, actor, order_id)


def is_repeat(order: Order, operation: str, *what: str | None) -> bool:
    """Tell whether the operation was carried out already.

    Raises:
        OperationConflict: its id was used for something else.
    """
    known = order.operations.get(operation)
    if known is not None and known != digest(operation, *what):
        raise OperationConflict(f"the id of {operation} was used for something else")
    return known is not None


def require_parts(
    order: Order,
    parts: Iterable[PartOfLine],
    left_of: Callable[[LineProgress], int],
    exceeded: type[Refusal] = LineQuantityExceeded,
) -> tuple[LineQuantity, ...]:
    """Answer the parts with their skus, if so many pieces are left of each line.

    Raises:
        EmptyOrder: no line at all.
        QuantityInvalid: not a number of pieces.
        DuplicateLineId: a line twice.
        LineNotFound: the order has no such line.
        Refusal: `exceeded`, fewer pieces are left; `items` says how many.
    """
    parts = tuple(parts)
    if not parts:
        raise EmptyOrder("name at least one line")
    if any(part.quantity < 1 for part in parts):
        raise QuantityInvalid("a quantity is one or more")
    if len({part.line_id for part in parts}) < len(parts):
        raise DuplicateLineId("every line is named once")
    progress = {line.line_id: line for line in order.progress}
    unknown: list[ErrorItem] = [
        {"line_id": part.line_id} for part in parts if part.line_id not in progress
    ]
    if unknown:
        raise LineNotFound("the order has no such line", items=unknown)
    short: list[ErrorItem] = [
        {"line_id": part.line_id, "requested": part.quantity, "available": left}
        for part in parts
        if part.quantity > (left := left_of(progress[part.line_id]))
    ]
    if short:
        raise exceeded("fewer pieces are left", items=short)
    return tuple(
        LineQuantity(line_id=part.line_id, sku=progress[part.line_id].sku, quantity=part.quantity)
        for part in parts
    )


def cancelled_lines(order: Order, quantities: Mapping[str, int]) -> tuple[CancelledLine, ...]:
    """Tell what the customer will not get. Shape: in the order of the lines."""
    return tuple(
        cancelled_part(line, progress, quantities[line.line_id])
        for line, progress in lines_of(order)
        if quantities.get(line.line_id)
    )


def unshipped_lines(order: Order) -> tuple[CancelledLine, ...]:
    """Tell what the customer will not get if nothing more leaves the house."""
    return cancelled_lines(order, {line.line_id: line.unshipped for line in order.progress})


def lines_of(order: Order) -> Iterable[tuple[OrderLine, LineProgress]]:
    """Answer every line with what has become of it."""
    return zip(order.lines, order.progress, strict=True)
