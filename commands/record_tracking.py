"""RecordTracking: the carrier tells where a parcel is."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import (
    is_repeat,
    require_shipment_of_carrier,
    shipment_conflict,
    shipment_facts,
)
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import ShipmentTrackingUpdated
from domain.shipment_operations import seen, sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTracking:
    """A sighting, under the carrier's `tracking_id` for it."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    tracking_id: str
    status: str
    seen_at: datetime
    place: str | None = None


def record_tracking(
    command: RecordTracking, shipment: Shipment | None
) -> tuple[ShipmentTrackingUpdated, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
        OperationConflict: the tracking id was used for something else.
        ShipmentStateConflict: it has not left.
    """
    shipment = require_shipment_of_carrier(shipment, command.actor, command.shipment_id)
    if is_repeat(shipment, sighting(command.tracking_id), *seen(command)):
        return ()
    if shipment.is_in_house or shipment.status is ShipmentStatus.CANCELLED:
        raise shipment_conflict(shipment, "it has not left")
    return (
        ShipmentTrackingUpdated(
            **shipment_facts(shipment),
            tracking_id=command.tracking_id,
            status=command.status,
            seen_at=command.seen_at,
            place=command.place,
        ),
    )
