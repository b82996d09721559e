"""Which orders does a customer have, newest first?

Key: customer and order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.envelope import RecordedEvent
from domain.order import Lifecycle
from domain.order_events import OrderEvent, OrderFlaggedOverdue, OrderPlaced
from domain.order_progress import Lines, Payments, lines_placed, payments_placed
from domain.order_states import FulfilmentState, PaymentState, ReturnState
from domain.replace import replace
from projections.order_standing import ORDER_EVENTS, payment_state_placed, standing_after
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """An order among the orders of its customer.

    Units: minor units of `currency`; `item_count` lines, `units` pieces, `version` the place in
    the order's stream; `cancelled_minor` is what of `grand_minor` is no longer owed.
    """

    customer_id: str
    order_id: str
    order_number: str
    placed_at: datetime
    lifecycle: Lifecycle
    payment_state: PaymentState
    fulfilment_state: FulfilmentState
    return_state: ReturnState
    currency: str
    channel: str
    country: str
    item_count: int
    units: int
    grand_minor: int
    version: int
    last_position: int
    cancelled_minor: int
    confirmed_at: datetime | None
    flagged_stages: tuple[str, ...]
    progress: Lines
    payments: Payments


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    return ((data.customer_id, data.order_id),) if isinstance(data, OrderEvent) else ()


def _evolve(row: CustomerOrder | None, event: RecordedEvent, _key: Key) -> CustomerOrder:
    data = event.data
    if isinstance(data, OrderPlaced):
        assert row is None, "an order is placed once"
        return _placed(data, event)
    assert row is not None, "an order is placed before anything else happens to it"
    changes = standing_after(row, event)
    if isinstance(data, OrderFlaggedOverdue):
        changes["flagged_stages"] = (*row.flagged_stages, data.stage)
    return replace(row, **changes)


def _placed(placed: OrderPlaced, event: RecordedEvent) -> CustomerOrder:
    return CustomerOrder(
        customer_id=placed.customer_id,
        order_id=placed.order_id,
        order_number=placed.order_number,
        placed_at=placed.placed_at,
        lifecycle=Lifecycle.PENDING,
        payment_state=payment_state_placed(placed),
        fulfilment_state=FulfilmentState.UNFULFILLED,
        return_state=ReturnState.NONE,
        currency=placed.currency,
        channel=placed.channel,
        country=placed.country,
        item_count=len(placed.lines),
        units=sum(line.quantity for line in placed.lines),
        grand_minor=placed.totals.grand_minor,
        version=event.version,
        last_position=event.position,
        cancelled_minor=0,
        confirmed_at=None,
        flagged_stages=(),
        progress=lines_placed(placed.lines),
        payments=payments_placed(placed),
    )


CUSTOMER_ORDERS: Final = Projection(
    name="customer_orders",
    fold_version="4",
    row_type=CustomerOrder,
    key_columns=("customer_id", "order_id"),
    handles=ORDER_EVENTS,
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({OrderPlaced}),
)
