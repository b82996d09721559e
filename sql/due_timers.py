"""Which timers are due, and who fires them?

Several processes may ask at the same time: each gets rows that the others have not locked. Firing
is a command with the timer's token as its key, so that a timer fired twice is fired once; the rows
go when the read table has seen it (architecture.md §5).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sql.connection import Connection
from sql.database_lost import lost_as_unavailable

_DUE: Final = (
    b"SELECT order_id, timer, token, due_at FROM read_models.timers"
    b" WHERE due_at <= statement_timestamp() AND NOT token = ANY (%s)"
    b" ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED"
)


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come."""

    order_id: str
    timer: str
    token: str
    due_at: datetime


async def due_timers(connection: Connection, fired: list[str], limit: int) -> list[DueTimer]:
    """Lock and answer due timers, but for those that were `fired`; within a transaction.

    Shape: the longest due first, at most `limit`.

    Raises:
        DatabaseLost: the connection broke.
    """
    with lost_as_unavailable():
        cursor = await connection.execute(_DUE, (fired, limit))
        return [DueTimer(*row) for row in await cursor.fetchall()]
