"""Do order_list and customer_orders show every order once, as it stands?"""

from dataclasses import replace

import pytest

from domain.errors import ProjectionFailed
from domain.order import Lifecycle
from domain.order_events import OrderEvent
from domain.order_parts import AppliedCredit
from domain.order_progress import LineProgress, PaymentSums, payments_placed
from domain.order_states import FulfilmentState, PaymentState, ReturnState
from projections.customer_orders import CUSTOMER_ORDERS, CustomerOrder
from projections.order_detail import ORDER_DETAIL, OrderDetail
from projections.order_list import ORDER_LIST, OrderListEntry
from projections.projection import Projection
from projections.projector import fold
from tests import examples
from tests.histories import History
from tests.order_examples import (
    a_confirmation,
    a_finished_cancellation,
    a_flag,
    a_payment_fact,
    pieces,
)

ENTRY = OrderListEntry(
    order_id=examples.ORDER_ID,
    order_number=examples.ORDER_NUMBER,
    placed_at=examples.NOW,
    customer_id=examples.CUSTOMER_ID,
    lifecycle=Lifecycle.PENDING,
    payment_state=PaymentState.NONE,
    fulfilment_state=FulfilmentState.UNFULFILLED,
    return_state=ReturnState.NONE,
    currency="GBP",
    channel="web",
    country="GB",
    item_count=1,
    units=2,
    grand_minor=2_500,
    skus=("MUG-BLUE",),
    version=1,
    last_position=1,
    cancelled_minor=0,
    confirmed_at=None,
    flagged_stages=(),
    progress=(LineProgress(line_id="1", sku="MUG-BLUE", ordered=2),),
    payments=(),
)
THEIRS = CustomerOrder(
    customer_id=examples.CUSTOMER_ID,
    order_id=examples.ORDER_ID,
    order_number=examples.ORDER_NUMBER,
    placed_at=examples.NOW,
    lifecycle=Lifecycle.PENDING,
    payment_state=PaymentState.NONE,
    fulfilment_state=FulfilmentState.UNFULFILLED,
    return_state=ReturnState.NONE,
    currency="GBP",
    channel="web",
    country="GB",
    item_count=1,
    units=2,
    grand_minor=2_500,
    version=1,
    last_position=1,
    cancelled_minor=0,
    confirmed_at=None,
    flagged_stages=(),
    progress=(LineProgress(line_id="1", sku="MUG-BLUE", ordered=2),),
    payments=(),
)


def the_history(*commands: examples.Command) -> History:
    """Place an order at position 1, then carry the commands out."""
    history = History()
    history.happened(examples.a_placed_order(), examples.CUSTOMER, examples.NOW)
    for command in commands:
        history.do(command)
    return history


def test_list_a_placed_order() -> None:
    events = the_history().events
    assert fold(ORDER_LIST, {}, events) == {(examples.ORDER_ID,): ENTRY}
    assert fold(CUSTOMER_ORDERS, {}, events) == {(examples.CUSTOMER_ID, examples.ORDER_ID): THEIRS}


@pytest.mark.parametrize(
    ("command", "lifecycle", "version"),
    [
        (examples.a_note(), Lifecycle.PENDING, 2),
        (examples.an_address_change(), Lifecycle.PENDING, 2),
        (examples.a_cancellation(), Lifecycle.CANCELLING, 2),
    ],
)
def test_follow_the_order(command: examples.Command, lifecycle: Lifecycle, version: int) -> None:
    events = the_history(command).events
    changes = {"lifecycle": lifecycle, "version": version, "last_position": version}
    assert fold(ORDER_LIST, {}, events) == {(examples.ORDER_ID,): replace(ENTRY, **changes)}
    assert fold(CUSTOMER_ORDERS, {}, events) == {
        (examples.CUSTOMER_ID, examples.ORDER_ID): replace(THEIRS, **changes)
    }


LATER = examples.NOW + examples.DAY
GONE = LineProgress(line_id="1", sku="MUG-BLUE", ordered=2, cancelled=2)
ALLOCATED = LineProgress(line_id="1", sku="MUG-BLUE", ordered=2, allocated=2)


