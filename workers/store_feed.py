"""What comes after a position, according to the log itself?

Catch-up, healing, and the whole transport where no broker is configured.
"""

from typing import Final

from sql.followed_log import FollowedLog
from workers.follow_rule import Batch

PAGE_EVENTS_MAX: Final = 2_000


class StoreFeed:
    """Reads the log page by page."""

    def __init__(self, log: FollowedLog) -> None:
        self._log = log
        self.has_more = True
        """False when the last page reached the end of the log."""

    async def next(self, position: int) -> Batch:
        """Give the next page, empty at the end of the log.

        Raises:
            DatabaseLost: the log could not be read.
        """
        events = await self._log.read(position, PAGE_EVENTS_MAX)
        self.has_more = len(events) == PAGE_EVENTS_MAX
        return Batch(position + len(events), events)

    async def settle(self, batch: Batch) -> None:
        """Do nothing: the log forgets nothing."""
        del batch
