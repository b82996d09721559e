"""RecordLinesDelivered: a parcel with pieces of the order reached the customer."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import PartOfLine, is_repeat, require_order_of_shop, require_parts
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderLinesDelivered
from domain.order_operations import delivery, pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLinesDelivered:
    """Tell the order what a parcel brought, and when."""

    actor: Actor
    asked_at: datetime
    order_id: str
    shipment_id: str
    lines: tuple[PartOfLine, ...]
    delivered_at: datetime


def record_lines_delivered(
    command: RecordLinesDelivered, order: Order | None
) -> tuple[OrderLinesDelivered, ...]:
    """Count shipped pieces as delivered, or nothing if the parcel was counted.

    Raises:
        Forbidden: only the shop counts parcels.
        OrderNotFound: no such order.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        OperationConflict: the parcel was counted with other lines.
        LineQuantityExceeded: fewer pieces are on their way.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    operation = delivery(command.shipment_id)
    if is_repeat(order, operation, pieces(command.lines)):
        return ()
    lines = require_parts(order, command.lines, lambda line: line.shipped - line.delivered)
    return (
        OrderLinesDelivered(
            **facts_of(order),
            shipment_id=command.shipment_id,
            lines=lines,
            delivered_at=command.delivered_at,
        ),
    )
