"""Do the read models say of every order, at every moment, what the order itself says?"""

from collections.abc import Iterator

import pytest

from domain.envelope import RecordedEvent
from domain.fold import State, as_order, evolve
from domain.order import Lifecycle, Order
from domain.order_events import OrderEvent
from domain.order_states import (
    FulfilmentState,
    PaymentState,
    ReturnState,
    fulfilment_state,
    payment_state,
    return_state,
)
from projections.customer_orders import CUSTOMER_ORDERS
from projections.order_detail import ORDER_DETAIL
from projections.order_list import ORDER_LIST
from projections.order_standing import ORDER_EVENTS, Standing
from projections.projection import Key, Projection, Row
from tests.histories import History
from tests.order_histories import lives_of_orders

OF_ORDERS = [ORDER_DETAIL, ORDER_LIST, CUSTOMER_ORDERS]


def the_lives() -> list[RecordedEvent]:
    history = History()
    for step in lives_of_orders():
        history.go_on(*step)
    return history.events


EVENTS = the_lives()


def rows_and_orders(projection: Projection) -> Iterator[tuple[Row, Order]]:
    """Answer the row and the order after every event."""
    rows: dict[Key, Row] = {}
    states: dict[str, State] = {}
    for event in EVENTS:
        (key,) = projection.keys(event)
        row = rows[key] = projection.evolve(rows.get(key), event, key)
        state = states[event.stream] = evolve(states.get(event.stream), event.data)
        order = as_order(state)
        assert order is not None
        yield row, order


@pytest.mark.parametrize("projection", OF_ORDERS, ids=lambda each: each.name)
def test_a_row_counts_like_the_order_itself(projection: Projection) -> None:
    for row, order in rows_and_orders(projection):
        standing: Standing = row
        due_minor = order.due_totals.grand_minor
        assert standing.lifecycle is order.lifecycle
        assert standing.progress == order.progress
        assert standing.payments == order.payments
        assert standing.grand_minor - standing.cancelled_minor == due_minor
        assert row.payment_state is payment_state(order.payments, due_minor)
        assert row.fulfilment_state is fulfilment_state(order.progress)
        assert row.return_state is return_state(order.progress)


def test_the_lives_have_every_event_and_every_state() -> None:
    """The test above would be hollow if the orders stood still."""
    assert {type(event.data) for event in EVENTS} == set(OrderEvent.__args__) == ORDER_EVENTS
    rows = [row for row, _ in rows_and_orders(ORDER_LIST)]
    assert {row.lifecycle for row in rows} == set(Lifecycle)
    assert {row.fulfilment_state for row in rows} == set(FulfilmentState)
    assert {row.return_state for row in rows} == set(ReturnState)
    assert {row.payment_state for row in rows} == set(PaymentState)


def test_the_detail_tells_the_holds_and_the_cancellation_of_the_order() -> None:
    for row, order in rows_and_orders(ORDER_DETAIL):
        assert {hold.hold_id: hold.decision for hold in row.holds} == {
            hold_id: hold.decision for hold_id, hold in order.holds.items()
        }
        if order.cancellation is not None:
            assert row.cancellation_id == order.cancellation.cancellation_id
        assert (row.cancelled_at is not None) == (order.lifecycle is Lifecycle.CANCELLED)
        assert row.pay_by == order.pay_by
