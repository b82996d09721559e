"""Do the counters and the amounts of an order hold together, whatever is wished of it?"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from domain.errors import Refusal
from domain.fold import as_order
from domain.line_parts import cancelled_part, returned_part, shipped_minor, totals_kept
from domain.order import Lifecycle, Order
from domain.order_events import (
    OrderCancelled,
    OrderExpired,
    OrderLinesCancelled,
    OrderPlaced,
    OrderRejected,
)
from domain.order_parts import OrderLine
from domain.order_progress import LineProgress, lines_placed
from domain.policy import RoundingLevel
from domain.totals import TaxBase, sum_up, taxes_minor
from tests.examples import ORDER_ID, a_shipping_line, a_sold_line
from tests.order_examples import a_large_order, a_return_request
from tests.property.order_strategies import wishes_of_an_order
from tests.specification import Streams

quantities = st.integers(1, 1_000)
amounts = st.integers(0, 10**9)


@st.composite
def sold_lines(draw: st.DrawFn) -> OrderLine:
    """Draw a line with a discount, its tax inside or on top."""
    quantity, unit = draw(quantities), draw(amounts)
    gross = quantity * unit
    discount = draw(st.integers(0, gross))
    base: TaxBase = (
        gross - discount,
        draw(st.sampled_from([0, 50_000, 200_000])),
        draw(st.booleans()),
    )
    net, ppm, included = base
    (tax,) = taxes_minor([base], RoundingLevel.LINE)
    return a_sold_line(
        quantity=quantity,
        unit_price_minor=unit,
        tax_ppm=ppm,
        tax_included=included,
        discounts_minor=(discount,),
        gross_minor=gross,
        net_minor=net,
        tax_minor=tax,
        total_minor=net if included else net + tax,
    )


def pieces_taken(line: OrderLine, data: st.DataObject) -> list[int]:
    """Take a line apart: so many pieces at a time, until none is left."""
    taken: list[int] = []
    left = line.quantity
    while left and len(taken) < 20:
        taken.append(data.draw(st.integers(1, left)))
        left -= taken[-1]
    return [*taken, left] if left else taken


@given(line=sold_lines(), data=st.data())
@settings(max_examples=300)
def test_cancelled_parts_add_up_to_the_line(line: OrderLine, data: st.DataObject) -> None:
    (progress,) = lines_placed((line,))
    value = total = 0
    for quantity in pieces_taken(line, data):
        part = cancelled_part(line, progress, quantity)
        assert part.total_minor >= 0
        value, total = value + part.value_minor, total + part.total_minor
        progress = replace(progress, cancelled=progress.cancelled + quantity)
        kept = totals_kept((line,), (progress,), ())
        assert kept.grand_minor == line.total_minor - total
        assert kept.subtotal_minor == line.gross_minor - value
    assert (value, total) == (line.gross_minor, line.total_minor)


@given(line=sold_lines(), data=st.data())
@settings(max_examples=300)
def test_returned_parts_add_up_to_the_line(line: OrderLine, data: st.DataObject) -> None:
    progress = replace(lines_placed((line,))[0], shipped=line.quantity, delivered=line.quantity)
    value = total = 0
    for quantity in pieces_taken(line, data):
        part = returned_part(line, progress, quantity)
        assert part.total_minor >= 0
        value, total = value + part.value_minor, total + part.total_minor
        progress = replace(progress, returned=progress.returned + quantity)
    assert (value, total) == (line.gross_minor, line.total_minor)


@given(line=sold_lines(), data=st.data())
def test_what_left_and_what_was_cancelled_add_up_to_the_line(
    line: OrderLine, data: st.DataObject
) -> None:
    shipped = data.draw(st.integers(0, line.quantity))
    progress = replace(lines_placed((line,))[0], shipped=shipped)
    rest = cancelled_part(line, progress, line.quantity - shipped)
    assert shipped_minor(line, progress) + rest.total_minor == line.total_minor


@given(lines=st.lists(sold_lines(), min_size=1, max_size=4), delivery=st.booleans())
def test_of_a_whole_order_everything_is_kept(lines: list[OrderLine], *, delivery: bool) -> None:
    shipping = (a_shipping_line(),) if delivery else ()
    whole = lines_placed(lines)
    assert totals_kept(lines, whole, shipping) == sum_up(lines, shipping)


@given(history=st.lists(wishes_of_an_order, max_size=40))
@settings(max_examples=400)
def test_no_wish_leads_to_pieces_or_amounts_that_cannot_be(history: list[Command]) -> None:
    """The invariants of domain.md §1.8, and the sums that sales are made of."""
    streams = Streams()
    placed = a_large_order()
    streams.record(placed)
    cancelled_minor = 0
    for number, wish in enumerate(history):
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        for event in events:
            if isinstance(event, OrderLinesCancelled):
                cancelled_minor += sum(line.total_minor for line in event.lines)
            elif isinstance(event, OrderCancelled | OrderRejected | OrderExpired):
                cancelled_minor += event.totals.grand_minor
        order = the_order(streams)
        for line in order.progress:
            assert_possible(line)
        assert order.due_totals.grand_minor == placed.totals.grand_minor - cancelled_minor
        assert_lifecycle_fits(order, placed)
        ask_for_what_came(streams, order, number)


def the_order(streams: Streams) -> Order:
    order = as_order(streams.states[f"order-{ORDER_ID}"])
    assert order is not None
    return order


def ask_for_what_came(streams: Streams, order: Order, number: int) -> None:
    """Let the customer want to send everything back that came: only a return can say so."""
    request = a_return_request()
    coming = tuple(
        replace(part, quantity=line.returnable)
        for part, line in zip(request.lines, order.progress, strict=True)
        if line.returnable
    )
    if coming:
        streams.record(replace(request, return_id=f"r{number}", lines=coming))


def assert_possible(line: LineProgress) -> None:
    counts = (
        line.cancelled,
        line.allocated,
        line.backordered,
        line.return_requested,
        line.returned,
        line.written_off,
        line.refunded_minor,
    )
    assert min(counts) >= 0
    assert 0 <= line.delivered <= line.shipped <= line.ordered - line.cancelled
    assert line.returned + line.return_requested <= line.delivered
    assert line.written_off <= line.returned
    assert line.allocated + line.backordered <= line.unshipped


def assert_lifecycle_fits(order: Order, placed: OrderPlaced) -> None:
    gone = {Lifecycle.CANCELLED, Lifecycle.REJECTED, Lifecycle.EXPIRED}
    if order.lifecycle in gone:
        assert not order.has_shipped
        assert order.due_totals.grand_minor == 0
    else:
        assert 0 < order.due_totals.grand_minor <= placed.totals.grand_minor
    if order.lifecycle is Lifecycle.COMPLETED:
        assert order.unshipped == 0
