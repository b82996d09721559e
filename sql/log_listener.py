"""How does a follower learn at once that the log has grown?

The appender notifies `ordertrail_log` after its commits. The listener has a connection of its own
(LISTEN needs a session, and a pooler would swallow it), makes it again when it breaks, and is only
ever a hurry-up: followers look at the log at least every second anyway.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from sql.connection import Connection, connect
from sql.database_lost import DatabaseLost, lost_as_unavailable
from sql.log_notifier import CHANNEL

PROBE_SECONDS: Final = 5.0
PROBE_TIMEOUT_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 1.0


class LogListener:
    """Calls `on_growth` whenever the log may have grown, while used as `async with`."""

    def __init__(self, database_url: str, role: str, on_growth: Callable[[], None]) -> None:
        """Connect later, under any role that may connect."""
        self._database_url = database_url
        self._role = role
        self._on_growth = on_growth
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_for_ever(), name="log listener")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _listen_for_ever(self) -> None:
        while True:
            with suppress(DatabaseLost, TimeoutError):
                await self._listen()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        with lost_as_unavailable():
            connection = await connect(
                self._database_url, role=self._role, application="ordertrail listener"
            )
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                self._on_growth()  # what happened before the LISTEN was not heard
                while True:
                    await self._hear(connection)

    async def _hear(self, connection: Connection) -> None:
        """Hear for a while, then ask whether the server is still there."""
        async for _ in connection.notifies(timeout=PROBE_SECONDS):
            self._on_growth()
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await connection.execute("SELECT 1")
