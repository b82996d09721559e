"""What of a batch can a projection apply, what has to wait, and what does it skip?

A projection that cannot apply an event parks the rows which the event touches: their keys wait,
each in the order of the log, and everything else goes on. Where nobody can tell the rows, because
the event cannot be read or `keys` fails, the event's whole stream waits. Somebody may decide that
an event is to be skipped for a key (a discard); a rebuild then skips the same.

An event that comes late, because its stream was parked, may meet a row that events of other streams
have changed since. Folds of such rows do not depend on the order between streams; the row keeps
the newest `last_position`.

Source: architecture.md §4 Poison; reliability.md DEL-08, I10.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, cast

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed, UndecodableEvent
from domain.events import category_of
from domain.replace import replace
from projections.projection import Key, Projection, Row, categories_read
from projections.projector import Touch, fold_touches, keys_touched, touches
from projections.unreadable import LogEvent, UnreadableEvent

KEY_CHARACTERS_MAX: Final = 500
"""A longer key text is cut and ends in a digest of all of it, so that an index can hold it."""


class ParkKind(StrEnum):
    """What is parked."""

    ROW = "row"
    STREAM = "stream"


class ParkCode(StrEnum):
    """Why something is parked."""

    PROJECTION_FAILED = "projection_failed"
    ROWS_REFUSED = "rows_refused"
    UNDECODABLE_EVENT = "undecodable_event"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Unit:
    """What is parked as one: a row by the text of its key, or a stream by its name."""

    kind: ParkKind
    key: str


@dataclass(frozen=True, slots=True)
class Park:
    """A unit that is being parked, the position of the culprit, and why."""

    unit: Unit
    position: int
    code: ParkCode
    detail: str


@dataclass(frozen=True, slots=True)
class Wait:
    """An event, by its position, that waits for a parked unit."""

    unit: Unit
    position: int


@dataclass(frozen=True, slots=True)
class Parked:
    """What of a generation is parked and to be skipped; `changes` counts how often that changed.

    Shape: `since` tells each parked unit's culprit; `discarded` are the events to be skipped.
    """

    changes: int = 0
    since: Mapping[Unit, int] = field(default_factory=dict[Unit, int])
    discarded: frozenset[Wait] = frozenset()

    def is_nothing(self) -> bool:
        """Say whether every event can be applied as it is."""
        return not self.since and not self.discarded

    def after(self, changes: int, parks: Collection[Park]) -> "Parked":
        """Answer what is parked once these parks have been written down as well."""
        return replace(
            self,
            changes=changes,
            since={**self.since, **{park.unit: park.position for park in parks}},
        )


@dataclass(slots=True)
class Split:
    """What becomes of events.

    Shape: everything ascends by position; the culprit of a park is among the waits too.
    """

    applies: list[Touch] = field(default_factory=list[Touch])
    parks: list[Park] = field(default_factory=list[Park])
    waits: list[Wait] = field(default_factory=list[Wait])


NOTHING_PARKED: Final = Parked()


def key_text(key: Key) -> str:
    """Write a row's key as text: a JSON array of its values, days and ids as JSON knows them."""
    text = json.dumps(key, ensure_ascii=False, separators=(",", ":"), default=str)
    if len(text) > KEY_CHARACTERS_MAX:
        digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        text = f"{text[:KEY_CHARACTERS_MAX]}…{digest}"
    return text


def row_unit(key: Key) -> Unit:
    """Name a row as what can be parked."""
    return Unit(ParkKind.ROW, key_text(key))


def stream_unit(stream: str) -> Unit:
    """Name a stream as what can be parked."""
    return Unit(ParkKind.STREAM, stream)


def split(projection: Projection, parked: Parked, events: Sequence[LogEvent]) -> Split:
    """Tell what a batch touches, what of it has to wait, and what is parked by it.

    Events that cannot be read park their stream, if the projection reads its category.

    Raises:
        ProjectionFailed: the projection cannot tell the rows of an event.
    """
    if parked.is_nothing() and UnreadableEvent not in set(map(type, events)):
        return Split(applies=touches(projection, _readable(events)))
    splitting = _Splitting(projection, parked)
    for event in events:
        splitting.add(event)
    return splitting.split


def unreadable(
    projection: Projection, parked: Parked, events: Iterable[LogEvent]
) -> UnreadableEvent | None:
    """Find the first event that cannot be read though the projection needs it."""
    categories = categories_read(projection)
    for event in events:
        if (
            isinstance(event, UnreadableEvent)
            and category_of(event.stream) in categories
            and Wait(stream_unit(event.stream), event.position) not in parked.discarded
        ):
            return event
    return None


