"""Does reservations_open say of a reservation what the stock says of it?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.stock_events import StockBackordered, StockEvent, StockReserved
from domain.stock_item import StockItem, evolve_stock_item
from projections.projection import Key, Row
from projections.projector import fold
from projections.reservations_open import (
    RESERVATIONS_OPEN,
    OpenReservation,
    ReservationEvent,
    ReservationState,
)
from tests import examples
from tests.golden.golden_stock import (
    A_STOCK_LIFE,
    FIRST,
    LATER,
    ORDER_ID,
    PLACE,
    THIRD,
)
from tests.histories import RECORDED_FROM, History


def recorded(*events: StockEvent) -> list[RecordedEvent]:
    history = History()
    for event in events:
        history.add(event, examples.STAFF, examples.NOW)
    return history.events


def key(reservation_id: str) -> Key:
    return (PLACE["sku"], PLACE["location"], reservation_id)


def after(events: Sequence[StockEvent]) -> dict[Key, Row]:
    return fold(RESERVATIONS_OPEN, {}, recorded(*events))


def at(position: int) -> datetime:
    return RECORDED_FROM + timedelta(seconds=position)


def test_shows_what_is_left_of_every_reservation() -> None:
    shared: dict[str, Any] = {**PLACE, "order_id": ORDER_ID}
    assert after(A_STOCK_LIFE) == {
        key("r1"): OpenReservation(
            **shared,
            reservation_id="r1",
            line_id="1",
            state=ReservationState.ALLOCATED,
            asked=10,
            reserved=0,
            backordered=0,
            allocated=2,
            reserved_at=at(7),
            reserved_position=7,
            expires_at=None,
            promised_at=LATER,
            recorded_at=at(14),
            last_position=14,
        ),
        key("r3"): OpenReservation(
            **shared,
            reservation_id="r3",
            line_id="3",
            state=ReservationState.RESERVED,
            asked=1,
            reserved=1,
            backordered=0,
            allocated=0,
            reserved_at=at(21),
            reserved_position=21,
            expires_at=LATER,
            promised_at=None,
            recorded_at=at(21),
            last_position=21,
        ),
        key("r4"): OpenReservation(
            **shared,
            reservation_id="r4",
            line_id="4",
            state=ReservationState.BACKORDERED,
            asked=2,
            reserved=0,
            backordered=2,
            allocated=0,
            reserved_at=at(22),
            reserved_position=22,
            expires_at=None,
            promised_at=None,
            recorded_at=at(22),
            last_position=22,
        ),
    }


def test_agrees_with_the_stock_itself_after_every_event() -> None:
    state: StockItem | None = None
    rows: dict[Key, Row] = {}
    for event in recorded(*A_STOCK_LIFE):
        assert isinstance(event.data, StockEvent)
        state = evolve_stock_item(state, event.data)
        rows = fold(RESERVATIONS_OPEN, rows, [event])
        assert {
            name: (row.asked, row.reserved, row.backordered, row.allocated, row.expires_at)
            for (_, _, name), row in rows.items()
        } == {
            name: (held.asked, held.reserved, held.backordered, held.allocated, held.expires_at)
            for name, held in state.reservations.items()
            if held.open_quantity
        }


def test_the_least_firm_part_says_how_firm_it_is() -> None:
    states = [
        str(row.state)
        for number in range(7, 15)
        if (row := after(A_STOCK_LIFE[:number]).get(key("r1"))) is not None
    ]
    assert states == [*["reserved"] * 4, *["backordered"] * 3, "allocated"]


def test_backorders_wait_in_the_order_in_which_the_stock_fills_them() -> None:
    promised = [
        StockBackordered(
            **PLACE,
            reservation_id=name,
            order_id=ORDER_ID,
            line_id="1",
            quantity=1,
            asked_quantity=1,
        )
        for name in ("b", "c", "a")
    ]
    state = evolve_stock_item(None, A_STOCK_LIFE[0])
    for event in promised:
        state = evolve_stock_item(state, event)
    rows = after(promised).values()
    in_turn = sorted(rows, key=lambda row: row.reserved_position)
    assert tuple(row.reservation_id for row in in_turn) == state.backorders == ("b", "c", "a")


def test_keeps_the_places_of_a_reservation_apart() -> None:
    here = StockReserved(**PLACE, **THIRD, quantity=1, asked_quantity=1, expires_at=LATER)
    there = replace(here, location="EAST", quantity=2, asked_quantity=2)
    assert {place: row.reserved for place, row in after([here, there]).items()} == {
        key("r3"): 1,
        (PLACE["sku"], "EAST", "r3"): 2,
    }


@pytest.mark.parametrize("name", ["stock-reservation-extended", "stock-allocated"])
def test_fails_on_what_is_about_no_open_reservation(name: str) -> None:
    (event,) = [each for each in recorded(*A_STOCK_LIFE) if each.type == name]
    with pytest.raises(ProjectionFailed):
        fold(RESERVATIONS_OPEN, {}, [event])


def test_fails_on_more_pieces_than_there_are() -> None:
    reserved = StockReserved(**PLACE, **FIRST, quantity=1, asked_quantity=1, expires_at=LATER)
    (allocated,) = [each for each in recorded(*A_STOCK_LIFE) if each.type == "stock-allocated"]
    with pytest.raises(ProjectionFailed):
        fold(RESERVATIONS_OPEN, {}, [*recorded(reserved), allocated])


def test_the_life_above_has_every_event_about_a_reservation() -> None:
    assert {type(event) for event in A_STOCK_LIFE} >= set(get_args(ReservationEvent))
    assert set(get_args(ReservationEvent)) == RESERVATIONS_OPEN.handles
