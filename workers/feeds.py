"""Where does a follower get the next events from, and to whom does it bring them?

Two feeds with one interface: the store feed reads the log, the broker feed takes what the relay
has sent. `workers/feed_choice.py` decides between them. Two kinds of sessions with one interface: a
projector writes tables, a consumer acts. `workers/follower.py` brings one to the other.
"""

from collections.abc import Sequence
from typing import Protocol

from projections.parking import Park
from projections.unreadable import LogEvent
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


class FollowedSession(Protocol):
    """What the events are for, on the connection that holds the right to it."""

    @property
    def position(self) -> int:
        """Everything up to this position is done, or taken up."""
        ...

    @property
    def parked(self) -> int:
        """How many rows, streams or events wait for an operator."""
        ...

    def take_new_parks(self) -> list[tuple[str, Park]]:
        """Answer what was parked since the last time."""
        ...

    async def acquire(self) -> None:
        """Wait for the right, take it and load the checkpoint."""
        ...

    async def apply(self, events: Sequence[LogEvent]) -> int:
        """Do what consecutive events ask for, and answer the new position.

        Raises:
            ProjectionFailed: one of them cannot be applied; everything before it was.
        """
        ...

    async def apply_or_park(self, event: LogEvent) -> int:
        """Apply the next event where that can be done, and move on over it in any case."""
        ...

    async def keep_alive(self) -> None:
        """Let the server hear from the session."""
        ...

    async def close(self) -> None:
        """End the session and the right with it."""
        ...