def park_event(
    projection: Projection, parked: Parked, event: LogEvent, code: ParkCode, detail: str
) -> Split:
    """Park what an event touches that could not be applied; where that is parked, let it wait.

    The whole stream is parked when the projection cannot tell the rows, and when the event
    crashed the process, so that the projection does not look at it again.
    """
    units = [stream_unit(event.stream)]
    if code is not ParkCode.CRASHED and not isinstance(event, UnreadableEvent):
        with suppress(ProjectionFailed):
            units = [row_unit(key) for key in keys_touched(projection, event)] or units
    position, stays = event.position, Split()
    for unit in units:
        wait = Wait(unit, position)
        if wait not in parked.discarded:
            stays.waits.append(wait)
            if unit not in parked.since:
                stays.parks.append(Park(unit, position, code, detail))
    return stays


def resume(projection: Projection, unit: Unit, parked: Parked, events: Iterable[LogEvent]) -> Split:
    """Tell what the events that waited for a unit touch now.

    `parked` is what is parked besides: an event of a stream waits on where one of its rows is
    parked since an earlier position.

    Raises:
        ProjectionFailed: the projection cannot tell the rows of an event.
        UndecodableEvent: an event still cannot be read.
    """
    found = Split()
    for event in events:
        if isinstance(event, UnreadableEvent):
            raise UndecodableEvent(f"position {event.position}: {event.detail}")
        free: list[Key] = []
        for key in keys_touched(projection, event):
            wait = Wait(row_unit(key), event.position)
            if wait in parked.discarded or (unit.kind is ParkKind.ROW and wait.unit != unit):
                continue
            if wait.unit != unit and parked.since.get(wait.unit, event.position) < event.position:
                found.waits.append(wait)
            else:
                free.append(key)
        if free:
            found.applies.append((event, tuple(free)))
    return found


def fold_late(
    projection: Projection, rows: Mapping[Key, Row], touched: Iterable[Touch]
) -> dict[Key, Row | None]:
    """Fold events that come late: as `fold_touches`, but no row's `last_position` goes back.

    Raises:
        ProjectionFailed: an event cannot be applied.
    """
    now = dict[Key, Row | None](rows)
    changed: dict[Key, Row | None] = {}
    for event, keys in touched:
        known = {key: row for key in keys if (row := now.get(key)) is not None}
        after = fold_touches(projection, known, [(event, keys)])
        for key, row in after.items():
            now[key] = changed[key] = _not_turned_back(known.get(key), row)
    return changed


def _not_turned_back(before: Row | None, after: Row | None) -> Row | None:
    if before is None or after is None or before.last_position <= after.last_position:
        return after
    return replace(after, last_position=before.last_position)


class _Splitting:
    """A split that grows event by event, for batches in which something is parked or unreadable."""

    def __init__(self, projection: Projection, parked: Parked) -> None:
        self.split = Split()
        self._projection = projection
        self._categories = categories_read(projection)
        self._units = set(parked.since)
        self._discarded = parked.discarded

    def add(self, event: LogEvent) -> None:
        """Tell what becomes of the next event.

        Raises:
            ProjectionFailed: the projection cannot tell its rows.
        """
        stream = Wait(stream_unit(event.stream), event.position)
        if stream in self._discarded:
            return
        if stream.unit in self._units:
            self.split.waits.append(stream)
        elif not isinstance(event, UnreadableEvent):
            self._touch(event)
        elif category_of(event.stream) in self._categories:
            self._park(Park(stream.unit, event.position, ParkCode.UNDECODABLE_EVENT, event.detail))

    def _park(self, park: Park) -> None:
        self._units.add(park.unit)
        self.split.parks.append(park)
        self.split.waits.append(Wait(park.unit, park.position))

    def _touch(self, event: RecordedEvent) -> None:
        free: list[Key] = []
        for key in keys_touched(self._projection, event):
            wait = Wait(row_unit(key), event.position)
            if wait.unit in self._units:
                self.split.waits.append(wait)
            elif wait not in self._discarded:
                free.append(key)
        if free:
            self.split.applies.append((event, tuple(free)))


def _readable(events: Sequence[LogEvent]) -> Sequence[RecordedEvent]:
    """Take the caller's word that all of them can be read, without copying them."""
    return cast("Sequence[RecordedEvent]", events)
