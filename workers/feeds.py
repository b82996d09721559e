"""Where does a follower get the next events from?

Two feeds with one interface: the store feed reads the log, the broker feed takes what the relay
has sent. `workers/feed_choice.py` decides between them, `workers/follower.py` applies.
"""

from typing import Protocol

from workers.follow_rule import Batch


class Feed(Protocol):
    """A source of the events after a position."""

    async def next(self, position: int) -> Batch:
        """Give what is there of the events after a position, without waiting for more.

        Raises:
            DatabaseLost: the log could not be read.
        """
        ...

    async def settle(self, batch: Batch) -> None:
        """Take note that the batch has been applied and committed."""
        ...
