"""Are pieces conserved, whatever is wished of the shipments of an order?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.move_shipment import MoveShipment
from commands.pack import Pack
from commands.registry import Command
from commands.shipment_deciders import SHIPMENT_DECIDERS
from commands.start_picking import StartPicking
from domain.errors import Refusal
from domain.events import Event, order_stream, shipment_stream, stock_stream
from domain.fold import as_order, as_shipment, as_stock_item
from domain.order import Order
from domain.order_events import OrderLinesShipped
from domain.order_parts import LineQuantity
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_events import (
    ShipmentDispatched,
    ShipmentEvent,
    ShipmentLine,
    ShipmentLineShorted,
    ShipmentMoved,
    ShipmentPlanned,
    ShipmentSplit,
)
from domain.stock_events import StockEvent
from tests.examples import ORDER_ID, SKU
from tests.property.shipment_strategies import shipment_wishes
from tests.shipment_examples import (
    CONFIRMED,
    ELSEWHERE,
    LOCATION,
    STOCKED,
    a_dispatch,
    a_packing,
    a_plan,
    bowls,
    mugs,
)
from tests.specification import Streams

SHIPMENT_IDS: Final = ("s1", "s2", "s3", "s4", "s5")
WISHED_BEFORE: Final[tuple[Command, ...]] = (
    a_plan(shipment_id="s1", lines=(mugs(),)),
    a_plan(shipment_id="s2", lines=(mugs(2),)),
    a_packing(shipment_id="s2"),
    a_plan(shipment_id="s3", lines=(bowls(),)),
    a_packing(shipment_id="s3"),
    a_dispatch(shipment_id="s3"),
)
"""Two parcels that want the same mugs, of which at most one can leave as it is; the bowl has left.
"""

EXAMPLES: Final = 150
histories = st.lists(shipment_wishes, min_size=20, max_size=50)

Pieces = Counter[tuple[str, str]]
"""(shipment, line) -> pieces."""


@dataclass(frozen=True, slots=True)
class Step:
    """A wish that was granted, what followed from it, and how everything stands after it."""

    wish: Command
    events: tuple[Event, ...]
    order: Order
    shipments: tuple[Shipment, ...]


def begun() -> Streams:
    streams = Streams()
    for command in STOCKED:
        streams.carry_out(command)
    for event in CONFIRMED:
        streams.record(event)
    return streams


def steps(wishes: Sequence[Command]) -> Iterator[Step]:
    """Carry out what was wished before, and the wishes."""
    streams = begun()
    for wish in (*WISHED_BEFORE, *wishes):
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        yield Step(wish, events, order_in(streams), tuple(shipments_in(streams)))


def order_in(streams: Streams) -> Order:
    order = as_order(streams.states[order_stream(ORDER_ID)])
    assert order is not None
    return order


def shipments_in(streams: Streams) -> Iterator[Shipment]:
    for shipment_id in SHIPMENT_IDS:
        shipment = as_shipment(streams.states.get(shipment_stream(shipment_id)))
        if shipment is not None:
            yield shipment


def counted(shipment_id: str, lines: Iterable[ShipmentLine | LineQuantity]) -> Pieces:
    return Counter({(shipment_id, line.line_id): line.quantity for line in lines})


def taken_out(event: Event) -> Pieces:
    """Tell which pieces an event took out of its shipment."""
    match event:
        case ShipmentLineShorted():
            return Counter({(event.shipment_id, event.line_id): event.quantity})
        case ShipmentSplit():
            return counted(event.shipment_id, event.lines)
        case _:
            return Counter()


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_what_was_planned_is_in_the_shipment_or_was_missing_or_split_off(
    wishes: list[Command],
) -> None:
    planned: Pieces = Counter()
    gone: Pieces = Counter()
    for step in steps(wishes):
        for event in step.events:
            if isinstance(event, ShipmentPlanned):
                planned += counted(event.shipment_id, event.lines)
            gone += taken_out(event)
        there: Pieces = Counter()
        for shipment in step.shipments:
            there += counted(shipment.shipment_id, shipment.lines)
        assert planned == there + gone


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_a_split_moves_pieces_and_makes_none(wishes: list[Command]) -> None:
    for step in steps(wishes):
        splits = [event for event in step.events if isinstance(event, ShipmentSplit)]
        for split in splits:
            (planned,) = [event for event in step.events if isinstance(event, ShipmentPlanned)]
            assert (planned.shipment_id, planned.lines) == (split.new_shipment_id, split.lines)


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_no_piece_is_shipped_twice_and_the_order_knows_of_all_that_left(
    wishes: list[Command],
) -> None:
    left: Counter[str] = Counter()
    for step in steps(wishes):
        sent = [event for event in step.events if isinstance(event, ShipmentDispatched)]
        told = [event for event in step.events if isinstance(event, OrderLinesShipped)]
        assert [counted(event.shipment_id, event.lines) for event in sent] == [
            counted(event.shipment_id, event.lines) for event in told
        ]
        for event in sent:
            left.update({line.line_id: line.quantity for line in event.lines})
        for line in step.order.progress:
            assert line.shipped == left[line.line_id]
            assert line.shipped + line.allocated == line.ordered


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_what_has_left_does_not_change_any_more(wishes: list[Command]) -> None:
    contents: dict[str, tuple[ShipmentLine, ...]] = {}
    for step in steps(wishes):
        for shipment in step.shipments:
            if not shipment.is_in_house and shipment.status is not ShipmentStatus.CANCELLED:
                assert shipment.lines == contents.setdefault(shipment.shipment_id, shipment.lines)
                assert shipment.tracking_number


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_deciding_twice_brings_nothing(wishes: list[Command]) -> None:
    streams = begun()
    for wish in (*WISHED_BEFORE, *wishes):
        try:
            streams.carry_out(wish)
        except Refusal:
            continue
        assert streams.decide(wish) == ()


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_what_was_done_is_still_known_after_everything_else(wishes: list[Command]) -> None:
    """A repeat that comes late is told from a new wish: it brings nothing or is refused."""
    streams, done = begun(), list[Command]()
    for wish in (*WISHED_BEFORE, *wishes):
        try:
            done += [wish] if streams.carry_out(wish) else []
        except Refusal:
            continue
        if isinstance(wish, MoveShipment):  # what it moved to is picked and packed anew
            done = [each for each in done if not is_undone_by(wish, each)]
    for wish in done:
        try:
            assert streams.decide(wish) == ()
        except Refusal:
            assert not type(wish).__name__.startswith(("Plan", "Report", "Split", "RecordTrack"))


def is_undone_by(move: MoveShipment, wish: Command) -> bool:
    return isinstance(wish, StartPicking | Pack) and wish.shipment_id == move.shipment_id


@given(wishes=histories)
@settings(max_examples=EXAMPLES)
def test_a_move_takes_as_many_pieces_as_it_gives_back(wishes: list[Command]) -> None:
    streams = begun()
    for wish in (*WISHED_BEFORE, *wishes):
        before = allocated_in(streams)
        try:
            events = streams.carry_out(wish)
        except Refusal:
            assert allocated_in(streams) == before
            continue
        pieces = sum(
            line.quantity
            for event in events
            if isinstance(event, ShipmentMoved)
            for line in event.lines
            if line.sku == SKU
        )
        here, there = allocated_in(streams)
        assert (here, there) == (before[0] - pieces, before[1] + pieces)


def allocated_in(streams: Streams) -> tuple[int, int]:
    """Tell how many mugs are firm where parcels leave from, and elsewhere."""
    here, there = (
        as_stock_item(streams.states[stock_stream(SKU, place)]) for place in (LOCATION, ELSEWHERE)
    )
    assert here is not None
    assert there is not None
    return here.allocated, there.allocated


def test_the_wishes_reach_every_command_and_event() -> None:
    """The properties above would be hollow if what they are about never came to pass."""
    seen: Counter[type] = Counter()

    @given(wishes=histories)
    @settings(max_examples=400, database=None, derandomize=True)
    def explore(wishes: list[Command]) -> None:
        for step in steps(wishes):
            if step.wish not in WISHED_BEFORE and step.events:
                seen.update((type(step.wish), *map(type, step.events)))

    explore()
    expected = {*SHIPMENT_DECIDERS, *get_args(ShipmentEvent), OrderLinesShipped}
    assert set(seen) - set(get_args(StockEvent)) == expected
