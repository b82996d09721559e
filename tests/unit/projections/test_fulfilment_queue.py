"""Does fulfilment_queue say of a shipment what the shipment itself says?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, get_args

import pytest

from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.events import Event, shipment_stream
from domain.fold import as_shipment
from domain.shipment import ShipmentStatus
from domain.shipment_events import ShipmentEvent
from domain.stock_events import StockEvent
from projections.fulfilment_queue import FULFILMENT_QUEUE, QueuedShipment
from projections.projector import fold
from tests import examples
from tests.histories import RECORDED_FROM, History
from tests.shipment_examples import (
    ABOUT,
    CONFIRMED,
    LOCATION,
    NEW_SHIPMENT_ID,
    SHIP_BY,
    SHIPMENT_ID,
    STOCKED,
    a_delivery,
    a_dispatch,
    a_failed_attempt,
    a_loss,
    a_move,
    a_packing,
    a_picking,
    a_plan,
    a_short,
    a_sighting,
    a_split,
    a_stop,
    a_way_back,
    bowls,
    mugs,
    part,
)
from tests.specification import Streams

KEY: Final = (SHIPMENT_ID,)
A_LIFE: Final[tuple[Command, ...]] = (
    a_plan(),
    a_picking(),
    a_short(),
    a_split(lines=(part("1", 1),)),
    a_packing(),
    a_move(),
    a_packing(),
    a_dispatch(carrier="fast"),
    a_sighting(),
    a_failed_attempt(),
    a_sighting(tracking_id="2"),
    a_delivery(),
    a_sighting(tracking_id="3"),
)
SAID: Final = ("status", "location", "carrier", "service", "ship_by", "lines", "tracking_number")


def happened(*wishes: Command) -> tuple[list[Event], Streams]:
    streams = Streams()
    for command in STOCKED:
        streams.carry_out(command)
    for event in CONFIRMED:
        streams.record(event)
    events = [event for wish in wishes for event in streams.carry_out(wish)]
    return [event for event in events if not isinstance(event, StockEvent)], streams


def recorded(events: Sequence[Event]) -> list[RecordedEvent]:
    history = History()
    for event in events:
        history.add(event, examples.STAFF, examples.NOW)
    return history.events


def test_tells_a_shipment_that_is_to_leave() -> None:
    events, _ = happened(a_plan())
    assert fold(FULFILMENT_QUEUE, {}, recorded(events)) == {
        KEY: QueuedShipment(
            **ABOUT,
            shipment_id=SHIPMENT_ID,
            location=LOCATION,
            status=ShipmentStatus.PLANNED,
            carrier="sandbox",
            service="standard",
            ship_by=SHIP_BY,
            lines=(mugs(), bowls()),
            tracking_number=None,
            version=1,
            recorded_at=RECORDED_FROM + timedelta(seconds=1),
            last_position=1,
        )
    }


@pytest.mark.parametrize(
    "wishes",
    [
        A_LIFE,
        (a_plan(), a_stop()),
        (a_plan(), a_packing(), a_dispatch(), a_loss()),
        (a_plan(), a_packing(), a_dispatch(), a_way_back()),
    ],
)
def test_agrees_with_the_shipment_itself_after_every_event(wishes: tuple[Command, ...]) -> None:
    for number in range(1, len(wishes) + 1):
        events, streams = happened(*wishes[:number])
        rows = fold(FULFILMENT_QUEUE, {}, recorded(events))
        for shipment_id in (SHIPMENT_ID, NEW_SHIPMENT_ID):
            state = as_shipment(streams.states.get(shipment_stream(shipment_id)))
            row = rows.get((shipment_id,))
            assert (row is None) == (state is None)
            assert [getattr(row, name, None) for name in SAID] == [
                getattr(state, name, None) for name in SAID
            ]


def test_the_lives_above_have_every_event() -> None:
    ends = (a_stop(), a_loss(), a_way_back())
    events, _ = happened(*A_LIFE)
    for end in ends:
        past = (a_plan(), a_packing(), a_dispatch()) if end != a_stop() else (a_plan(),)
        events += happened(*past, end)[0]
    seen = {type(event) for event in events if isinstance(event, ShipmentEvent)}
    assert seen == set(get_args(ShipmentEvent)) == FULFILMENT_QUEUE.handles


def test_each_event_moves_the_version() -> None:
    events, _ = happened(a_plan(), a_picking(), a_packing())
    (row,) = fold(FULFILMENT_QUEUE, {}, recorded(events)).values()
    assert (row.version, row.last_position) == (3, 3)
    assert row.recorded_at == RECORDED_FROM + timedelta(seconds=3)


def test_fails_on_events_that_cannot_follow() -> None:
    (planned,), _ = happened(a_plan())
    with pytest.raises(ProjectionFailed):
        fold(FULFILMENT_QUEUE, {}, recorded([planned, planned]))
    events, _ = happened(a_plan(), a_picking())
    with pytest.raises(ProjectionFailed):
        fold(FULFILMENT_QUEUE, {}, recorded(events[1:]))
