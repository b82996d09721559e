"""CancelShipment: a shipment does not leave."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_shipment_of_shop, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_errors import ShipmentAlreadyDispatched
from domain.shipment_events import ShipmentCancelled


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelShipment:
    """Stop the shipment; its pieces stay allocated until they are released."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    reason: str


def cancel_shipment(
    command: CancelShipment, shipment: Shipment | None
) -> tuple[ShipmentCancelled, ...]:
    """Stop it, or nothing if it was stopped.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: the carrier has it.
    """
    shipment = require_shipment_of_shop(shipment, command.actor, command.shipment_id)
    if shipment.status is ShipmentStatus.CANCELLED:
        return ()
    if not shipment.is_in_house:
        raise ShipmentAlreadyDispatched("the carrier has it")
    return (
        ShipmentCancelled(**shipment_facts(shipment), lines=shipment.lines, reason=command.reason),
    )
