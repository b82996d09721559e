"""What stands in the log, word for word?

The relay passes on what was stored without understanding it, so that an event that this code
cannot read still travels; `sql/log.py` reads for those who fold.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sql.connection import Connection

_READ: Final = (
    b"SELECT position, stream, version, type, schema_version, data::text, metadata::text,"
    b" occurred_at, recorded_at"
    b" FROM event_store.events WHERE position > %s ORDER BY position LIMIT %s"
)


class StoredEvent(NamedTuple):
    """A row of the log; `data` and `metadata` are the exact JSON texts."""

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    data: str
    metadata: str
    occurred_at: datetime
    recorded_at: datetime


async def read_stored_events(connection: Connection, after: int, limit: int) -> list[StoredEvent]:
    """Read the events after a position.

    Shape: ascending, dense, at most `limit`.
    """
    cursor = await connection.execute(_READ, (after, limit), binary=True)
    return [StoredEvent._make(row) for row in await cursor.fetchall()]
