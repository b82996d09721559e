"""SetSafetyStock: so many pieces are not for sale."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import require_quantity, require_stock_item, with_level
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_events import SafetyStockSet, StockEvent
from domain.stock_item import StockItem


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSafetyStock:
    """Keep pieces back from sale."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    quantity: int


def set_safety_stock(command: SetSafetyStock, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Set the safety stock; what is reserved already stays reserved.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
    """
    require_shop(command.actor)
    require_quantity(command.quantity, least=0)
    item = require_stock_item(item, command.sku, command.location)
    if item.safety_stock == command.quantity:
        return ()
    event = SafetyStockSet(sku=command.sku, location=command.location, quantity=command.quantity)
    return with_level(item, event)
