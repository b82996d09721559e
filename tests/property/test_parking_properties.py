"""Does what was parked and retried, in any order, end as if nothing had ever failed?

The model is a table in memory with the rules of `projections/parking.py`: every part of a batch
that fails is parked, then the cause is mended and the units are retried in any order.
"""

import random
from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.parking import (
    ParkCode,
    Parked,
    ParkKind,
    Split,
    Unit,
    fold_late,
    park_event,
    resume,
    row_unit,
    split,
)
from projections.projection import Key, Projection, Row
from projections.projector import fold, fold_touches, touches
from projections.registry import projections
from projections.unreadable import LogEvent, UnreadableEvent
from tests.histories import a_history

PROJECTIONS: Final = projections("Europe/London")
SHARED: Final = ("product_sales", "sales_daily")
"""The projections whose rows are touched by several streams."""

HISTORIES: Final = [a_history(50, seed) for seed in range(3)]


def failing(projection: Projection, culprits: frozenset[int]) -> Projection:
    """Make a projection fail at some positions."""

    def evolve(row: Row | None, event: RecordedEvent, key: Key) -> Row | None:
        assert event.position not in culprits
        return projection.evolve(row, event, key)

    return replace(projection, evolve=evolve)


class TableInMemory:
    """A generation with what is parked of it."""

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.rows: dict[Key, Row] = {}
        self.parked = Parked()
        self.waiting: dict[Unit, list[int]] = {}

    def follow(self, events: list[LogEvent]) -> None:
        """Apply a batch as a session does: whole, or event by event, parking what fails."""
        try:
            self._take(split(self.projection, self.parked, events), late=False)
        except ProjectionFailed as failed:
            if len(events) > 1:
                for event in events:
                    self.follow([event])
                return
            code = ParkCode.PROJECTION_FAILED
            self._take(park_event(self.projection, self.parked, events[0], code, str(failed)))

    def retry(self, unit: Unit, log: list[RecordedEvent]) -> None:
        """Apply what waits for a unit."""
        positions = sorted(self.waiting.pop(unit))
        since = {each: at for each, at in self.parked.since.items() if each != unit}
        self.parked = replace(self.parked, since=since)
        events = [log[position - 1] for position in positions]
        self._take(resume(self.projection, unit, self.parked, events), late=True)

    def _take(self, found: Split, *, late: bool = False) -> None:
        folding = fold_late if late else fold_touches
        after = {**self.rows, **folding(self.projection, self.rows, found.applies)}
        self.rows = {key: row for key, row in after.items() if row is not None}
        self.parked = self.parked.after(0, found.parks)
        for wait in found.waits:
            self.waiting.setdefault(wait.unit, []).append(wait.position)


@settings(max_examples=80, deadline=None)
@given(
    history=st.sampled_from(HISTORIES),
    name=st.sampled_from(sorted(PROJECTIONS)),
    seed=st.integers(0, 2**32),
    share=st.floats(0, 0.2),
)
def test_parking_and_retrying_in_any_order_is_folding_the_log(
    history: list[RecordedEvent], name: str, seed: int, share: float
) -> None:
    chance, projection = random.Random(seed), PROJECTIONS[name]
    culprits = frozenset(e.position for e in history if chance.random() < share)
    unread = frozenset(e.position for e in history if chance.random() < share)
    table = TableInMemory(failing(projection, culprits))
    first = 0
    while first < len(history):
        size = chance.randint(1, 40)
        table.follow([_seen(event, unread) for event in history[first : first + size]])
        first += size
    waiting = {position for positions in table.waiting.values() for position in positions}
    touched = {event.position for event, _ in touches(projection, history)}
    assert waiting >= touched & (culprits | unread)
    table.projection = projection
    while table.waiting:
        table.retry(chance.choice(sorted(table.waiting, key=_order)), history)
    assert table.rows == fold(projection, {}, history)
    assert table.parked.since == {}


def _order(unit: Unit) -> tuple[ParkKind, str]:
    return unit.kind, unit.key


def _seen(event: RecordedEvent, unread: frozenset[int]) -> LogEvent:
    if event.position not in unread:
        return event
    return UnreadableEvent(
        event.position, event.stream, event.version, event.type, event.schema_version, "newer"
    )


@settings(max_examples=80, deadline=None)
@given(
    history=st.sampled_from(HISTORIES),
    name=st.sampled_from(SHARED),
    seed=st.integers(0, 2**32),
)
def test_rows_of_several_streams_do_not_depend_on_the_order_between_streams(
    history: list[RecordedEvent], name: str, seed: int
) -> None:
    chance, projection = random.Random(seed), PROJECTIONS[name]
    named = [_renamed(event, chance) for event in history]
    streams: dict[str, list[RecordedEvent]] = {}
    for event in named:
        streams.setdefault(event.stream, []).append(event)
    shuffled: list[RecordedEvent] = []
    while streams:
        stream = chance.choice(sorted(streams))
        shuffled.append(streams[stream].pop(0))
        if not streams[stream]:
            del streams[stream]
    late = fold_late(projection, {}, touches(projection, shuffled))
    rows = {key: row for key, row in late.items() if row is not None}
    assert rows == fold(projection, {}, named)


def _renamed(event: RecordedEvent, chance: random.Random) -> RecordedEvent:
    """Let the products of an order have other names than in the next one."""
    lines = getattr(event.data, "lines", None)
    if event.type != "order-placed" or lines is None:
        return event
    named = tuple(replace(line, name=f"{line.name} {chance.randint(1, 9)}") for line in lines)
    return replace(event, data=replace(event.data, lines=named))


def test_only_sales_have_rows_of_several_streams() -> None:
    shared: set[str] = set()
    for projection in PROJECTIONS.values():
        streams: dict[str, str] = {}
        for event, keys in touches(projection, HISTORIES[0]):
            for key in keys:
                if streams.setdefault(row_unit(key).key, event.stream) != event.stream:
                    shared.add(projection.name)
    assert shared == set(SHARED)
