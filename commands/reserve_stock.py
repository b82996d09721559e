"""ReserveStock: the lines of an order want their pieces, all of them or none.

One decision over the stock of several products, so that no order ever holds a part of what it wants
because another was faster. Lines of one product are checked together: each sees what those before
it have taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.stock_rules import require_quantity, with_level
from domain.envelope import Actor
from domain.errors import ErrorItem
from domain.permissions import require_shop
from domain.stock_errors import InsufficientStock, ReservationConflict
from domain.stock_events import StockBackordered, StockEvent, StockReserved
from domain.stock_item import StockItem, evolve_stock_item

RESERVED_LINES_MAX: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedStock:
    """The pieces that one line of the order wants from one place."""

    reservation_id: str
    line_id: str
    sku: str
    location: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveStock:
    """Reserve pieces until `expires_at`."""

    actor: Actor
    asked_at: datetime
    order_id: str
    lines: tuple[WantedStock, ...]
    expires_at: datetime
    allow_backorder: bool = False


Place = tuple[str, str]
"""A sku and a location."""


def reserve_stock(
    command: ReserveStock, items: Mapping[Place, StockItem | None]
) -> tuple[StockEvent, ...]:
    """Reserve what every line wants; what is not there is promised if that is allowed.

    A reservation that is known with the same order, line and quantity is left as it is.

    Raises:
        Forbidden: customers order, they do not reserve.
        QuantityInvalid: not a number of pieces.
        ReservationConflict: the reservation id was used for something else.
        InsufficientStock: what is short, all lines of it.
    """
    require_shop(command.actor)
    assert 1 <= len(command.lines) <= RESERVED_LINES_MAX
    after = dict(items)
    kept: dict[Place, list[StockEvent]] = {}
    short: list[ErrorItem] = []
    for line in command.lines:
        require_quantity(line.quantity)
        place = (line.sku, line.location)
        item = after[place]
        if _is_known(command, line, item):
            continue
        events = () if item is None else _keep(command, line, item)
        if not events:
            short.append(_shortage(line, item))
        for event in events:
            item = evolve_stock_item(item, event)
        after[place] = item
        kept.setdefault(place, []).extend(events)
    if short:
        raise InsufficientStock("there are not enough pieces", items=short)
    return tuple(
        event
        for place, events in kept.items()
        if (item := items[place]) is not None
        for event in with_level(item, *events)
    )


def _is_known(command: ReserveStock, line: WantedStock, item: StockItem | None) -> bool:
    known = None if item is None else item.reservations.get(line.reservation_id)
    if known is None:
        return False
    if (known.order_id, known.line_id, known.asked) != (
        command.order_id,
        line.line_id,
        line.quantity,
    ):
        raise ReservationConflict(f"reservation {line.reservation_id} says something else")
    return True


def _keep(command: ReserveStock, line: WantedStock, item: StockItem) -> tuple[StockEvent, ...]:
    """Reserve what is there and promise the rest; nothing when that cannot be done."""
    there = max(0, min(line.quantity, item.available))
    missing = line.quantity - there
    if missing and not (command.allow_backorder and item.may_backorder(missing)):
        return ()
    names = {
        "sku": line.sku,
        "location": line.location,
        "reservation_id": line.reservation_id,
        "order_id": command.order_id,
        "line_id": line.line_id,
    }
    events: list[StockEvent] = []
    if there:
        events.append(
            StockReserved(
                **names,
                quantity=there,
                asked_quantity=line.quantity,
                expires_at=command.expires_at,
            )
        )
    if missing:
        events.append(
            StockBackordered(
                **names,
                quantity=missing,
                asked_quantity=line.quantity,
                expected_at=item.expected_at,
            )
        )
    return tuple(events)


def _shortage(line: WantedStock, item: StockItem | None) -> ErrorItem:
    return {
        "sku": line.sku,
        "location": line.location,
        "requested": line.quantity,
        "available": 0 if item is None else max(0, item.available),
    }
