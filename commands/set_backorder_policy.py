"""SetBackorderPolicy: so many pieces may be promised before they are there."""

from dataclasses import dataclass
from datetime import datetime

from commands.stock_rules import require_quantity, require_stock_item
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.stock_events import BackorderPolicySet
from domain.stock_item import StockItem


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBackorderPolicy:
    """Allow backorders up to a limit; `expected_at` is when the pieces are expected."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    limit: int
    expected_at: datetime | None = None


def set_backorder_policy(
    command: SetBackorderPolicy, item: StockItem | None
) -> tuple[BackorderPolicySet, ...]:
    """Set how much may be promised; what is promised already stays promised.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
    """
    require_shop(command.actor)
    require_quantity(command.limit, least=0)
    item = require_stock_item(item, command.sku, command.location)
    if (item.backorder_limit, item.expected_at) == (command.limit, command.expected_at):
        return ()
    return (
        BackorderPolicySet(
            sku=command.sku,
            location=command.location,
            limit=command.limit,
            expected_at=command.expected_at,
        ),
    )
