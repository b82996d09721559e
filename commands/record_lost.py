"""RecordLost: the carrier does not find a parcel any more."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_shipment_of_carrier, shipment_conflict, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import ShipmentLost


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLost:
    """The parcel is gone."""

    actor: Actor
    asked_at: datetime
    shipment_id: str


def record_lost(command: RecordLost, shipment: Shipment | None) -> tuple[ShipmentLost, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
        ShipmentStateConflict: the carrier does not have it.
    """
    shipment = require_shipment_of_carrier(shipment, command.actor, command.shipment_id)
    if shipment.status is ShipmentStatus.LOST:
        return ()
    if not shipment.is_under_way:
        raise shipment_conflict(shipment, "the carrier does not have it")
    return (ShipmentLost(**shipment_facts(shipment), lines=shipment.lines),)
