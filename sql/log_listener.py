"""How does a follower learn at once that the log has grown?

The appender notifies `ordertrail_log` after its commits. The listener has a connection of its own
(LISTEN needs a session, and a pooler would swallow it), makes it again when it breaks, and is only
ever a hurry-up: followers ask for the head at least every second anyway.
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
    """Counts the wake-ups of the log, while used as `async with LogListener(…) as listener`."""

    def __init__(
        self, database_url: str, role: str, on_wake: Callable[[], None] | None = None
    ) -> None:
        """Connect later, under any role that may connect; `on_wake` hears every wake-up."""
        self._database_url = database_url
        self._role = role
        self._on_wake = on_wake
        self._heard = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.ticket = 0

    async def wait(self, ticket: int, timeout_seconds: float) -> bool:
        """Wait for a wake-up after `ticket`, which was read from `self.ticket` before looking.

        Answers False when there was none within the time.
        """
        if self.ticket == ticket:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._heard.wait()
        return self.ticket != ticket

    def wake(self) -> None:
        """Wake everybody who waits: the log may have grown."""
        self.ticket += 1
        heard, self._heard = self._heard, asyncio.Event()
        heard.set()
        if self._on_wake is not None:
            self._on_wake()

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
                self.wake()  # what happened before the LISTEN was not heard
                while True:
                    await self._hear(connection)

    async def _hear(self, connection: Connection) -> None:
        """Hear until it has been silent for a while, then ask whether the server is still there."""
        async for _ in connection.notifies(timeout=PROBE_SECONDS):
            self.wake()
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await connection.execute("SELECT 1")
