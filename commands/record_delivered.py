"""RecordDelivered: the customer has the parcel."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_shipment_of_carrier, shipment_conflict, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import ShipmentDelivered


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelivered:
    """The carrier handed it over."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    delivered_at: datetime


def record_delivered(
    command: RecordDelivered, shipment: Shipment | None
) -> tuple[ShipmentDelivered, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
        ShipmentStateConflict: the carrier does not have it.
    """
    shipment = require_shipment_of_carrier(shipment, command.actor, command.shipment_id)
    if shipment.status is ShipmentStatus.DELIVERED:
        return ()
    if not shipment.is_under_way:
        raise shipment_conflict(shipment, "it cannot have been delivered")
    return (
        ShipmentDelivered(
            **shipment_facts(shipment),
            lines=shipment.lines,
            delivered_at=command.delivered_at,
        ),
    )
