"""Pack: the pieces of a shipment are in boxes."""

from dataclasses import dataclass
from datetime import datetime

from commands.shipment_rules import require_in_house, require_shipment_of_shop, shipment_facts
from domain.envelope import Actor
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_errors import ShipmentEmpty
from domain.shipment_events import Parcel, ShipmentPacked


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Pack the shipment into these boxes."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    parcels: tuple[Parcel, ...]


def pack(command: Pack, shipment: Shipment | None) -> tuple[ShipmentPacked, ...]:
    """Pack it, or nothing if it is packed.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: the carrier has it.
        ShipmentStateConflict: it does not leave any more.
        ShipmentEmpty: there is nothing to pack, or no box.
    """
    shipment = require_shipment_of_shop(shipment, command.actor, command.shipment_id)
    if shipment.status is ShipmentStatus.PACKED:
        return ()
    require_in_house(shipment, "it cannot be packed")
    if not command.parcels or not shipment.lines:
        raise ShipmentEmpty("a shipment has at least one box with one piece")
    return (
        ShipmentPacked(
            **shipment_facts(shipment),
            parcels=command.parcels,
            carrier=shipment.carrier,
            service=shipment.service,
        ),
    )
