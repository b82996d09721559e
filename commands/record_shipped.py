"""RecordShipped: a parcel with pieces of the order left the house."""

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
from domain.order import Lifecycle, Order
from domain.order_events import OrderLinesShipped
from domain.order_operations import pieces, shipping


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShipped:
    """Tell the order what a parcel took along."""

    actor: Actor
    asked_at: datetime
    order_id: str
    shipment_id: str
    lines: tuple[PartOfLine, ...]


def record_shipped(command: RecordShipped, order: Order | None) -> tuple[OrderLinesShipped, ...]:
    """Count allocated pieces as shipped, or nothing if the parcel was counted.

    Raises:
        Forbidden: only the shop sends parcels.
        OrderNotFound: no such order.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        OperationConflict: the parcel was counted with other lines.
        LineQuantityExceeded: fewer pieces are allocated.
        OrderStateConflict: the order is not confirmed.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    operation = shipping(command.shipment_id)
    if is_repeat(order, operation, pieces(command.lines)):
        return ()
    if order.lifecycle is not Lifecycle.CONFIRMED:
        raise state_conflict(order, "nothing of it leaves the house")
    lines = require_parts(order, command.lines, lambda line: line.allocated)
    return (OrderLinesShipped(**facts_of(order), shipment_id=command.shipment_id, lines=lines),)
