"""What can happen to a shipment?

Stream `shipment-<uuid>`; an order may have several. A shipment leaves one location and is carried
by one carrier. Units: pieces.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import AboutOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    """Pieces of a line of the order, allocated under a reservation."""

    line_id: str
    sku: str
    quantity: int
    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A box and what it weighs. Units: grams."""

    parcel_id: str
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutShipment(AboutOrder):
    """What every event of a shipment says."""

    shipment_id: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPlanned(AboutShipment):
    """These pieces shall leave the location by `ship_by`."""

    lines: tuple[ShipmentLine, ...]
    carrier: str
    service: str
    ship_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPickingStarted(AboutShipment):
    """Somebody collects the pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLineShorted(AboutShipment):
    """Pieces are not where they should be; the shipment goes on without them."""

    short_id: str
    line_id: str
    sku: str
    quantity: int
    reservation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentPacked(AboutShipment):
    """The pieces are in boxes, ready for the carrier."""

    parcels: tuple[Parcel, ...]
    carrier: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDispatched(AboutShipment):
    """The carrier has it."""

    lines: tuple[ShipmentLine, ...]
    tracking_number: str
    carrier: str
    dispatched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentTrackingUpdated(AboutShipment):
    """The carrier tells where it is."""

    tracking_id: str
    status: str
    seen_at: datetime
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDelivered(AboutShipment):
    """The customer has it."""

    lines: tuple[ShipmentLine, ...]
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDeliveryFailed(AboutShipment):
    """The carrier could not hand it over; it may try again."""

    attempt_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentReturnedToSender(AboutShipment):
    """The carrier brought it back."""

    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLost(AboutShipment):
    """The carrier does not find it any more."""

    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentSplit(AboutShipment):
    """A part of it became a shipment of its own."""

    new_shipment_id: str
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentMoved(AboutShipment):
    """It leaves from `location` now, with other pieces, which are still to be picked."""

    from_location: str
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentCancelled(AboutShipment):
    """It does not leave."""

    lines: tuple[ShipmentLine, ...]
    reason: str


ShipmentEvent = (
    ShipmentPlanned
    | ShipmentPickingStarted
    | ShipmentLineShorted
    | ShipmentPacked
    | ShipmentDispatched
    | ShipmentTrackingUpdated
    | ShipmentDelivered
    | ShipmentDeliveryFailed
    | ShipmentReturnedToSender
    | ShipmentLost
    | ShipmentSplit
    | ShipmentMoved
    | ShipmentCancelled
)
