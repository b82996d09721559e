"""Are pieces conserved, whatever is wished of a stock?"""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.registry import Command
from domain.errors import Refusal
from domain.fold import as_stock_item
from domain.stock_events import (
    SafetyStockSet,
    StockAdjusted,
    StockCounted,
    StockDeducted,
    StockEvent,
    StockQuarantined,
    StockReceived,
    StockReturned,
)
from domain.stock_item import StockItem
from tests.examples import a_product
from tests.property.stock_strategies import stock_wishes
from tests.specification import Streams
from tests.stock_examples import a_receipt, a_stock_item

STREAM = "stock-MUG@MAIN"
PIECES = 6
histories = st.lists(stock_wishes, max_size=40)


def stock_of(streams: Streams) -> StockItem:
    item = as_stock_item(streams.states[STREAM])
    assert item is not None
    return item


def steps(wishes: list[Command]) -> Iterator[tuple[StockItem, list[StockEvent], StockItem]]:
    """Carry wishes out; answer the mugs before and after each, and what happened to them."""
    streams = Streams()
    for sku in ("MUG", "BOOK"):
        for step in (
            a_product(sku=sku),
            a_stock_item(sku=sku),
            a_receipt(sku=sku, quantity=PIECES),
        ):
            streams.carry_out(step)
    for wish in wishes:
        before = stock_of(streams)
        try:
            events = streams.carry_out(wish)
        except Refusal:
            continue
        own = [
            each
            for each in events
            if isinstance(each, StockEvent) and (each.sku, each.location) == ("MUG", "MAIN")
        ]
        yield before, own, stock_of(streams)


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
@settings(max_examples=300)
def test_pieces_are_conserved_and_no_number_is_negative(wishes: list[Command]) -> None:
    pieces = PIECES
    for _, events, item in steps(wishes):
        pieces += sum(map(brought_in, events))
        assert item.on_hand == pieces
        numbers = (item.on_hand, item.quarantined, item.reserved, item.allocated, item.backordered)
        assert min(numbers) >= 0


@given(wishes=histories)
@settings(max_examples=300)
def test_the_sums_are_those_of_the_reservations(wishes: list[Command]) -> None:
    for _, _, item in steps(wishes):
        known = item.reservations.values()
        assert item.reserved == sum(each.reserved for each in known)
        assert item.allocated == sum(each.allocated for each in known)
        assert item.backordered == sum(each.backordered for each in known)
        assert all(each.open_quantity <= each.asked for each in known)
        assert all((each.expires_at is not None) == (each.reserved > 0) for each in known)
        waiting = [name for name, each in item.reservations.items() if each.backordered]
        assert sorted(item.backorders) == sorted(waiting)


@given(wishes=histories)
@settings(max_examples=300)
def test_nobody_is_promised_as_there_what_is_not(wishes: list[Command]) -> None:
    """Only corrections and a larger safety stock leave less than nothing to be sold."""
    for before, events, after in steps(wishes):
        if after.available < min(before.available, 0):
            assert isinstance(events[0], StockAdjusted | StockCounted | SafetyStockSet)
