"""What is wished of the parcels of an order of four mugs and a bowl?

Builders like those of tests/examples.py: each takes the fields that a test cares about. The order
is made from its events, so that it does not matter here how it came to be confirmed and paid.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.cancel_shipment import CancelShipment
from commands.dispatch import Dispatch
from commands.move_shipment import MoveShipment
from commands.order_rules import PartOfLine
from commands.pack import Pack
from commands.plan_shipment import PlanShipment
from commands.record_delivered import RecordDelivered
from commands.record_delivery_failed import RecordDeliveryFailed
from commands.record_lost import RecordLost
from commands.record_returned_to_sender import RecordReturnedToSender
from commands.record_tracking import RecordTracking
from commands.registry import Command
from commands.report_short import ReportShort
from commands.split_shipment import SplitShipment
from commands.start_picking import StartPicking
from domain.events import Event
from domain.order_events import OrderConfirmed, OrderLinesShipped, OrderPaymentRecorded, OrderPlaced
from domain.order_parts import LineQuantity, PaymentFactKind, Totals
from domain.shipment_events import Parcel, ShipmentDispatched, ShipmentLine, ShipmentPlanned
from tests import stock_examples
from tests.examples import (
    CUSTOMER_ID,
    DAY,
    NOW,
    ORDER_ID,
    SKU,
    STAFF,
    a_placed_order,
    a_product,
    a_sold_line,
)

SHIPMENT_ID: Final = "0196a000-0000-7000-8000-0000000000f5"
NEW_SHIPMENT_ID: Final = "0196a000-0000-7000-8000-0000000000f6"
PAYMENT_ID: Final = "0196a000-0000-7000-8000-0000000000b1"
BOWL: Final = "BOWL-RED"
LOCATION: Final = "MAIN"
ELSEWHERE: Final = "EAST"
SHIP_BY: Final[datetime] = NOW + 2 * DAY
SENT_AT: Final[datetime] = NOW + DAY
SEEN_AT: Final[datetime] = NOW + 3 * DAY
DELIVERED_AT: Final[datetime] = NOW + 4 * DAY

ABOUT: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "channel": "web",
    "country": "GB",
    "placed_at": NOW,
}
SHIPMENT: Final[dict[str, Any]] = {**ABOUT, "shipment_id": SHIPMENT_ID, "location": LOCATION}

MUG_LINE: Final = a_sold_line(
    quantity=4, gross_minor=5_000, net_minor=5_000, tax_minor=833, total_minor=5_000
)
BOWL_LINE: Final = a_sold_line(
    line_id="2",
    sku=BOWL,
    name="Red bowl",
    quantity=1,
    unit_price_minor=900,
    catalogue_unit_price_minor=900,
    gross_minor=900,
    net_minor=900,
    tax_minor=150,
    total_minor=900,
)
TOTALS: Final = Totals(
    subtotal_minor=5_900, discount_minor=0, shipping_minor=0, tax_minor=983, grand_minor=5_900
)

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "shipment_id": SHIPMENT_ID}


def a_wanted_order(**fields: object) -> OrderPlaced:
    """Ada's order of four mugs and a bowl, which may come in several parcels."""
    return replace(
        a_placed_order(lines=(MUG_LINE, BOWL_LINE), totals=TOTALS, allow_split=True), **fields
    )


def a_confirmation(**fields: object) -> OrderConfirmed:
    """All of it is there."""
    confirmed = OrderConfirmed(
        **ABOUT,
        allocations=(line_quantity("1", 4), line_quantity("2", 1)),
        backorders=(),
        authorised_minor=5_900,
    )
    return replace(confirmed, **fields)


def a_payment_fact(**fields: object) -> OrderPaymentRecorded:
    """A payment is good for all of it."""
    recorded = OrderPaymentRecorded(
        **ABOUT,
        payment_id=PAYMENT_ID,
        kind=PaymentFactKind.AUTHORIZED,
        operation_id="authorisation",
        amount_minor=5_900,
    )
    return replace(recorded, **fields)


def line_quantity(line_id: str, quantity: int) -> LineQuantity:
    """So many mugs (line 1) or bowls (line 2)."""
    return LineQuantity(line_id=line_id, sku=SKU if line_id == "1" else BOWL, quantity=quantity)


def mugs(quantity: int = 4) -> ShipmentLine:
    """So many mugs in a shipment."""
    return ShipmentLine(line_id="1", sku=SKU, quantity=quantity, reservation_id="r1")


def bowls(quantity: int = 1) -> ShipmentLine:
    """The bowl in a shipment."""
    return ShipmentLine(line_id="2", sku=BOWL, quantity=quantity, reservation_id="r2")


def part(line_id: str, quantity: int) -> PartOfLine:
    """So many pieces of a line, wished."""
    return PartOfLine(line_id=line_id, quantity=quantity)


def a_plan(**fields: object) -> PlanShipment:
    """All of the order shall leave the main location."""
    wish = PlanShipment(
        **_ASKED,
        order_id=ORDER_ID,
        location=LOCATION,
        lines=(mugs(), bowls()),
        carrier="sandbox",
        service="standard",
        ship_by=SHIP_BY,
    )
    return replace(wish, **fields)


