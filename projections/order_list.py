"""Which orders are there, newest first: what does support page through and search?

Key: the order. One narrow row per order, with an index for every filter of the list.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.envelope import RecordedEvent
from domain.order import (
    Lifecycle,
    OrderCancellationRequested,
    OrderCancelled,
    OrderNoteAdded,
    OrderPlaced,
    OrderShippingAddressChanged,
)
from projections.order_detail import NOTHING_RETURNED, UNFULFILLED, UNPAID
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True)
class OrderListEntry:
    """An order in a list.

    Units: minor units of `currency`; `item_count` lines, `units` pieces, `version` the place in
    the order's stream. Shape: `skus` ascends, each once.
    """

    order_id: str
    order_number: str
    placed_at: datetime
    customer_id: str
    lifecycle: Lifecycle
    payment_state: str
    fulfilment_state: str
    return_state: str
    currency: str
    channel: str
    country: str
    item_count: int
    units: int
    grand_minor: int
    skus: tuple[str, ...]
    version: int
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    match event.data:
        case (
            OrderPlaced(order_id=order_id)
            | OrderShippingAddressChanged(order_id=order_id)
            | OrderCancellationRequested(order_id=order_id)
            | OrderCancelled(order_id=order_id)
            | OrderNoteAdded(order_id=order_id)
        ):
            return ((order_id,),)
        case _:
            return ()


def _evolve(row: OrderListEntry | None, event: RecordedEvent, _key: Key) -> OrderListEntry:
    data = event.data
    if isinstance(data, OrderPlaced):
        assert row is None, "an order is placed once"
        return _placed(data, event)
    assert row is not None, "an order is placed before anything else happens to it"
    match data:
        case OrderCancellationRequested():
            lifecycle = Lifecycle.CANCELLING
        case OrderCancelled():
            lifecycle = Lifecycle.CANCELLED
        case _:
            lifecycle = row.lifecycle
    return replace(row, lifecycle=lifecycle, version=event.version, last_position=event.position)


def _placed(placed: OrderPlaced, event: RecordedEvent) -> OrderListEntry:
    lines = placed.lines
    return OrderListEntry(
        order_id=placed.order_id,
        order_number=placed.order_number,
        placed_at=placed.placed_at,
        customer_id=placed.customer_id,
        lifecycle=Lifecycle.PENDING,
        payment_state=UNPAID,
        fulfilment_state=UNFULFILLED,
        return_state=NOTHING_RETURNED,
        currency=placed.currency,
        channel=placed.channel,
        country=placed.country,
        item_count=len(lines),
        units=sum(line.quantity for line in lines),
        grand_minor=placed.totals.grand_minor,
        skus=tuple(sorted({line.sku for line in lines})),
        version=event.version,
        last_position=event.position,
    )


ORDER_LIST: Final = Projection(
    name="order_list",
    fold_version="1",
    row_type=OrderListEntry,
    key_columns=("order_id",),
    handles=frozenset(
        {
            OrderPlaced,
            OrderShippingAddressChanged,
            OrderCancellationRequested,
            OrderCancelled,
            OrderNoteAdded,
        }
    ),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({OrderPlaced}),
)
