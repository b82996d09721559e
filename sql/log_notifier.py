"""Who tells followers that the log has grown?

NOTIFY never stands in the append transaction, where it would take an instance-wide lock at commit;
it goes out afterwards, coalesced, on a connection of its own. It is a courtesy: followers ask for
the head themselves at least every second.
"""

import asyncio
import contextlib
import logging
import time
from typing import Final

import psycopg

from sql.connection import Connection, connect

CHANNEL: Final = "ordertrail_log"
RETRY_SECONDS: Final = 1.0
NOTIFY_TIMEOUT_SECONDS: Final = 5.0
PACE_SECONDS: Final = 0.02
"""The shortest time between two notifications: idle, one each; busy, one for many commits. The
relay reads no more often than that (workers/relay_term.py)."""

_LOG: Final = logging.getLogger("ordertrail.log_notifier")


class LogNotifier:
    """Sends the newest position whenever `committed` was called since the last time."""

    def __init__(self, database_url: str, *, role: str, channel: str = CHANNEL) -> None:
        """Connect later, under any role that may connect."""
        self._database_url = database_url
        self._role = role
        self._channel = channel
        self._position = 0
        self._grown = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to notify."""
        self._task = asyncio.create_task(self._serve(), name="log notifier")

    async def close(self) -> None:
        """Stop notifying."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def committed(self, position: int) -> None:
        """Take note of a commit; returns at once."""
        self._position = max(self._position, position)
        self._grown.set()

    async def _serve(self) -> None:
        while True:
            try:
                # The notification needs no durability, so it does not wait for the disk.
                connection = await connect(
                    self._database_url,
                    role=self._role,
                    application="ordertrail notifier",
                    synchronous_commit="off",
                )
                async with connection:
                    await self._notify(connection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                _LOG.warning("cannot wake followers: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _notify(self, connection: Connection) -> None:
        while True:
            await self._grown.wait()
            self._grown.clear()
            notified_at = time.monotonic()
            async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
                await connection.execute(
                    "SELECT pg_notify(%s, %s)", (self._channel, str(self._position))
                )
            await asyncio.sleep(max(0.0, notified_at + PACE_SECONDS - time.monotonic()))
