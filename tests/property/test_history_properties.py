"""Are pieces and money conserved, whatever is recorded of orders from elsewhere?"""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.record_past_fulfilment import RecordPastFulfilment, past_payment_id
from commands.record_past_return import RecordPastReturn
from commands.registry import Command
from domain.errors import Refusal
from domain.events import order_stream, payment_stream, stock_stream
from domain.fold import as_order, as_payment, as_stock_item
from domain.stock_events import StockIssued, StockReceived, StockReserved, StockReturned
from tests.examples import CUSTOMER, DAY, IMPORT, NOW, STAFF, a_line, a_shop, an_order
from tests.order_examples import part
from tests.specification import Streams
from tests.stock_examples import LOCATION, a_receipt, a_reservation_wish, a_stock_item, wanted_stock

THEN = NOW - 10 * DAY
ORDERS = ("o1", "o2", "o3")
SKU = "MUG-BLUE"
SHOP: tuple[Command, ...] = (
    *a_shop(),
    a_stock_item(),
    a_receipt(quantity=9),
    *(
        an_order(
            actor=STAFF,
            order_id=order_id,
            order_number=f"I26-{order_id}",
            origin=replace(IMPORT, ref=order_id),
            lines=(a_line(quantity=3), a_line(line_id="2", quantity=2)),
            occurred_at=THEN,
        )
        for order_id in ORDERS
    ),
)

orders = st.sampled_from(ORDERS)
actors = st.sampled_from([STAFF, STAFF, STAFF, CUSTOMER])
parts = st.lists(
    st.builds(part, st.sampled_from(["1", "2"]), st.integers(1, 3)), min_size=1, max_size=2
).map(tuple)
wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        RecordPastFulfilment,
        actor=actors,
        asked_at=st.just(NOW),
        order_id=orders,
        location=st.just(LOCATION),
        occurred_at=st.sampled_from([THEN, THEN, THEN + DAY]),
    ),
    st.builds(
        RecordPastReturn,
        actor=actors,
        asked_at=st.just(NOW),
        return_id=st.sampled_from(["r1", "r2", "r3", "r4"]),
        order_id=orders,
        lines=parts,
        location=st.just(LOCATION),
        occurred_at=st.just(THEN + DAY),
    ),
    st.builds(
        a_receipt, movement_id=st.sampled_from(["m1", "m2", "m3"]), quantity=st.integers(1, 5)
    ),
    st.builds(
        lambda name, quantity: a_reservation_wish(
            order_id="another", lines=(wanted_stock(reservation_id=name, quantity=quantity),)
        ),
        st.sampled_from(["x1", "x2"]),
        st.integers(1, 3),
    ),
)


def carry_out(history: list[Command]) -> tuple[Streams, Counter[type]]:
    """Carry out what is granted, each twice, and count the pieces that came, went and were kept."""
    streams, pieces = Streams(), Counter[type]()
    for wish in (*SHOP, *history):
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        assert streams.decide(wish) == ()
        for event in events:
            if isinstance(event, StockReceived | StockIssued | StockReturned | StockReserved):
                pieces[type(event)] += event.quantity
    return streams, pieces


@given(history=st.lists(wishes, min_size=5, max_size=25))
@settings(max_examples=150)
def test_pieces_and_money_are_conserved(history: list[Command]) -> None:
    streams, pieces = carry_out(history)
    item = as_stock_item(streams.states[stock_stream(SKU, LOCATION)])
    assert item is not None
    came, went = pieces[StockReceived] + pieces[StockReturned], pieces[StockIssued]
    assert (item.on_hand, item.reserved) == (came - went, pieces[StockReserved])
    assert item.available >= 0
    delivered = returned = 0
    for order_id in ORDERS:
        order = as_order(streams.states[order_stream(order_id)])
        payment = as_payment(streams.states.get(payment_stream(past_payment_id(order_id))))
        assert order is not None
        delivered += sum(line.delivered for line in order.progress)
        returned += sum(line.returned for line in order.progress)
        assert all(line.returned <= line.delivered <= line.ordered for line in order.progress)
        assert order.granted_minor == order.refunded_minor <= order.captured_minor
        if payment is not None:
            assert payment.captured_minor == order.captured_minor == order.totals.grand_minor
            assert payment.refunded_minor == order.refunded_minor
    assert (delivered, returned) == (went, pieces[StockReturned])


def test_the_histories_reach_all_of_it() -> None:
    """The property above would be hollow if orders were never carried out or never came back."""
    seen: Counter[type] = Counter()

    @given(history=st.lists(wishes, min_size=5, max_size=25))
    @settings(max_examples=50, database=None, derandomize=True)
    def explore(history: list[Command]) -> None:
        _, pieces = carry_out(history)
        seen.update(pieces)

    explore()
    assert seen.keys() == {StockReceived, StockIssued, StockReturned, StockReserved}
