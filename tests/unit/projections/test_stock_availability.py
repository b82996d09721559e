"""Does stock_availability count what the stock itself counts?"""

from dataclasses import replace
from datetime import timedelta
from typing import Final, get_args

import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.stock_events import StockDepleted, StockEvent, StockReserved
from domain.stock_item import StockItem, evolve_stock_item
from projections.projector import fold
from projections.stock_availability import STOCK_AVAILABILITY, StockAvailability
from tests import examples
from tests.golden.golden_stock import A_STOCK_LIFE, GOLDEN_STOCK, LATER, PLACE
from tests.histories import RECORDED_FROM, History

KEY: Final = ("MUG-BLUE", "MAIN")
COUNTED: Final = (
    "on_hand",
    "quarantined",
    "safety_stock",
    "reserved",
    "allocated",
    "backordered",
    "available",
    "backorder_limit",
)


def recorded(*events: StockEvent) -> list[RecordedEvent]:
    history = History()
    for event in events:
        history.add(event, examples.STAFF, examples.NOW)
    return history.events


def test_tells_a_whole_life_in_numbers() -> None:
    events = recorded(*A_STOCK_LIFE)
    assert fold(STOCK_AVAILABILITY, {}, events) == {
        KEY: StockAvailability(
            sku="MUG-BLUE",
            location="MAIN",
            on_hand=7,
            quarantined=2,
            safety_stock=1,
            reserved=1,
            allocated=2,
            backordered=2,
            available=1,
            backorder_limit=1_000_000_000,
            next_expected_at=LATER,
            version=22,
            recorded_at=RECORDED_FROM + timedelta(seconds=22),
            last_position=22,
        )
    }


def test_agrees_with_the_stock_itself_after_every_event() -> None:
    state: StockItem | None = None
    rows: dict[tuple[str, ...], StockAvailability] = {}
    for event in recorded(*A_STOCK_LIFE, GOLDEN_STOCK["stock-issued", 1]):
        assert isinstance(event.data, StockEvent)
        state = evolve_stock_item(state, event.data)
        rows = fold(STOCK_AVAILABILITY, rows, [event])
        assert [getattr(rows[KEY], name) for name in COUNTED] == [
            getattr(state, name) for name in COUNTED
        ]
        assert rows[KEY].next_expected_at == state.expected_at


def test_keeps_the_places_of_a_product_apart() -> None:
    elsewhere = [replace(event, location="EAST") for event in A_STOCK_LIFE[:2]]
    rows = fold(STOCK_AVAILABILITY, {}, recorded(*A_STOCK_LIFE[:3], *elsewhere))
    assert {key: row.on_hand for key, row in rows.items()} == {KEY: 8, ("MUG-BLUE", "EAST"): 10}


@pytest.mark.parametrize(
    "events",
    [
        [A_STOCK_LIFE[0], A_STOCK_LIFE[0]],
        [StockDepleted(**PLACE, available=0)],
        [
            StockReserved(
                **PLACE,
                reservation_id="r1",
                order_id="o1",
                line_id="1",
                quantity=1,
                asked_quantity=1,
                expires_at=LATER,
            )
        ],
    ],
)
def test_what_cannot_have_happened_is_a_failure(events: list[StockEvent]) -> None:
    with pytest.raises(ProjectionFailed):
        fold(STOCK_AVAILABILITY, {}, recorded(*events))


def test_handles_every_event_about_stock() -> None:
    assert set(get_args(StockEvent)) == STOCK_AVAILABILITY.handles
