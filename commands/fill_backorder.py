"""FillBackorder: pieces that are there go to an order that waits, out of its turn."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import (
    backorder_filled,
    is_repeat,
    require_quantity,
    require_reservation,
    require_stock_item,
    with_level,
)
from domain.envelope import Actor
from domain.errors import ErrorItem
from domain.permissions import require_shop
from domain.stock_errors import InsufficientStock, ReservationConflict
from domain.stock_events import StockEvent
from domain.stock_item import StockItem
from domain.stock_operations import fill, filled


@dataclass(frozen=True, slots=True, kw_only=True)
class FillBackorder:
    """Allocate pieces to a reservation that waits; `movement_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str
    movement_id: str
    quantity: int


def fill_backorder(command: FillBackorder, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Allocate the pieces; a receipt does so by itself, first come first.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none.
        OperationConflict: the movement id was used for something else.
        ReservationConflict: the reservation waits for fewer pieces.
        InsufficientStock: fewer pieces can be given away.
    """
    require_shop(command.actor)
    require_quantity(command.quantity)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    operation = fill(command.movement_id, command.reservation_id)
    if is_repeat(item, operation, filled(command.quantity)):
        return ()
    if command.quantity > reservation.backordered:
        raise ReservationConflict(f"it waits for {reservation.backordered} pieces")
    if command.quantity > item.available:
        short: ErrorItem = {
            "sku": command.sku,
            "location": command.location,
            "requested": command.quantity,
            "available": max(0, item.available),
        }
        raise InsufficientStock("there are not enough pieces", items=(short,))
    event = backorder_filled(item, command.reservation_id, command.movement_id, command.quantity)
    return with_level(item, event)
