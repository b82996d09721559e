"""ReleaseReservation: pieces are no longer wanted."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import (
    is_repeat,
    require_quantity,
    require_reservation,
    require_stock_item,
    with_fills,
)
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_errors import ReservationConflict
from domain.stock_events import ReleaseReason, StockEvent, StockReservationReleased
from domain.stock_item import Reservation, StockItem
from domain.stock_operations import release, released


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReservation:
    """Give back so many pieces, all that is left when `quantity` is None.

    `release_id` tells a repeat from a second release.
    """

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str
    release_id: str
    reason: ReleaseReason
    quantity: int | None = None


def release_reservation(
    command: ReleaseReservation, item: StockItem | None
) -> tuple[StockEvent, ...]:
    """Give pieces back to whoever waits for them.

    Promised ones first and allocated ones last, as who ordered first is served first; of those that
    were not found on the shelf the other way round, as they were allocated ones.

    Raises:
        Forbidden: customers order, they do not reserve.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none.
        QuantityInvalid: not a number of pieces.
        OperationConflict: the release id was used for something else.
        ReservationConflict: fewer pieces than that are left of it.
    """
    require_shop(command.actor)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    what = released(command.reservation_id, command.quantity)
    operation = release(command.release_id)
    if is_repeat(item, operation, what):
        return ()
    if command.quantity is not None:
        require_quantity(command.quantity)
        if command.quantity > reservation.open_quantity:
            raise ReservationConflict(f"{reservation.open_quantity} pieces are left of it")
    left = reservation.open_quantity if command.quantity is None else command.quantity
    if not left:
        return ()
    from_backordered, from_reserved, from_allocated = _parts(left, reservation, command.reason)
    event = StockReservationReleased(
        sku=command.sku,
        location=command.location,
        reservation_id=command.reservation_id,
        order_id=reservation.order_id,
        line_id=reservation.line_id,
        release_id=command.release_id,
        asked_quantity=command.quantity,
        from_backordered=from_backordered,
        from_reserved=from_reserved,
        from_allocated=from_allocated,
        reason=command.reason,
    )
    return with_fills(item, operation, event)


def _parts(quantity: int, reservation: Reservation, reason: ReleaseReason) -> tuple[int, int, int]:
    """Tell how many of the pieces were promised, reserved and allocated."""
    if reason is ReleaseReason.SHORTED:
        from_allocated = min(quantity, reservation.allocated)
        from_reserved = min(quantity - from_allocated, reservation.reserved)
        return quantity - from_allocated - from_reserved, from_reserved, from_allocated
    from_backordered = min(quantity, reservation.backordered)
    from_reserved = min(quantity - from_backordered, reservation.reserved)
    return from_backordered, from_reserved, quantity - from_backordered - from_reserved
