"""RegisterStockItem: a product is to be kept at a location."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import require_product
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.product import Product
from domain.stock_events import StockItemRegistered
from domain.stock_item import StockItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterStockItem:
    """Keep a registered product at a location."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str


@dataclass(frozen=True, slots=True)
class RegisterStockItemState:
    """What it rests on."""

    item: StockItem | None
    product: Product | None


def register_stock_item(
    command: RegisterStockItem, state: RegisterStockItemState
) -> tuple[StockItemRegistered, ...]:
    """Register the stock item, or nothing if it is registered.

    Raises:
        Forbidden: only the shop keeps stock.
        ProductNotFound: nobody registered the sku.
    """
    require_shop(command.actor)
    require_product(state.product, command.sku)
    if state.item is not None:
        return ()
    return (StockItemRegistered(sku=command.sku, location=command.location),)
