"""Has a projection reached a position, and who wakes me when it has?

One connection per process listens to `ordertrail_projection` (payload `<projection>:<position>`).
It only hurries: who waits looks again every 200 ms anyway, so a lost connection costs a moment.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from psycopg import Notify

from sql.connection import Connection, connect
from sql.database_lost import DatabaseLost, lost_as_unavailable

CHANNEL: Final = "ordertrail_projection"
LOOK_AGAIN_SECONDS: Final = 0.2
PROBE_SECONDS: Final = 5.0
PROBE_TIMEOUT_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 1.0


class ProjectionWatch:
    """Knows what the projectors announce, while it is used with `async with`."""

    def __init__(self, database_url: str, role: str) -> None:
        self._database_url = database_url
        self._role = role
        self._positions: dict[str, int] = {}
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def look_again(self, projection: str, position: int, deadline: float) -> bool:
        """Wait until it is worth looking at the projection again; False: the deadline has passed.

        Units: `deadline` in seconds of the event loop's clock.
        """
        loop = asyncio.get_running_loop()
        left = deadline - loop.time()
        if left <= 0:
            return False
        if self._positions.get(projection, 0) < position:
            woken: asyncio.Future[None] = loop.create_future()
            waiting = self._waiting.setdefault(projection, set())
            waiting.add(woken)
            try:
                await asyncio.wait((woken,), timeout=min(left, LOOK_AGAIN_SECONDS))
            finally:
                waiting.discard(woken)
        else:
            # Announced, but not seen by the last look: it was a moment too early.
            await asyncio.sleep(min(left, LOOK_AGAIN_SECONDS / 10))
        return True

    def announce(self, payload: str) -> None:
        """Take note of a projector's announcement and wake those who wait for the projection."""
        projection, _, position = payload.rpartition(":")
        if not projection or not position.isdecimal():
            return
        self._positions[projection] = int(position)
        for woken in self._waiting.get(projection, ()):
            if not woken.done():
                woken.set_result(None)

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_for_ever(), name="projection watch")
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
            self._positions.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        with lost_as_unavailable():
            connection = await connect(
                self._database_url, role=self._role, application="ordertrail freshness"
            )
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                while True:
                    await self._hear(connection)

    async def _hear(self, connection: Connection) -> None:
        """Hear until it has been silent for a while, then ask whether the server is still there."""
        notify: Notify
        async for notify in connection.notifies(timeout=PROBE_SECONDS):
            self.announce(notify.payload)
        async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
            await connection.execute(b"SELECT 1")