def a_picking(**fields: object) -> StartPicking:
    """Somebody takes a basket."""
    return replace(StartPicking(**_ASKED), **fields)


def a_short(**fields: object) -> ReportShort:
    """One mug is not on its shelf."""
    return replace(ReportShort(**_ASKED, short_id="short-1", line_id="1", quantity=1), **fields)


def a_packing(**fields: object) -> Pack:
    """It goes into one box."""
    wish = Pack(**_ASKED, parcels=(Parcel(parcel_id="p1", weight_grams=1_900),))
    return replace(wish, **fields)


def a_dispatch(**fields: object) -> Dispatch:
    """The carrier takes it along."""
    wish = Dispatch(**_ASKED, tracking_number="SB4711", carrier="sandbox", dispatched_at=SENT_AT)
    return replace(wish, **fields)


def a_sighting(**fields: object) -> RecordTracking:
    """The carrier saw it in Leeds."""
    wish = RecordTracking(
        **_ASKED, tracking_id="1", status="in_transit", seen_at=SEEN_AT, place="Leeds"
    )
    return replace(wish, **fields)


def a_delivery(**fields: object) -> RecordDelivered:
    """Ada has it."""
    return replace(RecordDelivered(**_ASKED, delivered_at=DELIVERED_AT), **fields)


def a_failed_attempt(**fields: object) -> RecordDeliveryFailed:
    """Nobody opened the door."""
    wish = RecordDeliveryFailed(**_ASKED, attempt_id="1", reason="nobody_home")
    return replace(wish, **fields)


def a_way_back(**fields: object) -> RecordReturnedToSender:
    """The carrier brought it back."""
    return replace(RecordReturnedToSender(**_ASKED), **fields)


def a_loss(**fields: object) -> RecordLost:
    """The carrier does not find it."""
    return replace(RecordLost(**_ASKED), **fields)


def a_split(**fields: object) -> SplitShipment:
    """Three of the mugs leave on their own."""
    wish = SplitShipment(**_ASKED, new_shipment_id=NEW_SHIPMENT_ID, lines=(part("1", 3),))
    return replace(wish, **fields)


def a_move(**fields: object) -> MoveShipment:
    """It shall leave from the east."""
    return replace(MoveShipment(**_ASKED, location=ELSEWHERE), **fields)


def a_stop(**fields: object) -> CancelShipment:
    """It shall not leave."""
    return replace(CancelShipment(**_ASKED, reason="customer_request"), **fields)


CONFIRMED: Final[tuple[Event, ...]] = (a_wanted_order(), a_confirmation(), a_payment_fact())
"""What happened before a shipment of the order can be planned and can leave."""

PLANNED: Final[tuple[Command | Event, ...]] = (*CONFIRMED, a_plan())
PACKED: Final[tuple[Command | Event, ...]] = (*PLANNED, a_packing())
SENT: Final[tuple[Command | Event, ...]] = (*PACKED, a_dispatch())

MUGS: Final[dict[str, Any]] = {"sku": SKU, "reservation_id": "r1"}
BOWLS: Final[dict[str, Any]] = {"sku": BOWL, "reservation_id": "r2"}
STOCKED: Final[tuple[Command, ...]] = (
    a_product(),
    a_product(sku=BOWL, name="Red bowl"),
    *(
        step
        for sku in (SKU, BOWL)
        for location in (LOCATION, ELSEWHERE)
        for step in (
            stock_examples.a_stock_item(sku=sku, location=location),
            stock_examples.a_receipt(sku=sku, location=location, quantity=5),
        )
    ),
    stock_examples.a_reservation_wish(
        lines=(
            stock_examples.wanted_stock(**MUGS, quantity=4),
            stock_examples.wanted_stock(**BOWLS, line_id="2", quantity=1),
        ),
    ),
    stock_examples.an_allocation(**MUGS),
    stock_examples.an_allocation(**BOWLS),
)
"""Five of each are at both locations; those of the order are firm at the main one."""


def planned(**fields: object) -> ShipmentPlanned:
    """What follows from `a_plan()`."""
    event = ShipmentPlanned(
        **SHIPMENT,
        lines=(mugs(), bowls()),
        carrier="sandbox",
        service="standard",
        ship_by=SHIP_BY,
    )
    return replace(event, **fields)


def dispatched(**fields: object) -> ShipmentDispatched:
    """What follows from `a_dispatch()` for the shipment."""
    event = ShipmentDispatched(
        **SHIPMENT,
        lines=(mugs(), bowls()),
        tracking_number="SB4711",
        carrier="sandbox",
        dispatched_at=SENT_AT,
    )
    return replace(event, **fields)


def shipped(**fields: object) -> OrderLinesShipped:
    """What follows from `a_dispatch()` for the order."""
    event = OrderLinesShipped(
        **ABOUT,
        shipment_id=SHIPMENT_ID,
        lines=(line_quantity("1", 4), line_quantity("2", 1)),
    )
    return replace(event, **fields)
