"""StartPicking: somebody collects the pieces of a shipment."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_in_house, require_shipment_of_shop, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import ShipmentPickingStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPicking:
    """Begin to collect the pieces."""

    actor: Actor
    asked_at: datetime
    shipment_id: str


def start_picking(
    command: StartPicking, shipment: Shipment | None
) -> tuple[ShipmentPickingStarted, ...]:
    """Begin, or nothing if somebody has begun or finished.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: the carrier has it.
        ShipmentStateConflict: it does not leave any more.
    """
    shipment = require_shipment_of_shop(shipment, command.actor, command.shipment_id)
    if shipment.status in {ShipmentStatus.PICKING, ShipmentStatus.PACKED}:
        return ()
    require_in_house(shipment, "there is nothing to collect")
    return (ShipmentPickingStarted(**shipment_facts(shipment)),)
