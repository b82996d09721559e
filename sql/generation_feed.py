"""How do events get into the table of one generation, and what is parked of it?

Load the rows that the events touch, fold in memory, write what changed; write down what has to
wait. Whoever calls has moved the checkpoint before, in the same transaction, and says afterwards
that it was committed: only then the feed's own picture moves on.
"""

from collections.abc import Awaitable, Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import psycopg
from psycopg import errors

from domain.errors import ProjectionFailed, UndecodableEvent
from projections.parking import (
    NOTHING_PARKED,
    Park,
    ParkCode,
    Parked,
    Split,
    fold_late,
    park_event,
    split,
    unreadable,
)
from projections.projection import Key, Projection, Row
from projections.projector import Touch, fold_touches, stored_keys
from projections.unreadable import LogEvent
from sql.checkpoints import GenerationKey, Move
from sql.connection import Connection
from sql.failpoints import failpoint
from sql.parked_keys import read_parked, write_parked
from sql.read_tables import ReadTable
from sql.row_cache import RowCache

REFUSED: Final = (
    psycopg.DataError,
    psycopg.IntegrityError,
    errors.ProgramLimitExceeded,
    errors.StatementTooComplex,
)
"""How PostgreSQL refuses rows as data: SQL classes 22, 23, 54."""

Event = TypeVar("Event", bound=LogEvent)


