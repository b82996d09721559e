"""What comes after a position, according to the log itself?

Catch-up, rebuilds, healing, and the whole transport where no broker is configured. Woken by the
appender's notification; without one it looks at least every second.
"""

import time
from typing import Final

from domain.envelope import RecordedEvent
from domain.errors import UndecodableEvent
from sql.database_lost import lost_as_unavailable
from sql.log import LogReader
from sql.log_listener import LogListener
from workers.follow_rule import Batch

PAGE_EVENTS_MAX: Final = 2_000
PACE_SECONDS: Final = 0.005
"""The shortest time between two reads that found less than a page: busy, many come together."""


class StoreFeed:
    """Reads the log page by page."""

    def __init__(self, log: LogReader, listener: LogListener) -> None:
        self._log = log
        self._listener = listener
        self._ticket = -1
        self._page_events = PAGE_EVENTS_MAX

    async def next(self, position: int, wait_seconds: float) -> Batch:
        """Give the next page; when there is nothing, wait once for the log to grow.

        Raises:
            UndecodableEvent: the code cannot read the event after `position`.
            DatabaseLost: the log could not be read.
        """
        if self._ticket == self._listener.ticket:
            events: list[RecordedEvent] = []
        else:
            events = await self._read(position)
        if not events and wait_seconds > 0:
            await self._listener.wait(self._ticket, wait_seconds)
            events = await self._read(position)
        return Batch(position + len(events), events)

    async def settle(self, batch: Batch) -> None:
        """Do nothing: the log forgets nothing."""
        del batch
