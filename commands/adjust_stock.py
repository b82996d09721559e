"""AdjustStock: the books are wrong by so many pieces."""

from dataclasses import dataclass
from datetime import datetime

from commands.business_time import require_business_time
from commands.stock_rules import is_repeat, require_quantity, require_stock_item, with_fills
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_errors import StockNegative
from domain.stock_events import StockAdjusted, StockEvent
from domain.stock_item import StockItem
from domain.stock_operations import moved, movement


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """Add `delta` pieces, or take them away when it is negative.

    `occurred_at` is business time if it differs.
    """

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    movement_id: str
    delta: int
    reason: str
    occurred_at: datetime | None = None

    @property
    def happened_at(self) -> datetime:
        """Tell the business time of the movement."""
        return self.asked_at if self.occurred_at is None else self.occurred_at


def adjust_stock(command: AdjustStock, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Correct the number of pieces.

    Raises:
        Forbidden: only the shop keeps stock.
        OccurredAtInFuture: it has not happened yet.
        QuantityInvalid: a delta of nothing, or of too much.
        StockItemNotFound: the product is not kept there.
        OperationConflict: the movement id was used for something else.
        StockNegative: fewer pieces than that are there.
    """
    require_shop(command.actor)
    require_business_time(command.actor, command.asked_at, command.occurred_at)
    require_quantity(abs(command.delta))
    item = require_stock_item(item, command.sku, command.location)
    event = StockAdjusted(
        sku=command.sku,
        location=command.location,
        movement_id=command.movement_id,
        delta=command.delta,
        reason=command.reason,
    )
    operation = movement(command.movement_id)
    if is_repeat(item, operation, moved(event)):
        return ()
    if item.on_hand + command.delta < 0:
        raise StockNegative(f"{item.on_hand} pieces are there, {-command.delta} cannot go")
    return with_fills(item, operation, event)