class RowsRefused(Exception):
    """The database refused rows as data; which event made them is not known yet."""

    def __init__(self, projection: str) -> None:
        super().__init__(f"the database refuses rows of {projection}")
        self.projection = projection


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch does to a table."""

    added: list[Row]
    replaced: list[Row]
    removed: list[Key]


class GenerationFeed:
    """A generation that is being fed, how far it is, and what is parked of it."""

    def __init__(
        self,
        projection: Projection,
        generation: int,
        position: int,
        parked: Parked = NOTHING_PARKED,
    ) -> None:
        """Begin where its checkpoint stands."""
        self.projection: Final = projection
        self.generation: Final = generation
        self.position = position
        self.parked = parked
        self.new_parks: list[Park] = []
        self._table: Final = ReadTable(projection, generation)
        self._parked_after = parked
        self._rows: Final = RowCache()

    @property
    def key(self) -> GenerationKey:
        """The generation's place in the table of generations."""
        return self.projection.name, self.generation

    def move_to(self, position: int) -> Move:
        """Tell what its checkpoint has to do."""
        return Move(self.projection.name, self.generation, self.position, position)

    def moved(self, position: int) -> None:
        """Take note that the transaction which moved it to a position has committed."""
        self.position = position
        self.parked = self._parked_after
        self._rows.committed()

    def taken_back(self, position: int) -> None:
        """Take note that the transaction that moved it on from a position was rolled back."""
        self.position = position
        self._rows.clear()

    async def learn(self, connection: Connection, changes: int) -> None:
        """Read anew what is parked, if others have changed it."""
        if self.parked.changes != changes:
            self._rows.clear()
            self.parked = await read_parked(connection, self.key, self.position, changes)

    async def write(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Fold the events that lie above the checkpoint into the table; park unreadable ones.

        Raises:
            ProjectionFailed: an event cannot be applied.
            RowsRefused: the table does not take what the events make.
        """
        found = split(self.projection, self.parked, above(events, self.position))
        await self.put(connection, found.applies)
        await self._write_down(connection, found)

    async def write_or_park(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Write one event, or park what it touches if that fails."""
        (event,) = events
        try:
            async with connection.transaction():
                await self.write(connection, events)
        except (ProjectionFailed, RowsRefused) as error:
            self._rows.written({})
            code = (
                ParkCode.ROWS_REFUSED
                if isinstance(error, RowsRefused)
                else ParkCode.PROJECTION_FAILED
            )
            stays = park_event(self.projection, self.parked, event, code, detail_of(error))
            await self._write_down(connection, stays)

    async def park_crashed(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Park the stream of one event without looking at it, because that kills the process."""
        (event,) = events
        self._rows.written({})
        detail = f"the process died whenever it applied this {event.type}"
        stays = park_event(self.projection, self.parked, event, ParkCode.CRASHED, detail)
        await self._write_down(connection, stays)

    async def write_first(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Write for a rebuild: nothing is parked, and COPY takes the rows that are new.

        Raises:
            ProjectionFailed: an event cannot be applied.
            UndecodableEvent: an event cannot be read.
            RowsRefused: the table does not take what the events make.
        """
        events = above(events, self.position)
        culprit = unreadable(self.projection, self.parked, events)
        if culprit is not None:
            raise UndecodableEvent(f"position {culprit.position}: {culprit.detail}")
        self._parked_after = self.parked
        found = split(self.projection, self.parked, events)
        with self._naming_the_projection():
            changes = await self._fold(connection, found.applies)
            await self._table.copy(connection, changes.added)
            await self._table.write(connection, changes.replaced)
            await self._table.delete(connection, changes.removed)

    async def put(
        self, connection: Connection, touched: Sequence[Touch], *, late: bool = False
    ) -> None:
        """Write what events make of the rows they touch; `late` are events that have waited.

        Raises:
            ProjectionFailed: an event cannot be applied.
            RowsRefused: the table does not take what the events make.
        """
        with self._naming_the_projection():
            changes = await self._fold(connection, touched, late=late)
            await self._table.write(connection, [*changes.added, *changes.replaced])
            await self._table.delete(connection, changes.removed)

    async def _write_down(self, connection: Connection, found: Split) -> None:
        self._parked_after, self.new_parks = self.parked, found.parks
        if found.waits:
            if found.parks:
                await failpoint("projector.before_park")
            changes = await write_parked(connection, self.key, found.parks, found.waits)
            self._parked_after = self.parked.after(changes, found.parks)

    async def _fold(
        self, connection: Connection, touched: Sequence[Touch], *, late: bool = False
    ) -> Changes:
        stored = await self._stored(connection, stored_keys(self.projection, touched))
        changed = (fold_late if late else fold_touches)(self.projection, stored, touched)
        changes = Changes([], [], [])
        for key, row in changed.items():
            if row is not None:
                (changes.replaced if key in stored else changes.added).append(row)
            elif key in stored:
                changes.removed.append(key)
        self._rows.written(changed)
        return changes

    async def _stored(self, connection: Connection, keys: Collection[Key]) -> dict[Key, Row]:
        """Answer what is stored of the keys, asking for what this feed did not write lately."""
        known = {key: self._rows[key] for key in keys if key in self._rows}
        unknown = [key for key in keys if key not in known]
        loaded = await self._table.load(connection, unknown)
        return loaded | {key: row for key, row in known.items() if row is not None}

    @contextmanager
    def _naming_the_projection(self) -> Generator[None]:
        try:
            yield
        except (*REFUSED, UnicodeError, TypeError) as error:  # the latter before it is sent
            raise RowsRefused(self.projection.name) from error


async def put_by_halves(
    events: Sequence[LogEvent], put: Callable[[Sequence[LogEvent]], Awaitable[None]]
) -> None:
    """Put events, in halves where rows are refused, until the event at fault stands alone.

    Raises:
        ProjectionFailed: that event cannot be applied; what came before it was.
    """
    try:
        await put(events)
    except RowsRefused as refused:
        if len(events) == 1:
            raise ProjectionFailed(
                projection=refused.projection,
                position=events[0].position,
                stream=events[0].stream,
                event_type=events[0].type,
            ) from refused
        half = len(events) // 2
        await put_by_halves(events[:half], put)
        await put_by_halves(events[half:], put)


def above(events: Sequence[Event], position: int) -> Sequence[Event]:
    """Answer the events after a position, out of consecutive ones."""
    skipped = position - events[0].position + 1 if events else 0
    return events[skipped:] if skipped > 0 else events


def detail_of(error: Exception) -> str:
    """Say why an event could not be applied: the cause, for PostgreSQL without the row's values."""
    cause = error.__cause__ or error
    if isinstance(cause, psycopg.Error) and cause.diag.message_primary:
        return f"{cause.sqlstate}: {cause.diag.message_primary}"
    return f"{type(cause).__name__}: {cause}"
