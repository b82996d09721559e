"""What do the stored events about shipments mean?"""

from typing import Any, Final

from domain.shipment_events import (
    Parcel,
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentDeliveryFailed,
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLine,
    ShipmentLineShorted,
    ShipmentLost,
    ShipmentMoved,
    ShipmentPacked,
    ShipmentPickingStarted,
    ShipmentPlanned,
    ShipmentReturnedToSender,
    ShipmentSplit,
    ShipmentTrackingUpdated,
)
from tests.golden.golden_orders import ABOUT, LATER, SHIPMENT_ID

SHIPMENT: Final[dict[str, Any]] = {**ABOUT, "shipment_id": SHIPMENT_ID, "location": "MAIN"}
LINES: Final = (ShipmentLine(line_id="1", sku="MUG-BLUE", quantity=2, reservation_id="r1"),)

ELSEWHERE: Final[dict[str, Any]] = {**SHIPMENT, "location": "EAST"}

GOLDEN_SHIPMENTS: Final[dict[tuple[str, int], ShipmentEvent]] = {
    ("shipment-planned", 1): ShipmentPlanned(
        **SHIPMENT, lines=LINES, carrier="sandbox", service="standard", ship_by=LATER
    ),
    ("shipment-picking-started", 1): ShipmentPickingStarted(**SHIPMENT),
    ("shipment-line-shorted", 1): ShipmentLineShorted(
        **SHIPMENT,
        short_id="s1",
        line_id="1",
        sku="MUG-BLUE",
        quantity=1,
        reservation_id="r1",
    ),
    ("shipment-packed", 1): ShipmentPacked(
        **SHIPMENT,
        parcels=(Parcel(parcel_id="p1", weight_grams=680),),
        carrier="sandbox",
        service="standard",
    ),
    ("shipment-dispatched", 1): ShipmentDispatched(
        **SHIPMENT,
        lines=LINES,
        tracking_number="SB “4711”",
        carrier="sandbox",
        dispatched_at=LATER,
    ),
    ("shipment-tracking-updated", 1): ShipmentTrackingUpdated(
        **SHIPMENT, tracking_id="t1", status="in_transit", seen_at=LATER, place="Zürich"
    ),
    ("shipment-delivered", 1): ShipmentDelivered(**SHIPMENT, lines=LINES, delivered_at=LATER),
    ("shipment-delivery-failed", 1): ShipmentDeliveryFailed(
        **SHIPMENT, attempt_id="a1", reason="nobody_home"
    ),
    ("shipment-returned-to-sender", 1): ShipmentReturnedToSender(**SHIPMENT, lines=LINES),
    ("shipment-lost", 1): ShipmentLost(**SHIPMENT, lines=LINES),
    ("shipment-split", 1): ShipmentSplit(**SHIPMENT, new_shipment_id="s2", lines=LINES),
    ("shipment-moved", 1): ShipmentMoved(**ELSEWHERE, from_location="MAIN", lines=LINES),
    ("shipment-cancelled", 1): ShipmentCancelled(**SHIPMENT, lines=LINES, reason="cancelled"),
}
"""(stored type, schema version) -> the event that its file means."""
