"""ReceiveStock: goods came in."""

from dataclasses import dataclass
from datetime import datetime

from commands.business_time import require_business_time
from commands.stock_rules import is_repeat, require_quantity, require_stock_item, with_fills
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_events import StockEvent, StockReceived
from domain.stock_item import StockItem
from domain.stock_operations import moved, movement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveStock:
    """Add pieces; `movement_id` tells a repeat from a second delivery.

    `occurred_at` is business time if it differs.
    """

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    movement_id: str
    quantity: int
    reference: str | None = None
    occurred_at: datetime | None = None

    @property
    def happened_at(self) -> datetime:
        """Tell the business time of the movement."""
        return self.asked_at if self.occurred_at is None else self.occurred_at


def receive_stock(command: ReceiveStock, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Add the pieces, and allocate them to the orders that wait for them, first come first.

    Raises:
        Forbidden: only the shop keeps stock.
        OccurredAtInFuture: it has not happened yet.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
        OperationConflict: the movement id was used for something else.
    """
    require_shop(command.actor)
    require_business_time(command.actor, command.asked_at, command.occurred_at)
    require_quantity(command.quantity)
    item = require_stock_item(item, command.sku, command.location)
    event = StockReceived(
        sku=command.sku,
        location=command.location,
        movement_id=command.movement_id,
        quantity=command.quantity,
        reference=command.reference,
    )
    operation = movement(command.movement_id)
    if is_repeat(item, operation, moved(event)):
        return ()
    return with_fills(item, operation, event)
