"""ConfirmOrder: stock and money are there, the shop will deliver."""

from dataclasses import dataclass
from datetime import datetime

from commands.edit_rules import require_no_edit
from commands.order_rules import require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import ErrorItem, QuantityInvalid
from domain.order import Lifecycle, Order
from domain.order_errors import LineQuantityExceeded, OrderOnHold
from domain.order_events import OrderConfirmed
from domain.order_parts import LineQuantity


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOrder:
    """Confirm the order with what is there and what is promised of each line."""

    actor: Actor
    asked_at: datetime
    order_id: str
    allocations: tuple[LineQuantity, ...]
    backorders: tuple[LineQuantity, ...] = ()


def confirm_order(command: ConfirmOrder, order: Order | None) -> tuple[OrderConfirmed, ...]:
    """Confirm the order, or nothing if it was confirmed.

    Raises:
        Forbidden: only the shop confirms.
        OrderNotFound: no such order.
        OrderStateConflict: the order is about to be cancelled, or over.
        EditInProgress: a change of the order is not decided yet.
        OrderOnHold: something has to be cleared up first.
        QuantityInvalid: not a number of pieces.
        LineQuantityExceeded: more pieces than the order wants.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if order.lifecycle is Lifecycle.CONFIRMED or order.lifecycle is Lifecycle.COMPLETED:
        return ()
    if not order.is_pending:
        raise state_conflict(order, "it cannot be confirmed")
    require_no_edit(order)
    if order.is_held:
        raise OrderOnHold("the order is held")
    _require_wanted(command, order)
    return (
        OrderConfirmed(
            **facts_of(order),
            allocations=command.allocations,
            backorders=command.backorders,
            authorised_minor=order.authorised_minor,
        ),
    )


def _require_wanted(command: ConfirmOrder, order: Order) -> None:
    wanted = {line.line_id: line.kept for line in order.progress}
    parts = (*command.allocations, *command.backorders)
    if any(part.quantity < 1 for part in parts):
        raise QuantityInvalid("a quantity is one or more")
    for part in parts:
        wanted[part.line_id] = wanted.get(part.line_id, 0) - part.quantity
    items: list[ErrorItem] = [
        {"line_id": line_id, "too_many": -left} for line_id, left in wanted.items() if left < 0
    ]
    if items:
        raise LineQuantityExceeded("more pieces than the order wants", items=items)
