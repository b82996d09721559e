"""What may the one active relay do with the database, and on which connection?

Everything on one session: the right to be the relay, the reading of the log (so it is the primary
that is read) and the checkpoint, whose move is a compare-and-set. The checkpoint is written with
`synchronous_commit = off`: one that is lost in a crash only makes the relay publish again.

Source: architecture.md §4; reliability.md DEL-03, DEL-04.
"""

from typing import Final, Self

from psycopg.rows import TupleRow

from sql.database_lost import lost_as_unavailable
from sql.log_identity import log_identity
from sql.session_lock import CheckpointLost, SessionLock
from sql.stored_events import StoredEvent, read_stored_events

RELAY: Final = "relay"

_LOAD: Final = b"SELECT position FROM messaging.relay_checkpoints WHERE relay = %s"
_ADVANCE: Final = (
    b"UPDATE messaging.relay_checkpoints SET position = %s, updated_at = clock_timestamp()"
    b" WHERE relay = %s AND position = %s"
)


class RelaySession:
    """The session of a relay, active or standby."""

    def __init__(self, lock: SessionLock) -> None:
        self._lock = lock
        self._checkpoint = 0

    @classmethod
    async def open(cls, database_url: str, role: str) -> Self:
        """Connect as standby.

        Raises:
            DatabaseLost: the server cannot be reached.
        """
        lock = await SessionLock.open(database_url, role, RELAY)
        with lost_as_unavailable():
            await lock.conn.execute("SET synchronous_commit = off")
        return cls(lock)

    @property
    def checkpoint(self) -> int:
        """Everything up to this position was confirmed by the broker."""
        return self._checkpoint

    async def acquire(self) -> None:
        """Wait until no other relay is active, become the active one and load the checkpoint.

        Raises:
            DatabaseLost: the connection broke while waiting.
        """
        await self._lock.acquire()
        with lost_as_unavailable():
            cursor = await self._lock.conn.execute(_LOAD, (RELAY,))
            row: TupleRow | None = await cursor.fetchone()
        assert row is not None, "the migration makes the relay's row"
        self._checkpoint = row[0]

    async def log_identity(self) -> str:
        """Name the log that this session reads.

        Raises:
            DatabaseLost: the connection broke, or leads to a standby.
        """
        return await log_identity(self._lock.conn)

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Read the events after a position.

        Shape: ascending, dense, at most `limit`.

        Raises:
            DatabaseLost: the connection broke.
        """
        with lost_as_unavailable():
            return await read_stored_events(self._lock.conn, after, limit)

    async def advance(self, position: int) -> None:
        """Move the checkpoint to what the broker has confirmed without a hole.

        Raises:
            CheckpointLost: another relay moved it.
            DatabaseLost: the connection broke.
        """
        with lost_as_unavailable():
            cursor = await self._lock.conn.execute(_ADVANCE, (position, RELAY, self._checkpoint))
        if cursor.rowcount != 1:
            raise CheckpointLost(f"the relay's checkpoint is no longer at {self._checkpoint}")
        self._checkpoint = position

    async def keep_alive(self) -> None:
        """Let the server hear from this session.

        Raises:
            DatabaseLost: the connection broke.
        """
        await self._lock.keep_alive()

    async def close(self) -> None:
        """End the session and the right with it."""
        await self._lock.close()
