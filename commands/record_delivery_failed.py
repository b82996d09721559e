"""RecordDeliveryFailed: the carrier could not hand a parcel over."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import (
    is_repeat,
    require_shipment_of_carrier,
    shipment_conflict,
    shipment_facts,
)
from domain.envelope import Actor
from domain.shipment import Shipment
from domain.shipment_events import ShipmentDeliveryFailed
from domain.shipment_operations import attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeliveryFailed:
    """An attempt failed; `attempt_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    attempt_id: str
    reason: str


def record_delivery_failed(
    command: RecordDeliveryFailed, shipment: Shipment | None
) -> tuple[ShipmentDeliveryFailed, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only carriers, and the shop for them, say where a parcel is.
        ShipmentNotFound: no such shipment.
        OperationConflict: the attempt id was used for something else.
        ShipmentStateConflict: the carrier does not have it.
    """
    shipment = require_shipment_of_carrier(shipment, command.actor, command.shipment_id)
    if is_repeat(shipment, attempt(command.attempt_id), command.reason):
        return ()
    if not shipment.is_under_way:
        raise shipment_conflict(shipment, "the carrier does not have it")
    return (
        ShipmentDeliveryFailed(
            **shipment_facts(shipment), attempt_id=command.attempt_id, reason=command.reason
        ),
    )
