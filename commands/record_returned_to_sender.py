"""RecordReturnedToSender: the carrier brought a parcel back."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_shipment_of_carrier, shipment_conflict, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import ShipmentReturnedToSender


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReturnedToSender:
    """The parcel is back in the house."""

    actor: Actor
    asked_at: datetime
    shipment_id: str


def record_returned_to_sender(
    command: RecordReturnedToSender, shipment: Shipment | None
) -> tuple[ShipmentReturnedToSender, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
        ShipmentStateConflict: the carrier does not have it.
    """
    shipment = require_shipment_of_carrier(shipment, command.actor, command.shipment_id)
    if shipment.status is ShipmentStatus.RETURNED_TO_SENDER:
        return ()
    if not shipment.is_under_way:
        raise shipment_conflict(shipment, "the carrier does not have it")
    return (ShipmentReturnedToSender(**shipment_facts(shipment), lines=shipment.lines),)
