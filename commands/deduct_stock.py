"""DeductStock: allocated pieces left in a parcel."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import (
    is_repeat,
    require_quantity,
    require_reservation,
    require_stock_item,
)
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_errors import AllocationExceeded, StockNegative
from domain.stock_events import StockDeducted
from domain.stock_item import StockItem
from domain.stock_operations import deducted, deduction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductStock:
    """Take pieces of a reservation away; a parcel takes of one reservation once."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    reservation_id: str
    shipment_id: str
    quantity: int


def deduct_stock(command: DeductStock, item: StockItem | None) -> tuple[StockDeducted, ...]:
    """Take the pieces away; what can be sold stays the same, as they were allocated before.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
        ReservationNotFound: there is none.
        OperationConflict: the parcel took another number of pieces of it.
        AllocationExceeded: fewer pieces than that are allocated.
        StockNegative: the books say that fewer pieces than that are there.
    """
    require_shop(command.actor)
    require_quantity(command.quantity)
    item = require_stock_item(item, command.sku, command.location)
    reservation = require_reservation(item, command.reservation_id)
    operation = deduction(command.reservation_id, command.shipment_id)
    if is_repeat(item, operation, deducted(command.quantity)):
        return ()
    if command.quantity > reservation.allocated:
        raise AllocationExceeded(f"{reservation.allocated} pieces are allocated")
    if command.quantity > item.on_hand:
        raise StockNegative(f"{item.on_hand} pieces are there")
    return (
        StockDeducted(
            sku=command.sku,
            location=command.location,
            reservation_id=command.reservation_id,
            order_id=reservation.order_id,
            line_id=reservation.line_id,
            shipment_id=command.shipment_id,
            quantity=command.quantity,
        ),
    )
