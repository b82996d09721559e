"""Over what does the appender reach the log?

A session sends one batch after the other; which one is broken, and what becomes of a batch then,
the appender knows.
"""

from collections.abc import Sequence
from typing import Protocol

import psycopg

from commands.pending import Outcome, PendingAppend
from sql.append_call import APPEND, append_arguments, outcomes_of
from sql.binary_arrays import register
from sql.connection import Connection, connect
from sql.database_lost import DatabaseLost
from sql.log_identity import log_identity


class AppendSession(Protocol):
    """A connection that can append."""

    @property
    def log(self) -> str:
        """Name the log to which it appends."""
        ...

    async def append(self, batch: Sequence[PendingAppend]) -> list[Outcome]:
        """Commit a batch, and tell what became of each decision.

        Raises:
            psycopg.Error: with an SQLSTATE, the server refused all of it; without one, nobody
                knows.
            OSError: nobody knows.
        """
        ...

    async def close(self) -> None:
        """End the session, whatever state it is in."""
        ...


class PostgresAppendSession:
    """A session of `append_v1`."""

    def __init__(self, connection: Connection, log: str) -> None:
        """Use an autocommit connection to a log whose role may execute `append_v1`."""
        self._connection = connection
        self._log = log

    @property
    def log(self) -> str:
        """Name the log to which it appends."""
        return self._log

    async def append(self, batch: Sequence[PendingAppend]) -> list[Outcome]:
        """Commit a batch, and tell what became of each decision.

        Raises:
            psycopg.Error: the server or the client refused it, or the connection broke.
        """
        cursor = await self._connection.execute(
            APPEND.encode(), append_arguments(batch), binary=True
        )
        row = await cursor.fetchone()
        assert row is not None
        return outcomes_of(row)

    async def close(self) -> None:
        """End the session, whatever state it is in."""
        await self._connection.close()


async def connect_to_append(database_url: str, role: str) -> AppendSession:
    """Open a session of a role that may execute `append_v1`.

    Raises:
        psycopg.OperationalError: the database cannot be reached, or is a standby.
    """
    connection = await connect(database_url, role=role, application="ordertrail appender")
    try:
        register(connection)
        return PostgresAppendSession(connection, await log_identity(connection))
    except DatabaseLost as lost:
        await connection.close()
        raise psycopg.OperationalError(lost.detail) from lost
