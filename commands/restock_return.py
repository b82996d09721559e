"""RestockReturn: what becomes of returned pieces."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.stock_rules import is_repeat, require_quantity, require_stock_item, with_fills
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.return_events import ReturnDisposition
from domain.stock_events import StockEvent, StockQuarantined, StockReturned, StockWrittenOff
from domain.stock_item import StockItem
from domain.stock_operations import restocked, restocking


@dataclass(frozen=True, slots=True, kw_only=True)
class RestockReturn:
    """Deal with the returned pieces of one line of a return."""

    actor: Actor
    asked_at: datetime
    sku: str
    location: str
    return_id: str
    line_id: str
    quantity: int
    disposition: ReturnDisposition


def restock_return(command: RestockReturn, item: StockItem | None) -> tuple[StockEvent, ...]:
    """Put the pieces where they go; a line of a return is dealt with once.

    Raises:
        Forbidden: only the shop keeps stock.
        QuantityInvalid: not a number of pieces.
        StockItemNotFound: the product is not kept there.
        OperationConflict: the line was dealt with in another way.
    """
    require_shop(command.actor)
    require_quantity(command.quantity)
    item = require_stock_item(item, command.sku, command.location)
    event = _EVENTS[command.disposition](
        sku=command.sku,
        location=command.location,
        return_id=command.return_id,
        line_id=command.line_id,
        quantity=command.quantity,
    )
    operation = restocking(command.return_id, command.line_id)
    if is_repeat(item, operation, restocked(event)):
        return ()
    return with_fills(item, operation, event)


_EVENTS: Final = {
    ReturnDisposition.SHELF: StockReturned,
    ReturnDisposition.QUARANTINE: StockQuarantined,
    ReturnDisposition.WRITE_OFF: StockWrittenOff,
}
