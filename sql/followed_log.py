"""What does a follower ask of the log, and how does it hear that the database is gone?

The reads of `sql/log.py` that give unreadable events as values, on a small pool of its own, with
every lost connection translated.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Final

from psycopg_pool import AsyncConnectionPool

from projections.unreadable import LogEvent
from sql.connection import Connection
from sql.database_lost import lost_as_unavailable
from sql.log import LogReader
from sql.log_identity import log_identity
from sql.store import make_pool

CONNECTIONS_MAX: Final = 2
STATEMENT_TIMEOUT: Final = "20s"


class FollowedLog:
    """The log as followers read it. Every method raises DatabaseLost when it could not be asked."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        """Use an open pool whose role may select from the log."""
        self._pool = pool
        self._reader = LogReader(pool)

    async def identity(self) -> str:
        """Name the log: system identifier, timeline and database, joined by slashes."""
        with lost_as_unavailable():
            async with self._pool.connection() as connection:
                return await log_identity(connection)

    async def head(self) -> int:
        """Tell the last position of the log; 0 when it is empty."""
        with lost_as_unavailable():
            return await self._reader.head()

    async def read(
        self, after: int, limit: int, wanted_types: Collection[str] | None = None
    ) -> list[LogEvent]:
        """Read the events after a position; of other types than the wanted ones only the place.

        Shape: ascending, dense, at most `limit`.
        """
        with lost_as_unavailable():
            return await self._reader.follow(after, limit, wanted_types)

    async def read_range(self, first: int, last: int) -> list[LogEvent]:
        """Read the events from `first` to `last`, both included.

        Shape: ascending; shorter than asked for when the log does not hold all of them.
        """
        with lost_as_unavailable():
            return await self._reader.follow_range(first, last)


@asynccontextmanager
async def open_followed_log(database_url: str, role: str) -> AsyncGenerator[FollowedLog]:
    """Open the log for the followers of one process; it need not be reachable yet."""
    pool = make_pool(
        database_url,
        role=role,
        application="ordertrail follower",
        connections_max=CONNECTIONS_MAX,
        statement_timeout=STATEMENT_TIMEOUT,
    )
    async with pool:
        yield FollowedLog(pool)
