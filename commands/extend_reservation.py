"""ExtendReservation: the pieces are kept for longer."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import require_reservation, require_stock_item
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_errors import ReservationExpired, ReservationNotFound
from domain.stock_events import StockReservationExtended
from domain.stock_item import StockItem


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendReservation:
    """Keep what is reserved until `expires_at`."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str
    expires_at: datetime


def extend_reservation(
    command: ExtendReservation, item: StockItem | None
) -> tuple[StockReservationExtended, ...]:
    """Move the end of a reservation; what is allocated or only promised has none.

    Raises:
        Forbidden: customers order, they do not reserve.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none, or nothing of it is left.
        ReservationExpired: it was given back before.
    """
    require_shop(command.actor)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    if reservation.has_expired:
        raise ReservationExpired(f"reservation {command.reservation_id} has expired")
    if not reservation.open_quantity:
        raise ReservationNotFound(f"nothing is left of reservation {command.reservation_id}")
    if not reservation.reserved or reservation.expires_at == command.expires_at:
        return ()
    return (
        StockReservationExtended(
            sku=command.sku,
            location=command.location,
            reservation_id=command.reservation_id,
            order_id=reservation.order_id,
            expires_at=command.expires_at,
        ),
    )
