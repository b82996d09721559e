"""What stands in the log?

Plain reads: by position for followers and auditors, by stream for histories. Who follows the log
goes on past an event that this code cannot read, so those reads give it as a value; to everybody
else it is an error.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from domain.envelope import RecordedEvent
from domain.errors import UndecodableEvent
from projections.unreadable import PASSED_OVER, LogEvent, UnreadableEvent
from sql.codec import decode_event, decode_metadata
from sql.connection import ANSWER_SECONDS_MAX, Connection, answered_within

READ_EVENTS_MAX: Final = 5_000

_COLUMNS: Final = (
    "position, stream, version, type, schema_version, data::text, metadata::text,"
    " occurred_at, recorded_at"
)
_HEAD: Final = "SELECT coalesce(max(position), 0) FROM event_store.events"
_READ: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE position > %s ORDER BY position LIMIT %s"
)
_READ_WANTED: Final = (
    "SELECT position, stream, version, type, schema_version,"
    " CASE WHEN type = ANY (%s) THEN data::text END, metadata::text, occurred_at, recorded_at"
    " FROM event_store.events WHERE position > %s ORDER BY position LIMIT %s"
)
_READ_RANGE: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE position BETWEEN %s AND %s ORDER BY position"
)
_READ_POSITIONS: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE position = ANY (%s) ORDER BY position"
)
_READ_STREAM: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events"
    " WHERE stream = %s AND version > %s ORDER BY version LIMIT %s"
)


def recorded_event(row: Sequence[Any]) -> RecordedEvent:
    """Decode a row of the log.

    Raises:
        UndecodableEvent: the code cannot read it.
    """
    position, stream, version, name, schema_version, data, metadata, occurred, recorded = row
    return RecordedEvent(
        position,
        stream,
        version,
        name,
        schema_version,
        decode_event(name, schema_version, data),
        decode_metadata(metadata),
        occurred,
        recorded,
    )


def log_event(row: Sequence[Any]) -> LogEvent:
    """Decode a row of the log as well as this code can."""
    try:
        return recorded_event(row)
    except UndecodableEvent as error:
        position, stream, version, name, schema_version = row[:5]
        return UnreadableEvent(position, stream, version, name, schema_version, error.detail)


def _passed_over(row: Sequence[Any]) -> UnreadableEvent:
    position, stream, version, name, schema_version = row[:5]
    return UnreadableEvent(position, stream, version, name, schema_version, PASSED_OVER)


async def read_head(connection: Connection) -> int:
    """Tell the last position of the log; 0 when it is empty."""
    row = await (await connection.execute(_HEAD)).fetchone()
    assert row is not None
    return int(row[0])


async def read_events(connection: Connection, after: int, limit: int) -> list[RecordedEvent]:
    """Read the events after a position.

    Shape: ascending, dense, at most `limit` (bounded by READ_EVENTS_MAX).

    Raises:
        UndecodableEvent: the code cannot read one of them.
    """
    cursor = await connection.execute(_READ, (after, min(limit, READ_EVENTS_MAX)))
    return [recorded_event(row) for row in await cursor.fetchall()]


async def read_log_events(connection: Connection, after: int, limit: int) -> list[LogEvent]:
    """Read the events after a position, unreadable ones too.

    Shape: ascending, dense, at most `limit` (bounded by READ_EVENTS_MAX).
    """
    cursor = await connection.execute(_READ.encode(), (after, min(limit, READ_EVENTS_MAX)))
    return [log_event(row) for row in await cursor.fetchall()]


async def read_log_events_at(connection: Connection, positions: Sequence[int]) -> list[LogEvent]:
    """Read the events at these positions, unreadable ones too.

    Shape: ascending; without those that the log does not hold.
    """
    cursor = await connection.execute(_READ_POSITIONS.encode(), (list(positions),))
    return [log_event(row) for row in await cursor.fetchall()]


class LogReader:
    """Reads the log on connections of a pool."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        """Use a pool whose role may select from the log."""
        self._pool = pool

    async def head(self) -> int:
        """Tell the last position of the log; 0 when it is empty."""
        return int((await self._rows(_HEAD, ()))[0][0])

    async def read(self, after: int, limit: int) -> list[RecordedEvent]:
        """Read the events after a position.

        Shape: ascending, dense, at most `limit` (bounded by READ_EVENTS_MAX).

        Raises:
            UndecodableEvent: the code cannot read one of them.
        """
        rows = await self._rows(_READ, (after, min(limit, READ_EVENTS_MAX)))
        return [recorded_event(row) for row in rows]

    async def read_range(self, first: int, last: int) -> list[RecordedEvent]:
        """Read the events from `first` to `last`, both included.

        Shape: ascending; shorter than asked for when the log does not hold all of them.

        Raises:
            UndecodableEvent: the code cannot read one of them.
        """
        return [recorded_event(row) for row in await self._rows(_READ_RANGE, (first, last))]

    async def follow(
        self, after: int, limit: int, wanted_types: Collection[str] | None = None
    ) -> list[LogEvent]:
        """Read as `read` does, unreadable events too; those of other types are passed over."""
        page = (after, min(limit, READ_EVENTS_MAX))
        if wanted_types is None:
            return [log_event(row) for row in await self._rows(_READ, page)]
        rows = await self._rows(_READ_WANTED, (list(wanted_types), *page))
        return [log_event(row) if row[5] is not None else _passed_over(row) for row in rows]

    async def follow_range(self, first: int, last: int) -> list[LogEvent]:
        """Read as `read_range` does, unreadable events too."""
        return [log_event(row) for row in await self._rows(_READ_RANGE, (first, last))]

    async def read_stream(
        self, stream: str, after_version: int = 0, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        """Read the events of one stream after a version.

        Shape: ascending by version, at most `limit`.

        Raises:
            UndecodableEvent: the code cannot read one of them.
        """
        rows = await self._rows(_READ_STREAM, (stream, after_version, limit))
        return [recorded_event(row) for row in rows]

    async def _rows(self, query: str, values: tuple[object, ...]) -> list[TupleRow]:
        async with answered_within(ANSWER_SECONDS_MAX), self._pool.connection() as connection:
            return await (await connection.execute(query.encode(), values)).fetchall()
