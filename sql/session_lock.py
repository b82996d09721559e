"""Who may write a checkpoint: how does one process hold that right, and lose it when it dies?

The right is a session advisory lock taken on the very connection that writes the checkpoint. The
server ends a session that was silent for 8 s, so a holder that is dead, cut off or stopped loses
the right on the server's clock, and with it the connection on which it could still have written.
A holder therefore calls `keep_alive()` every 2 s. A pooler that shares sessions between clients
cannot carry it.

Source: architecture.md §4 "Who may write"; reliability.md DEL-04.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from sql.connection import Connection, connect
from sql.database_lost import DatabaseLost, lost_as_unavailable

KEEP_ALIVE_SECONDS: Final = 2.0
"""How often a holder that has nothing to write must ask the server something."""

STANDBY_POLL_SECONDS: Final = 0.5
ANSWER_TIMEOUT_SECONDS: Final = 6.0
CLOSE_TIMEOUT_SECONDS: Final = 2.0

SILENCE_SETTINGS: Final = {
    "idle_session_timeout": "8s",
    "idle_in_transaction_session_timeout": "8s",
    "tcp_user_timeout": "8s",
}
"""A silent holder is ended after 8 s, inside a transaction too; so is one behind a cut link."""


class CheckpointLost(Exception):
    """Somebody else moved the checkpoint: this process no longer has the right; no error."""


class SessionLock:
    """A connection that holds, or waits for, the right named by `key`."""

    def __init__(self, conn: Connection, key: str) -> None:
        self.conn: Final = conn
        self.key: Final = key
        self.is_held = False

    @classmethod
    async def open(cls, database_url: str, role: str, key: str) -> Self:
        """Connect under the role, holding nothing yet; the connection is in autocommit mode.

        Raises:
            DatabaseLost: the server cannot be reached.
        """
        with lost_as_unavailable():
            conn = await connect(
                database_url, role=role, application=f"ordertrail {key}", **SILENCE_SETTINGS
            )
        return cls(conn, key)

    async def acquire(self) -> None:
        """Wait as standby until the right is free, and take it.

        Raises:
            DatabaseLost: the connection broke while waiting.
        """
        while not await self.try_acquire():  # noqa: ASYNC110 - the condition lives on the server
            await asyncio.sleep(STANDBY_POLL_SECONDS)

    async def try_acquire(self) -> bool:
        """Take the right if nobody holds it, and say whether this connection has it now.

        Raises:
            DatabaseLost: the connection broke.
        """
        if not self.is_held:
            row = await self._ask("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", self.key)
            self.is_held = row == (True,)
        return self.is_held

    async def keep_alive(self) -> None:
        """Let the server hear from this session; one that is in a transaction needs no help.

        Raises:
            DatabaseLost: the connection broke, so the right is gone.
        """
        if self.conn.info.transaction_status == TransactionStatus.IDLE:
            await self._ask("SELECT 1")
        elif self.conn.closed:
            raise DatabaseLost(f"the session that held {self.key} is closed")

    async def close(self) -> None:
        """End the session, and with it the right; never raises."""
        self.is_held = False
        try:
            await asyncio.wait_for(self.conn.close(), CLOSE_TIMEOUT_SECONDS)
        except (psycopg.Error, OSError, TimeoutError):
            self.conn.pgconn.finish()

    async def _ask(self, query: str, *values: str) -> TupleRow | None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
                with lost_as_unavailable():
                    cursor = await self.conn.execute(query.encode(), values)
                    return await cursor.fetchone()
        except TimeoutError as error:
            self.conn.pgconn.finish()
            raise DatabaseLost(
                f"no answer within {ANSWER_TIMEOUT_SECONDS} s on the session of {self.key}"
            ) from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
