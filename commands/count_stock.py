"""CountStock: somebody counted the pieces."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import is_repeat, require_quantity, require_stock_item, with_fills
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_events import StockCounted, StockEvent
from domain.stock_item import StockItem
from domain.stock_operations import moved, movement


@dataclass(frozen=True, slots=True, kw_only=True)
class CountStock:
    """So many pieces are there, whatever the books say."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    movement_id: str
    counted: int


def count_stock(command: CountStock, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Set the number of pieces to what was counted.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
        OperationConflict: the movement id was used for something else.
    """
    require_shop(command.actor)
    require_quantity(command.counted, least=0)
    item = require_stock_item(item, command.sku, command.location)
    event = StockCounted(
        sku=command.sku,
        location=command.location,
        movement_id=command.movement_id,
        before=item.on_hand,
        counted=command.counted,
        delta=command.counted - item.on_hand,
    )
    operation = movement(command.movement_id)
    if is_repeat(item, operation, moved(event)):
        return ()
    return with_fills(item, operation, event)
