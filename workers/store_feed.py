"""What comes after a position, according to the log itself?

Catch-up, healing, and the whole transport where no broker is configured.
"""

from typing import Final

from domain.errors import UndecodableEvent
from sql.followed_log import FollowedLog
from workers.follow_rule import Batch

PAGE_EVENTS_MAX: Final = 2_000
SHRINK: Final = 8


class StoreFeed:
    """Reads the log page by page."""

    def __init__(self, log: FollowedLog) -> None:
        self._log = log
        self._page_events = PAGE_EVENTS_MAX
        self.has_more = True
        """False when the last page reached the end of the log."""

    async def next(self, position: int) -> Batch:
        """Give the next page, empty at the end of the log.

        A page that holds an event which the code cannot read is read again in smaller pages, so
        that everything before that event is still applied.

        Raises:
            UndecodableEvent: the code cannot read the event after `position`.
            DatabaseLost: the log could not be read.
        """
        limit = self._page_events
        try:
            events = await self._log.read(position, limit)
        except UndecodableEvent as error:
            if limit == 1:
                raise UndecodableEvent(f"position {position + 1}: {error.detail}") from error
            self._page_events = max(1, limit // SHRINK)
            self.has_more = True
            return Batch(position)
        self.has_more = len(events) == limit
        self._page_events = min(PAGE_EVENTS_MAX, limit * SHRINK)
        return Batch(position + len(events), events)

    async def settle(self, batch: Batch) -> None:
        """Do nothing: the log forgets nothing."""
        del batch
