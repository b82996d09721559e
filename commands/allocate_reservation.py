"""AllocateReservation: what was reserved belongs to the order."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import require_reservation, require_stock_item
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_errors import ReservationExpired, ReservationNotFound
from domain.stock_events import StockAllocated
from domain.stock_item import StockItem


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocateReservation:
    """Make a reservation firm."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str


def allocate_reservation(
    command: AllocateReservation, item: StockItem | None
) -> tuple[StockAllocated, ...]:
    """Allocate what is reserved; what is promised follows when it comes.

    Raises:
        Forbidden: customers order, they do not reserve.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none, or it was given back.
        ReservationExpired: it was not allocated in time.
    """
    require_shop(command.actor)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    if reservation.has_expired:
        raise ReservationExpired(f"reservation {command.reservation_id} has expired")
    if not reservation.was_allocated and not reservation.open_quantity:
        raise ReservationNotFound(f"nothing is left of reservation {command.reservation_id}")
    if not reservation.reserved:
        return ()
    return (
        StockAllocated(
            sku=command.sku,
            location=command.location,
            reservation_id=command.reservation_id,
            order_id=reservation.order_id,
            line_id=reservation.line_id,
            quantity=reservation.reserved,
        ),
    )
