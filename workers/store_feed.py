"""What comes after a position, according to the log itself?

Catch-up, healing, and the whole transport where no broker is configured.
"""

from collections.abc import Collection
from typing import Final

from sql.followed_log import FollowedLog
from workers.follow_rule import Batch

PAGE_EVENTS_MAX: Final = 2_000


class StoreFeed:
    """Reads the log page by page."""

    def __init__(self, log: FollowedLog, wanted_types: Collection[str] | None = None) -> None:
        """Read the events of some types, None for all; of the others only the place."""
        self._log = log
        self._wanted_types = wanted_types
        self.has_more = True
        """False when the last page reached the end of the log."""

    async def head(self) -> int:
        """Tell the last position of the log.

        Raises:
            DatabaseLost: the log could not be asked.
        """
        return await self._log.head()

    async def next(self, position: int) -> Batch:
        """Give the next page, empty at the end of the log.

        Raises:
            DatabaseLost: the log could not be read.
        """
        events = await self._log.read(position, PAGE_EVENTS_MAX, self._wanted_types)
        self.has_more = len(events) == PAGE_EVENTS_MAX
        return Batch(position + len(events), events)

    async def settle(self, batch: Batch) -> None:
        """Do nothing: the log forgets nothing."""
        del batch
