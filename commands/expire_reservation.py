"""ExpireReservation: the time of a reservation is over."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import require_reservation, require_stock_item, with_fills
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_events import StockEvent, StockReservationExpired
from domain.stock_item import StockItem
from domain.stock_operations import expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireReservation:
    """Sent by a timer; `asked_at` is its clock."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str


def expire_reservation(
    command: ExpireReservation, item: StockItem | None
) -> tuple[StockEvent, ...]:
    """Give back what is reserved, unless it was allocated, released or extended meanwhile.

    What is promised beside it is given up too; a mere promise has no end, it is released.

    Raises:
        Forbidden: customers order, they do not reserve.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none.
    """
    require_shop(command.actor)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    if reservation.expires_at is None or command.asked_at < reservation.expires_at:
        return ()
    event = StockReservationExpired(
        sku=command.sku,
        location=command.location,
        reservation_id=command.reservation_id,
        order_id=reservation.order_id,
        line_id=reservation.line_id,
        quantity=reservation.reserved,
        from_backordered=reservation.backordered,
    )
    return with_fills(item, expiry(command.reservation_id), event)
