"""Are pieces conserved, whatever is wished of a stock?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from commands.reserve_stock import ReserveStock
from domain.errors import Refusal
from domain.fold import as_stock_item
from domain.stock_events import (
    BackorderFilled,
    SafetyStockSet,
    StockAdjusted,
    StockAllocated,
    StockBackordered,
    StockCounted,
    StockDeducted,
    StockDepleted,
    StockEvent,
    StockIssued,
    StockItemRegistered,
    StockLevelLow,
    StockQuarantined,
    StockReceived,
    StockReservationExpired,
    StockReservationReleased,
    StockReserved,
    StockReturned,
    StockWrittenOff,
)
from domain.stock_item import StockItem
from tests.examples import a_product
from tests.property.stock_strategies import stock_wishes
from tests.specification import Streams
from tests.stock_examples import (
    a_backorder_policy,
    a_receipt,
    a_reservation_wish,
    a_stock_item,
    wanted_stock,
)

STREAM = "stock-MUG@MAIN"
PIECES = 6
KEPT_BEFORE: Final = tuple(
    step
    for sku in ("MUG", "BOOK")
    for step in (
        a_product(sku=sku),
        a_stock_item(sku=sku),
        a_receipt(sku=sku, quantity=PIECES),
        a_backorder_policy(sku=sku, limit=9),
        a_reservation_wish(
            order_id="o1",
            lines=(
                wanted_stock(sku=sku, reservation_id="r1", quantity=8),
                wanted_stock(sku=sku, reservation_id="r2", line_id="2", quantity=3),
            ),
            allow_backorder=True,
        ),
    )
)
"""Six pieces of each: the first reservation has them and waits for two more, another for three."""

EXAMPLES: Final = 100
histories = st.lists(stock_wishes, min_size=20, max_size=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A wish that was granted: the mugs before and after it, and what happened to them."""

    wish: Command
    before: StockItem | None
    events: tuple[StockEvent, ...]
    after: StockItem | None


def own_events(events: Sequence[object]) -> tuple[StockEvent, ...]:
    return tuple(
        each
        for each in events
        if isinstance(each, StockEvent) and (each.sku, each.location) == ("MUG", "MAIN")
    )


def steps(wishes: Sequence[Command]) -> Iterator[Step]:
    """Carry out what was kept before, and the wishes."""
    streams = Streams()
    for wish in (*KEPT_BEFORE, *wishes):
        before = as_stock_item(streams.states.get(STREAM))
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        after = as_stock_item(streams.states.get(STREAM))
        yield Step(wish=wish, before=before, events=own_events(events), after=after)


def changes(wishes: Sequence[Command]) -> Iterator[tuple[StockItem, Step, StockItem]]:
    """Answer the steps that changed mugs which were kept before."""
    for step in steps(wishes):
        if step.before is not None and step.after is not None and step.events:
            yield step.before, step, step.after


def brought_in(event: StockEvent) -> int:
    """Tell by how many pieces an event changed what is there."""
    match event:
        case StockReceived() | StockReturned() | StockQuarantined():
            return event.quantity
        case StockAdjusted() | StockCounted():
            return event.delta
        case StockDeducted():
            return -event.quantity
        case _:
            return 0


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_pieces_are_conserved_and_no_number_is_negative(wishes: list[Command]) -> None:
    pieces, quarantined = 0, 0
    for _, step, item in changes(wishes):
        pieces += sum(map(brought_in, step.events))
        quarantined += sum(
            event.quantity for event in step.events if isinstance(event, StockQuarantined)
        )
        assert (item.on_hand, item.quarantined) == (pieces, quarantined)
        numbers = (item.on_hand, item.quarantined, item.reserved, item.allocated, item.backordered)
        assert min(numbers) >= 0


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_the_sums_are_those_of_the_reservations(wishes: list[Command]) -> None:
    for _, _, item in changes(wishes):
        known = item.reservations.values()
        assert item.reserved == sum(each.reserved for each in known)
        assert item.allocated == sum(each.allocated for each in known)
        assert item.backordered == sum(each.backordered for each in known)
        assert all((each.expires_at is not None) == (each.reserved > 0) for each in known)
        waiting = [name for name, each in item.reservations.items() if each.backordered]
        assert sorted(item.backorders) == sorted(waiting)


def closed_by(event: StockEvent) -> tuple[str, int] | None:
    """Tell of which reservation an event sent pieces away, or gave them up, and how many."""
    match event:
        case StockReservationReleased():
            given_up = event.from_backordered + event.from_reserved + event.from_allocated
            return event.reservation_id, given_up
        case StockReservationExpired():
            return event.reservation_id, event.quantity + event.from_backordered
        case StockDeducted():
            return event.reservation_id, event.quantity
        case _:
            return None


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_a_reservation_gets_what_it_asked_for_and_never_more(wishes: list[Command]) -> None:
    promised: Counter[str] = Counter()
    closed: Counter[str] = Counter()
    for _, step, item in changes(wishes):
        for event in step.events:
            if isinstance(event, StockReserved | StockBackordered):
                promised[event.reservation_id] += event.quantity
            for name, quantity in filter(None, (closed_by(event),)):
                closed[name] += quantity
        for name, each in item.reservations.items():
            assert promised[name] == each.asked
            assert closed[name] + each.open_quantity == each.asked


