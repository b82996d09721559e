"""What do the decisions about stock share: refusals, repeats, and what follows from a change?"""

from typing import Final

from domain.errors import OperationConflict, QuantityInvalid
from domain.stock_errors import ReservationNotFound, StockItemNotFound
from domain.stock_events import BackorderFilled, StockDepleted, StockEvent, StockLevelLow
from domain.stock_item import Reservation, StockItem, evolve_stock_item
from domain.stock_operations import digest

STOCK_QUANTITY_MAX: Final = 1_000_000_000


def require_stock_item(item: StockItem | None, sku: str, location: str) -> StockItem:
    """Answer the stock if the product is kept there.

    Raises:
        StockItemNotFound: nobody registered it.
    """
    if item is None:
        raise StockItemNotFound(f"{sku} is not kept at {location}")
    return item


def require_quantity(quantity: int, *, least: int = 1) -> None:
    """Refuse a number of pieces that cannot be.

    Raises:
        QuantityInvalid: below `least` or above a thousand million.
    """
    if not least <= quantity <= STOCK_QUANTITY_MAX:
        raise QuantityInvalid(f"a quantity of stock is from {least} to {STOCK_QUANTITY_MAX:,}")


def require_reservation(item: StockItem, reservation_id: str) -> Reservation:
    """Answer a reservation, open or closed.

    Raises:
        ReservationNotFound: there has never been one with this id.
    """
    reservation = item.reservations.get(reservation_id)
    if reservation is None:
        raise ReservationNotFound(f"{item.sku} at {item.location} has no such reservation")
    return reservation


def is_repeat(item: StockItem, operation: str, what: str) -> bool:
    """Tell whether the operation was carried out already.

    Raises:
        OperationConflict: its id was used for something else.
    """
    known = item.operations.get(operation)
    if known is not None and known != digest(operation, what):
        raise OperationConflict(f"the id of {operation} was used for something else")
    return known is not None


def with_fills(item: StockItem, operation: str, *events: StockEvent) -> tuple[StockEvent, ...]:
    """Add what follows when an operation brings pieces: who waits gets them, first come first."""
    after = _after(item, events)
    fills: list[StockEvent] = []
    left = after.available
    for reservation_id in after.backorders:
        if left <= 0:
            break
        waiting = after.reservations[reservation_id]
        quantity = min(left, waiting.backordered)
        left -= quantity
        fills.append(backorder_filled(after, reservation_id, operation, quantity))
    return with_level(item, *events, *fills)


def backorder_filled(
    item: StockItem, reservation_id: str, movement_id: str, quantity: int
) -> BackorderFilled:
    """Write that promised pieces are there."""
    waiting = item.reservations[reservation_id]
    return BackorderFilled(
        sku=item.sku,
        location=item.location,
        reservation_id=reservation_id,
        order_id=waiting.order_id,
        line_id=waiting.line_id,
        movement_id=movement_id,
        quantity=quantity,
    )


def with_level(item: StockItem, *events: StockEvent) -> tuple[StockEvent, ...]:
    """Add what a buyer of stock wants to know: that little, or nothing, is left to be sold."""
    after = _after(item, events)
    left, names = after.available, {"sku": item.sku, "location": item.location}
    if item.available > 0 >= left:
        return (*events, StockDepleted(**names, available=left))
    if item.available > item.safety_stock and after.safety_stock >= left > 0:
        return (*events, StockLevelLow(**names, available=left))
    return events


def _after(item: StockItem, events: tuple[StockEvent, ...]) -> StockItem:
    for event in events:
        item = evolve_stock_item(item, event)
    return item
