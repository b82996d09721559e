"""ReportShort: pieces are not where they should be."""

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
from domain.envelope import Actor
from domain.shipment import Shipment
from domain.shipment_events import ShipmentLineShorted
from domain.shipment_operations import shorting


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportShort:
    """So many pieces of a line are missing; `short_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    short_id: str
    line_id: str
    quantity: int


def report_short(
    command: ReportShort, shipment: Shipment | None
) -> tuple[ShipmentLineShorted, ...]:
    """Take them out of the shipment, or nothing if that was done.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: the carrier has it.
        ShipmentStateConflict: it does not leave any more.
        OperationConflict: the short id was used for something else.
        QuantityInvalid: not a number of pieces.
        LineNotFound: the shipment has no such line.
        FulfillmentQuantityExceeded: fewer pieces are in it.
    """
    shipment = require_shipment_of_shop(shipment, command.actor, command.shipment_id)
    what = (command.line_id, str(command.quantity))
    if is_repeat(shipment, shorting(command.short_id), *what):
        return ()
    require_in_house(shipment, "nothing of it can be missing")
    line = require_lines_of(
        shipment, (PartOfLine(line_id=command.line_id, quantity=command.quantity),)
    )[0]
    return (
        ShipmentLineShorted(
            **shipment_facts(shipment),
            short_id=command.short_id,
            line_id=line.line_id,
            sku=line.sku,
            quantity=command.quantity,
            reservation_id=line.reservation_id,
        ),
    )