IDS_OF_OPERATIONS: Final[dict[type, tuple[str, ...]]] = {
    StockReceived: ("movement", "movement_id"),
    StockAdjusted: ("movement", "movement_id"),
    StockCounted: ("movement", "movement_id"),
    StockReserved: ("reserved", "reservation_id"),
    StockBackordered: ("promised", "reservation_id"),
    StockAllocated: ("allocated", "reservation_id"),
    StockReservationExpired: ("expired", "reservation_id"),
    StockReservationReleased: ("release", "release_id"),
    StockDeducted: ("shipment", "shipment_id", "reservation_id"),
    BackorderFilled: ("fill", "movement_id", "reservation_id"),
    StockReturned: ("return", "return_id", "line_id"),
    StockQuarantined: ("return", "return_id", "line_id"),
    StockWrittenOff: ("return", "return_id", "line_id"),
}
"""What adds to a number or takes from it -> the kind of operation, and where its ids stand."""


def operation_of(event: StockEvent) -> tuple[str, ...] | None:
    kind, *ids = IDS_OF_OPERATIONS.get(type(event), ("",))
    return (kind, *(getattr(event, each) for each in ids)) if ids else None


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_every_operation_counts_once(wishes: list[Command]) -> None:
    counted: Counter[tuple[str, ...]] = Counter()
    for step in steps(wishes):
        counted.update(filter(None, map(operation_of, step.events)))
    assert set(counted.values()) <= {1}


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_nobody_is_promised_as_there_what_is_not(wishes: list[Command]) -> None:
    """Only corrections and a larger safety stock leave less than nothing to be sold."""
    for before, step, after in changes(wishes):
        if after.available < min(before.available, 0):
            assert isinstance(step.events[0], StockAdjusted | StockCounted | SafetyStockSet)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_more_is_promised_than_the_limit_allows(wishes: list[Command]) -> None:
    for _, step, after in changes(wishes):
        if any(isinstance(event, StockBackordered) for event in step.events):
            assert after.backordered <= after.backorder_limit


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_what_comes_goes_to_those_who_wait_in_their_order(wishes: list[Command]) -> None:
    for before, step, after in changes(wishes):
        cause, *_ = step.events
        if isinstance(cause, BackorderFilled | SafetyStockSet):
            continue
        filled = [event for event in step.events if isinstance(event, BackorderFilled)]
        names = [event.reservation_id for event in filled]
        gone = {getattr(cause, "reservation_id", None)} - {*after.backorders, *names}
        turn = [name for name in before.backorders if name not in gone]
        assert names == turn[: len(names)]
        assert all(event.reservation_id not in after.backorders for event in filled[:-1])
        if brought_in(cause) > 0 and not isinstance(cause, StockQuarantined):
            assert after.available <= 0 or not after.backorders


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_tells_that_nothing_is_left_to_sell_when_it_comes_to_that_and_only_then(
    wishes: list[Command],
) -> None:
    for before, step, after in changes(wishes):
        told = [event for event in step.events if isinstance(event, StockDepleted)]
        comes_to_that = before.available > 0 >= after.available
        assert [event.available for event in told] == [after.available] * comes_to_that


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_the_lines_of_an_order_get_their_reservations_together(wishes: list[Command]) -> None:
    streams = Streams()
    for wish in (*KEPT_BEFORE, *wishes):
        try:
            streams.carry_out(wish)
        except Refusal:
            continue
        if isinstance(wish, ReserveStock):
            for line in wish.lines:
                item = as_stock_item(streams.states[f"stock-{line.sku}@{line.location}"])
                assert item is not None
                known = item.reservations[line.reservation_id]
                assert (known.order_id, known.line_id, known.asked) == (
                    wish.order_id,
                    line.line_id,
                    line.quantity,
                )


def test_the_histories_reach_every_event_of_a_stock() -> None:
    """The properties above would be hollow if what they are about never came to pass."""
    seen: Counter[object] = Counter()

    @given(wishes=histories)
    @settings(max_examples=300, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        for before, step, _ in changes(wishes):
            if step.wish in KEPT_BEFORE:
                continue
            seen.update(map(type, step.events))
            fills = sum(isinstance(event, BackorderFilled) for event in step.events)
            seen["several filled at once"] += fills > 1
            seen["a part filled"] += bool(fills and before.backordered > fills)
            seen["less than nothing"] += before.available < 0

    explore()
    reached = {each for each in seen if isinstance(each, type)}
    # What was issued unreserved is the matter of test_history_properties.py.
    assert reached == set(get_args(StockEvent)) - {StockItemRegistered, StockIssued}
    assert all(seen.values())


@given(wishes=histories)
@settings(max_examples=300)
def test_tells_that_little_is_left_to_sell_when_it_comes_to_that_and_only_then(
    wishes: list[Command],
) -> None:
    for before, step, after in changes(wishes):
        told = [event for event in step.events if isinstance(event, StockLevelLow)]
        comes_to_that = before.available > before.safety_stock and (
            after.safety_stock >= after.available > 0
        )
        assert [event.available for event in told] == [after.available] * comes_to_that
