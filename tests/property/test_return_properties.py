"""Does what comes back bring exactly what was paid for it, and is it never more than was sent?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.expire_return import ExpireReturn
from commands.place_order import PlaceOrder
from commands.registry import Command
from commands.request_return import RequestReturn
from commands.return_deciders import RETURN_DECIDERS
from domain.errors import Refusal
from domain.events import Event, order_stream, return_stream
from domain.fold import as_order, as_return
from domain.line_parts import share_minor
from domain.order import Order
from domain.order_events import (
    OrderLinesReturned,
    OrderPaymentRecorded,
    OrderPlaced,
    OrderReturnEnded,
    OrderReturnRequested,
)
from domain.order_parts import PaymentFactKind
from domain.return_events import (
    ReturnCreditReleased,
    ReturnCreditUsed,
    ReturnEvent,
    ReturnInspected,
    ReturnResolution,
)
from domain.return_request import ReturnRequest, ReturnStatus
from tests.examples import DAY, ORDER_ID, a_shipping_line, a_sold_line
from tests.exchange_examples import SOLD_AGAIN
from tests.property.return_strategies import RETURN_IDS, return_wishes
from tests.return_examples import (
    a_catalogue,
    a_return_receipt,
    a_return_request,
    an_approval,
    came_back,
    delivered,
    unwanted,
)
from tests.shipment_examples import (
    a_confirmation,
    a_payment_fact,
    a_wanted_order,
    line_quantity,
    shipped,
)
from tests.specification import Streams

A, B, C, _ = RETURN_IDS
PAID_MINOR: Final = 1_000 + 800 + 395
PIECES: Final = (line_quantity("1", 7), line_quantity("2", 3))
BEFORE: Final[tuple[Command | Event, ...]] = (
    *a_catalogue(),
    *SOLD_AGAIN,
    a_wanted_order(
        lines=(
            a_sold_line(quantity=7, net_minor=1_000, tax_minor=167, total_minor=1_000),
            a_sold_line(
                line_id="2",
                sku="BOWL-RED",
                quantity=3,
                tax_included=False,
                net_minor=667,
                tax_minor=133,
                total_minor=800,
            ),
        ),
        shipping_lines=(a_shipping_line(),),
    ),
    a_confirmation(allocations=PIECES),
    a_payment_fact(amount_minor=PAID_MINOR),
    a_payment_fact(kind=PaymentFactKind.CAPTURED, operation_id="c", amount_minor=PAID_MINOR),
    shipped(lines=PIECES),
    delivered(lines=PIECES),
    a_return_request(return_id=A),
    an_approval(return_id=A),
    a_return_receipt(return_id=A, receipt_id="0", lines=(came_back(),)),
    a_return_request(
        return_id=B,
        lines=(unwanted("1", 1), unwanted("2", 1)),
        resolution=ReturnResolution.EXCHANGE,
    ),
    an_approval(return_id=B, restocking_fee_minor=250),
    a_return_receipt(return_id=B, receipt_id="0", lines=(came_back("1", 1), came_back("2", 1))),
    a_return_request(return_id=C, lines=(unwanted("1", 1),), resolution=ReturnResolution.CREDIT),
    an_approval(return_id=C),
)
"""Seven mugs for 10 pounds and three bowls for 8, none of which can be divided evenly."""

EXAMPLES: Final = 150
histories = st.lists(return_wishes, min_size=20, max_size=50)


@dataclass(frozen=True, slots=True)
class Step:
    """A wish that was granted, what followed from it, and how everything stands after it."""

    wish: Command
    events: tuple[Event, ...]
    order: Order
    returns: tuple[ReturnRequest, ...]


def begun() -> Streams:
    streams = Streams()
    for step in BEFORE:
        if isinstance(step, Command):
            assert streams.carry_out(step)
        else:
            streams.record(step)
    return streams


def steps(wishes: Sequence[Command]) -> Iterator[Step]:
    streams = begun()
    for wish in wishes:
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        yield Step(wish, events, order_in(streams), tuple(returns_in(streams)))


def order_in(streams: Streams) -> Order:
    order = as_order(streams.states[order_stream(ORDER_ID)])
    assert order is not None
    return order


def returns_in(streams: Streams) -> Iterator[ReturnRequest]:
    for return_id in RETURN_IDS:
        returned = as_return(streams.states.get(return_stream(return_id)))
        if returned is not None:
            yield returned


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_what_is_given_back_for_a_line_is_what_was_paid_for_its_pieces(
    wishes: list[Command],
) -> None:
    accepted: Counter[str] = Counter()
    granted: Counter[str] = Counter()
    taxes: Counter[str] = Counter()
    for step in steps(wishes):
        for event in step.events:
            if isinstance(event, ReturnInspected):
                accepted.update({line.line_id: line.accepted for line in event.lines})
                granted.update({line.line_id: line.total_minor for line in event.lines})
                taxes.update({line.line_id: line.tax_minor for line in event.lines})
        for line, progress in zip(step.order.lines, step.order.progress, strict=True):
            pieces = accepted[line.line_id]
            assert progress.returned == pieces
            paid = share_minor(line.total_minor, pieces, line.quantity)
            assert granted[line.line_id] == progress.refunded_minor == paid
            assert taxes[line.line_id] == share_minor(line.tax_minor, pieces, line.quantity)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_a_refund_is_the_sum_of_its_parts_and_all_of_them_come_to_no_more_than_was_paid(
    wishes: list[Command],
) -> None:
    refunded = 0
    for step in steps(wishes):
        told = [event for event in step.events if isinstance(event, OrderLinesReturned)]
        for event in step.events:
            if not isinstance(event, ReturnInspected):
                continue
            due = event.refund_due
            parts = due.items_minor + due.tax_minor + due.shipping_minor
            assert due.total_minor == parts - due.fee_minor
            assert min(due.items_minor, due.tax_minor, due.fee_minor, due.total_minor) >= 0
            paid = sum(line.total_minor for line in event.lines)
            assert parts - due.shipping_minor == paid
            assert [each.refund_due_minor for each in told] == [due.total_minor] * bool(paid)
            refunded += due.total_minor
        assert refunded <= PAID_MINOR


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_every_credit_pays_one_order_or_is_given_back_and_nothing_of_it_is_lost(
    wishes: list[Command],
) -> None:
    granted: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for step in steps(wishes):
        for event in step.events:
            if isinstance(event, ReturnInspected):
                granted[event.return_id] += event.credit_minor
            elif isinstance(event, ReturnCreditUsed):
                spent[event.return_id] += event.amount_minor + event.rest_minor
                ends[event.return_id] += 1
                (placed,) = (each for each in step.events if isinstance(each, OrderPlaced))
                assert placed.credit is not None
                assert placed.credit.amount_minor == event.amount_minor
                assert event.amount_minor <= placed.totals.grand_minor
                assert event.rest_minor == 0 or event.amount_minor == placed.totals.grand_minor
            elif isinstance(event, ReturnCreditReleased):
                spent[event.return_id] += event.amount_minor
                ends[event.return_id] += 1
        for returned in step.returns:
            open_minor = granted[returned.return_id] - spent[returned.return_id]
            assert returned.credit_minor == open_minor >= 0
            assert returned.status is not ReturnStatus.CLOSED or not open_minor
        out = [each.refunded_minor for each in step.order.payments if each.is_credit]
        assert sum(out) == sum(granted.values())
        assert all(number == 1 for number in ends.values())


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_the_order_counts_on_what_its_returns_count_on(wishes: list[Command]) -> None:
    for step in steps(wishes):
        coming: Counter[str] = Counter()
        for returned in step.returns:
            if returned.status in _OPEN:
                coming.update({line.line_id: line.quantity for line in returned.unaccepted})
        for line in step.order.progress:
            assert line.return_requested == coming[line.line_id]
            assert line.returned + line.return_requested <= line.delivered
            assert line.returnable >= 0


_OPEN: Final = {
    ReturnStatus.REQUESTED,
    ReturnStatus.APPROVED,
    ReturnStatus.RECEIVED,
    ReturnStatus.INSPECTED,
}


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_more_is_received_than_requested_and_no_more_accepted_than_received(
    wishes: list[Command],
) -> None:
    for step in steps(wishes):
        for returned in step.returns:
            for line in returned.lines:
                received = returned.received.get(line.line_id, 0)
                assert returned.accepted.get(line.line_id, 0) <= received <= line.quantity


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_deciding_twice_brings_nothing_then_and_later(wishes: list[Command]) -> None:
    streams, done = begun(), list[Command]()
    for wish in wishes:
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        assert streams.decide(wish) == ()
        # A timer that came too early did nothing, and may come again.
        if events or not isinstance(wish, ExpireReturn):
            done.append(wish)
    for wish in done:
        assert streams.decide(replace(wish, asked_at=wish.asked_at + 999 * DAY)) == ()


def test_the_wishes_reach_every_command_and_event() -> None:
    """The properties above would be hollow if what they are about never came to pass."""
    seen: Counter[object] = Counter()

    @given(wishes=histories)
    @settings(max_examples=500, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        for step in steps(wishes):
            if step.events:
                seen.update((type(step.wish), *map(type, step.events)))
            inspections = [event for event in step.events if isinstance(event, ReturnInspected)]
            seen["a fee"] += any(event.refund_due.fee_minor for event in inspections)
            came_back = any(line.returned for line in step.order.progress)
            seen["asked again"] += came_back and isinstance(step.wish, RequestReturn)

    explore()
    told = {OrderReturnRequested, OrderReturnEnded, OrderLinesReturned, OrderPaymentRecorded}
    told |= {PlaceOrder, OrderPlaced}
    reached = {each for each in seen if isinstance(each, type)}
    assert reached == {*RETURN_DECIDERS, *get_args(ReturnEvent), *told}
    assert all(seen.values())
