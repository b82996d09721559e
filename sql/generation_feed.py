"""How do events get into the table of one generation?

Load the rows that the events touch, fold in memory, write what changed. Whoever calls has moved the
checkpoint before, in the same transaction.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.projection import Key, Projection, Row
from projections.projector import fold_touches, stored_keys, touches
from sql.checkpoints import Move
from sql.connection import Connection
from sql.read_tables import ReadTable


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
    """A generation that is being fed, and how far it is."""

    def __init__(self, projection: Projection, generation: int, position: int) -> None:
        """Begin where its checkpoint stands."""
        self.projection: Final = projection
        self.generation: Final = generation
        self.position = position
        self._table: Final = ReadTable(projection, generation)

    @property
    def key(self) -> tuple[str, int]:
        """The generation's place in the table of generations."""
        return self.projection.name, self.generation

    def move_to(self, position: int) -> Move:
        """Tell what its checkpoint has to do."""
        return Move(self.projection.name, self.generation, self.position, position)

    async def write(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Fold the events that lie above the checkpoint into the table.

        Raises:
            ProjectionFailed: an event cannot be applied.
            RowsRefused: the table does not take what the events make.
        """
        changes = await self._fold(connection, events)
        with self._naming_the_projection():
            await self._table.write(connection, [*changes.added, *changes.replaced])
            await self._table.delete(connection, changes.removed)

    async def write_first(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        """Do what `write` does, with COPY for rows that are new: faster where most of them are.

        Raises:
            ProjectionFailed: an event cannot be applied.
            RowsRefused: the table does not take what the events make.
        """
        changes = await self._fold(connection, events)
        with self._naming_the_projection():
            await self._table.copy(connection, changes.added)
            await self._table.write(connection, changes.replaced)
            await self._table.delete(connection, changes.removed)

    async def _fold(self, connection: Connection, events: Sequence[RecordedEvent]) -> Changes:
        touched = touches(self.projection, above(events, self.position))
        stored = await self._table.load(connection, stored_keys(self.projection, touched))
        changed = fold_touches(self.projection, stored, touched)
        changes = Changes([], [], [])
        for key, row in changed.items():
            if row is not None:
                (changes.replaced if key in stored else changes.added).append(row)
            elif key in stored:
                changes.removed.append(key)
        return changes

    @contextmanager
    def _naming_the_projection(self) -> Generator[None]:
        try:
            yield
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise RowsRefused(self.projection.name) from error


async def put_by_halves(
    events: Sequence[RecordedEvent], put: Callable[[Sequence[RecordedEvent]], Awaitable[None]]
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


def above(events: Sequence[RecordedEvent], position: int) -> Sequence[RecordedEvent]:
    """Answer the events after a position, out of consecutive ones."""
    skipped = position - events[0].position + 1 if events else 0
    return events[skipped:] if skipped > 0 else events