@pytest.mark.parametrize(
    ("commands", "changes"),
    [
        (
            (examples.a_cancellation(), a_finished_cancellation()),
            {"lifecycle": Lifecycle.CANCELLED, "cancelled_minor": 2_500, "progress": (GONE,)},
        ),
        (
            (
                a_payment_fact(amount_minor=2_500),
                a_confirmation(allocations=(pieces("1", 2),), backorders=(), asked_at=LATER),
            ),
            {
                "lifecycle": Lifecycle.CONFIRMED,
                "confirmed_at": LATER,
                "progress": (ALLOCATED,),
                "payment_state": PaymentState.AUTHORIZED,
                "payments": (PaymentSums(payment_id="payment-1", authorised_minor=2_500),),
            },
        ),
        (
            (a_flag(), a_flag(stage="paying")),
            {"flagged_stages": ("fulfilling", "paying")},
        ),
    ],
)
def test_tell_where_the_order_stands(
    commands: tuple[examples.Command, ...], changes: dict[str, object]
) -> None:
    events = the_history(*commands).events
    changes = {**changes, "version": 3, "last_position": 3}
    assert fold(ORDER_LIST, {}, events) == {(examples.ORDER_ID,): replace(ENTRY, **changes)}
    assert fold(CUSTOMER_ORDERS, {}, events) == {
        (examples.CUSTOMER_ID, examples.ORDER_ID): replace(THEIRS, **changes)
    }


def test_count_lines_and_pieces_and_name_every_sku_once() -> None:
    lines = (
        examples.a_sold_line(line_id="1", sku="LAMP", quantity=1),
        examples.a_sold_line(line_id="2", sku="CARD", quantity=20),
        examples.a_sold_line(line_id="3", sku="LAMP", quantity=3),
    )
    history = History()
    history.add(examples.a_placed_order(lines=lines), examples.CUSTOMER, examples.NOW)
    row = fold(ORDER_LIST, {}, history.events)[examples.ORDER_ID,]
    assert (row.item_count, row.units, row.skus) == (3, 24, ("CARD", "LAMP"))
    theirs = fold(CUSTOMER_ORDERS, {}, history.events)[examples.CUSTOMER_ID, examples.ORDER_ID]
    assert (theirs.item_count, theirs.units) == (3, 24)


@pytest.mark.parametrize("projection", [ORDER_LIST, CUSTOMER_ORDERS], ids=lambda each: each.name)
def test_stop_at_what_cannot_happen(projection: Projection) -> None:
    history = the_history(examples.a_note())
    with pytest.raises(ProjectionFailed, match="position 2 "):
        fold(projection, {}, history.events[1:])
    history.add(examples.a_placed_order(), examples.CUSTOMER, examples.NOW)
    with pytest.raises(ProjectionFailed, match="position 3 "):
        fold(projection, {}, history.events)


@pytest.mark.parametrize("projection", [ORDER_LIST, CUSTOMER_ORDERS], ids=lambda each: each.name)
def test_handle_every_event_of_an_order_because_each_moves_its_version(
    projection: Projection,
) -> None:
    assert set(OrderEvent.__args__) == projection.handles


def test_an_order_that_is_placed_with_a_credit_is_paid_as_far_as_that_goes() -> None:
    for credit_minor, state in (
        (2_500, PaymentState.CAPTURED),
        (9, PaymentState.PARTIALLY_CAPTURED),
    ):
        history = History()
        credit = AppliedCredit(return_id="return-1", order_id="o0", amount_minor=credit_minor)
        placed = examples.a_placed_order(credit=credit)
        history.happened(placed, examples.STAFF, examples.NOW)
        for projection in (ORDER_LIST, CUSTOMER_ORDERS, ORDER_DETAIL):
            (row,) = fold(projection, {}, history.events).values()
            assert isinstance(row, OrderListEntry | CustomerOrder | OrderDetail)
            assert row.payment_state is state
            assert row.payments == payments_placed(placed)
