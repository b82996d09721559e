"""What is wished of the stock of blue mugs?

Builders like those of tests/examples.py: each takes the fields that a test cares about.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.adjust_stock import AdjustStock
from commands.allocate_reservation import AllocateReservation
from commands.count_stock import CountStock
from commands.deduct_stock import DeductStock
from commands.expire_reservation import ExpireReservation
from commands.extend_reservation import ExtendReservation
from commands.fill_backorder import FillBackorder
from commands.receive_stock import ReceiveStock
from commands.register_stock_item import RegisterStockItem
from commands.registry import Command
from commands.release_reservation import ReleaseReservation
from commands.reserve_stock import ReserveStock, WantedStock
from commands.restock_return import RestockReturn
from commands.set_backorder_policy import SetBackorderPolicy
from commands.set_safety_stock import SetSafetyStock
from domain.return_events import ReturnDisposition
from domain.stock_events import ReleaseReason
from tests.examples import DAY, MINUTE, NOW, ORDER_ID, SKU, STAFF, a_product

LOCATION: Final = "MAIN"
RESERVATION_ID: Final = "reservation-1"
EXPIRES_AT: Final[datetime] = NOW + 20 * MINUTE
LATER: Final[datetime] = NOW + DAY

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "sku": SKU, "location": LOCATION}
_OF_THE_RESERVATION: Final[dict[str, Any]] = {**_ASKED, "reservation_id": RESERVATION_ID}


def a_stock_item(**fields: object) -> RegisterStockItem:
    """A wish to keep blue mugs at the main location."""
    return replace(RegisterStockItem(**_ASKED), **fields)


def a_receipt(**fields: object) -> ReceiveStock:
    """A delivery of ten mugs."""
    return replace(ReceiveStock(**_ASKED, movement_id="receipt-1", quantity=10), **fields)


def an_adjustment(**fields: object) -> AdjustStock:
    """Two mugs are broken."""
    wish = AdjustStock(**_ASKED, movement_id="adjustment-1", delta=-2, reason="broken")
    return replace(wish, **fields)


def a_count(**fields: object) -> CountStock:
    """Somebody counted nine mugs."""
    return replace(CountStock(**_ASKED, movement_id="count-1", counted=9), **fields)


def a_safety_stock(**fields: object) -> SetSafetyStock:
    """Three mugs are not for sale."""
    return replace(SetSafetyStock(**_ASKED, quantity=3), **fields)


def a_backorder_policy(**fields: object) -> SetBackorderPolicy:
    """Five mugs may be promised before they are there."""
    return replace(SetBackorderPolicy(**_ASKED, limit=5, expected_at=LATER), **fields)


def wanted_stock(**fields: object) -> WantedStock:
    """The four mugs that the first line of an order wants."""
    wanted = WantedStock(
        reservation_id=RESERVATION_ID, line_id="1", sku=SKU, location=LOCATION, quantity=4
    )
    return replace(wanted, **fields)


def a_reservation_wish(**fields: object) -> ReserveStock:
    """A wish to keep four mugs for an order for twenty minutes."""
    wish = ReserveStock(
        actor=STAFF,
        asked_at=NOW,
        order_id=ORDER_ID,
        lines=(wanted_stock(),),
        expires_at=EXPIRES_AT,
    )
    return replace(wish, **fields)


def an_extension(**fields: object) -> ExtendReservation:
    """A wish to keep them until tomorrow."""
    return replace(ExtendReservation(**_OF_THE_RESERVATION, expires_at=LATER), **fields)


def an_allocation(**fields: object) -> AllocateReservation:
    """A wish to make the reservation firm."""
    return replace(AllocateReservation(**_OF_THE_RESERVATION), **fields)


def a_release(**fields: object) -> ReleaseReservation:
    """A wish to give all of the reservation back."""
    wish = ReleaseReservation(
        **_OF_THE_RESERVATION, release_id="release-1", reason=ReleaseReason.CANCELLED
    )
    return replace(wish, **fields)


def an_expiry(*, at: datetime = EXPIRES_AT, **fields: object) -> ExpireReservation:
    """The timer of the reservation, on time."""
    wish = ExpireReservation(**_OF_THE_RESERVATION)
    return replace(replace(wish, asked_at=at), **fields)


def a_deduction(**fields: object) -> DeductStock:
    """Three of the mugs leave in a parcel."""
    wish = DeductStock(**_OF_THE_RESERVATION, shipment_id="shipment-1", quantity=3)
    return replace(wish, **fields)


def a_fill(**fields: object) -> FillBackorder:
    """Two mugs go to the reservation out of its turn."""
    wish = FillBackorder(**_OF_THE_RESERVATION, movement_id="fill-1", quantity=2)
    return replace(wish, **fields)


def a_restocking(**fields: object) -> RestockReturn:
    """Two returned mugs go back to the shelf."""
    wish = RestockReturn(
        **_ASKED, return_id="return-1", line_id="1", quantity=2, disposition=ReturnDisposition.SHELF
    )
    return replace(wish, **fields)


def kept_stock(pieces: int) -> tuple[Command, ...]:
    """What has to be done before so many mugs are there."""
    return (a_product(), a_stock_item(), a_receipt(quantity=pieces))
