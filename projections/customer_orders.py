"""Which orders does a customer have, newest first?

Key: customer and order.
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
class CustomerOrder:
    """An order among the orders of its customer.

    Units: minor units of `currency`; `item_count` lines, `units` pieces, `version` the place in
    the order's stream.
    """

    customer_id: str
    order_id: str
    order_number: str
    placed_at: datetime
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
    version: int
    last_position: int


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    match event.data:
        case (
            OrderPlaced(customer_id=customer_id, order_id=order_id)
            | OrderShippingAddressChanged(customer_id=customer_id, order_id=order_id)
            | OrderCancellationRequested(customer_id=customer_id, order_id=order_id)
            | OrderCancelled(customer_id=customer_id, order_id=order_id)
            | OrderNoteAdded(customer_id=customer_id, order_id=order_id)
        ):
            return ((customer_id, order_id),)
        case _:
            return ()


def _evolve(row: CustomerOrder | None, event: RecordedEvent, _key: Key) -> CustomerOrder:
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


def _placed(placed: OrderPlaced, event: RecordedEvent) -> CustomerOrder:
    return CustomerOrder(
        customer_id=placed.customer_id,
        order_id=placed.order_id,
        order_number=placed.order_number,
        placed_at=placed.placed_at,
        lifecycle=Lifecycle.PENDING,
        payment_state=UNPAID,
        fulfilment_state=UNFULFILLED,
        return_state=NOTHING_RETURNED,
        currency=placed.currency,
        channel=placed.channel,
        country=placed.country,
        item_count=len(placed.lines),
        units=sum(line.quantity for line in placed.lines),
        grand_minor=placed.totals.grand_minor,
        version=event.version,
        last_position=event.position,
    )


CUSTOMER_ORDERS: Final = Projection(
    name="customer_orders",
    fold_version="1",
    row_type=CustomerOrder,
    key_columns=("customer_id", "order_id"),
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
