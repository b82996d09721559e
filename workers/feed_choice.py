"""Store or broker: which feed does a follower go by at this moment?

It begins with the store and goes over to the broker when a delivery shows that the broker is about
as far as itself: where it stood a moment ago. It goes back to the store, still consuming, when it
stayed behind the head for a second in spite of the broker: then messages were lost, or come too
late to wait for. Missing deliveries alone never stop a projection. Time comes in from outside.

Source: architecture.md §4 "The rule of a follower"; reliability.md DEL-10.
"""

from typing import Final

HEAD_SECONDS: Final = 1.0
SILENCE_SECONDS_MAX: Final = 30.0
MOMENT_SECONDS: Final = 0.25
"""The store is always a little ahead of the broker; one so much behind is good enough."""


class FeedChoice:
    """The choice of one follower. Units: `now` is a monotonic clock in seconds."""

    def __init__(self, now: float) -> None:
        self.trusts_broker = False
        self._look_at = now
        self._behind_at: int | None = None
        self._delivered_at = now
        self._went_on_alone = False
        self._marked_at = now
        self._marked = 0
        self._moment_ago = 0

    def stands_at(self, now: float, position: int) -> None:
        """Take note of where the follower stands."""
        if now - self._marked_at >= MOMENT_SECONDS:
            self._moment_ago, self._marked, self._marked_at = self._marked, position, now

    def delivered(self, now: float, newest: int, *, rejected: bool) -> None:
        """Take note of deliveries, the newest of which reaches to `newest`."""
        self._delivered_at = now
        self._went_on_alone = False
        self._behind_at = None
        if newest >= self._moment_ago:
            self.trusts_broker = True
        if rejected:  # what a dead letter should have brought may be missing
            self.trusts_broker = False

    def read_store(self, found: int) -> None:
        """Take note that the store had events which the broker has not brought (yet)."""
        self._went_on_alone = self._went_on_alone or found > 0

    def attached(self, now: float, position: int) -> None:
        """Take note that the follower consumes from now on, standing at a position."""
        self._delivered_at = now
        self._went_on_alone = False
        self._marked_at, self._marked, self._moment_ago = now, position, position

    def detached(self) -> None:
        """Take note that nothing can be delivered any more."""
        self.trusts_broker = False
        self._behind_at = None

    def seconds_to_look(self, now: float) -> float:
        """Tell when the head is to be compared with the position."""
        return max(0.0, self._look_at - now)

    def looked(self, now: float, head: int, position: int) -> bool:
        """Compare; True when the store must be read, and goes on being read from now on."""
        self._look_at = now + HEAD_SECONDS
        must_read = head > position and self._behind_at == position
        self._behind_at = position if head > position else None
        if must_read:
            self.trusts_broker = False
        return must_read

    def is_silent(self, now: float) -> bool:
        """Say whether the consumer should be made anew: the log grew and nothing was delivered."""
        return self._went_on_alone and now - self._delivered_at >= SILENCE_SECONDS_MAX
