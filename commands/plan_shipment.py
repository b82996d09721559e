"""PlanShipment: pieces of an order shall leave a location."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import state_conflict
from commands.shipment_rules import require_enough
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import DuplicateLineId, ErrorItem, OperationConflict, QuantityInvalid
from domain.order import Lifecycle, Order
from domain.order_errors import LineNotFound, OrderOnHold
from domain.permissions import require_order, require_shop
from domain.shipment import Shipment, pieces_per_line, plan_of
from domain.shipment_errors import ShipmentEmpty, SplitNotAllowed
from domain.shipment_events import ShipmentLine, ShipmentPlanned


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShipment:
    """Plan what leaves a location by `ship_by`."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    order_id: str
    location: str
    lines: tuple[ShipmentLine, ...]
    carrier: str
    service: str
    ship_by: datetime


@dataclass(frozen=True, slots=True)
class PlanShipmentState:
    """What a new shipment rests on."""

    shipment: Shipment | None
    order: Order | None


def plan_shipment(command: PlanShipment, state: PlanShipmentState) -> tuple[ShipmentPlanned, ...]:
    """Plan the shipment, or nothing if it was planned.

    Raises:
        Forbidden: only the shop sends parcels.
        OrderNotFound: no such order.
        OperationConflict: the shipment id was used for another order, or for another plan.
        ShipmentEmpty: no piece at all.
        QuantityInvalid: not a number of pieces.
        DuplicateLineId: a line twice from one reservation.
        LineNotFound: the order has no such line, or another product on it.
        OrderStateConflict: the order is not confirmed.
        OrderOnHold: something has to be cleared up first.
        FulfillmentQuantityExceeded: more pieces than are allocated and have not left.
        SplitNotAllowed: the customer wants everything in one delivery.
    """
    require_shop(command.actor)
    order = require_order(state.order, command.actor, command.order_id)
    planned = ShipmentPlanned(
        **facts_of(order),
        shipment_id=command.shipment_id,
        location=command.location,
        lines=command.lines,
        carrier=command.carrier,
        service=command.service,
        ship_by=command.ship_by,
    )
    if state.shipment is not None:
        if state.shipment.order_id != order.order_id or state.shipment.plan != plan_of(planned):
            raise OperationConflict(f"shipment id {command.shipment_id} was used already")
        return ()
    _require_lines(command.lines, order)
    if order.lifecycle is not Lifecycle.CONFIRMED:
        raise state_conflict(order, "nothing of it leaves the house")
    if order.is_held:
        raise OrderOnHold("the order is held")
    wanted = pieces_per_line(command.lines)
    require_enough({line.line_id: line.allocated for line in order.progress}, wanted)
    pieces = sum(wanted.values())
    if not order.allow_split and pieces < order.unshipped:
        raise SplitNotAllowed(f"{order.unshipped} pieces leave together")
    return (planned,)


def _require_lines(lines: tuple[ShipmentLine, ...], order: Order) -> None:
    if not lines:
        raise ShipmentEmpty("a shipment has at least one piece")
    if any(line.quantity < 1 for line in lines):
        raise QuantityInvalid("a quantity is one or more")
    if len({(line.line_id, line.reservation_id) for line in lines}) < len(lines):
        raise DuplicateLineId("every line is named once per reservation")
    sold = {(line.line_id, line.sku) for line in order.lines}
    unknown: list[ErrorItem] = [
        {"line_id": line.line_id, "sku": line.sku}
        for line in lines
        if (line.line_id, line.sku) not in sold
    ]
    if unknown:
        raise LineNotFound("the order has no such line of this product", items=unknown)
