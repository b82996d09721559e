"""Who tells waiting queries that a read table has moved?

NOTIFY never stands in the transaction that moved it, where it would take an instance-wide lock at
commit; it goes out afterwards, coalesced, on a connection of its own. It is a courtesy: who waits
for a position asks for it from time to time anyway.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Final

from sql.connection import Connection, connect
from sql.database_lost import DatabaseLost, lost_as_unavailable

CHANNEL: Final = "ordertrail_projection"
"""Payload: `<projection>:<position>`."""

RETRY_SECONDS: Final = 1.0
NOTIFY_TIMEOUT_SECONDS: Final = 5.0

_NOTIFY: Final = b"SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload"
_LOG: Final = logging.getLogger("ordertrail.projection_notifier")


class ProjectionNotifier:
    """Sends the newest position of every projection that moved since the last time."""

    def __init__(self, database_url: str, role: str) -> None:
        """Connect later, under any role that may connect."""
        self._database_url = database_url
        self._role = role
        self._moved: dict[str, int] = {}
        self._has_moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to notify."""
        self._task = asyncio.create_task(self._serve(), name="projection notifier")

    async def close(self) -> None:
        """Stop notifying."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def committed(self, positions: Mapping[str, int]) -> None:
        """Take note of a commit that moved projections to positions; returns at once."""
        self._moved.update(positions)
        self._has_moved.set()

    async def _serve(self) -> None:
        while True:
            try:
                with lost_as_unavailable():
                    # The notification needs no durability, so it does not wait for the disk.
                    connection = await connect(
                        self._database_url,
                        role=self._role,
                        application="ordertrail projection notifier",
                        synchronous_commit="off",
                    )
                    async with connection:
                        await self._notify(connection)
            except DatabaseLost as error:
                _LOG.warning("cannot wake queries: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _notify(self, connection: Connection) -> None:
        while True:
            await self._has_moved.wait()
            self._has_moved.clear()
            moved, self._moved = self._moved, {}
            payloads = [f"{projection}:{position}" for projection, position in moved.items()]
            async with asyncio.timeout(NOTIFY_TIMEOUT_SECONDS):
                await connection.execute(_NOTIFY, (CHANNEL, payloads))
