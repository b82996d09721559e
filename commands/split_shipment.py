"""SplitShipment: a part of a shipment leaves on its own."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import PartOfLine
from commands.shipment_rules import (
    is_repeat,
    require_in_house,
    require_lines_of,
    require_shipment_of_shop,
    shipment_facts,
)
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.order import Order
from domain.shipment import Shipment, pieces_per_line, without
from domain.shipment_errors import ShipmentEmpty, SplitNotAllowed
from domain.shipment_events import ShipmentPlanned, ShipmentSplit
from domain.shipment_operations import pieces, splitting


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitShipment:
    """Make a shipment of its own of these pieces."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    new_shipment_id: str
    lines: tuple[PartOfLine, ...]


@dataclass(frozen=True, slots=True)
class SplitShipmentState:
    """What a split rests on."""

    shipment: Shipment | None
    new_shipment: Shipment | None
    order: Order | None


def split_shipment(
    command: SplitShipment, state: SplitShipmentState
) -> tuple[ShipmentSplit | ShipmentPlanned, ...]:
    """Split the shipment, or nothing if it was split like this.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        OperationConflict: the new id was used for another shipment, or for other lines.
        ShipmentAlreadyDispatched: the carrier has it.
        ShipmentStateConflict: it does not leave any more.
        ShipmentEmpty: no piece at all, or nothing would stay.
        QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        FulfillmentQuantityExceeded: fewer pieces are in it.
        SplitNotAllowed: the customer wants everything in one delivery.
    """
    shipment = require_shipment_of_shop(state.shipment, command.actor, command.shipment_id)
    order = state.order
    assert order is not None
    if is_repeat(shipment, splitting(command.new_shipment_id), pieces(command.lines)):
        return ()
    if state.new_shipment is not None:
        raise OperationConflict(f"shipment id {command.new_shipment_id} was used already")
    require_in_house(shipment, "it cannot be split")
    lines = require_lines_of(shipment, command.lines)
    if not order.allow_split:
        raise SplitNotAllowed("the customer wants everything in one delivery")
    if not without(shipment.lines, pieces_per_line(lines)):
        raise ShipmentEmpty("something has to stay in the shipment")
    facts = shipment_facts(shipment)
    planned = ShipmentPlanned(
        **facts_of(shipment),
        shipment_id=command.new_shipment_id,
        location=shipment.location,
        lines=lines,
        carrier=shipment.carrier,
        service=shipment.service,
        ship_by=shipment.ship_by,
    )
    split = ShipmentSplit(**facts, new_shipment_id=command.new_shipment_id, lines=lines)
    return (split, planned)
