"""How long does a loop pause before it tries again what failed?

Twice as long each time, up to a bound, and a random part of it, so that processes which failed
together do not come back together.
"""

import random
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 5.0


class Backoff:
    """The pauses of one loop."""

    def __init__(
        self, first_seconds: float = FIRST_SECONDS, longest_seconds: float = LONGEST_SECONDS
    ) -> None:
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._next_seconds = first_seconds

    def pause_seconds(self) -> float:
        """Choose the next pause: between half of its bound and all of it."""
        bound = self._next_seconds
        self._next_seconds = min(self._longest_seconds, bound * 2)
        return bound * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def reset(self) -> None:
        """Begin again with the shortest pause, because something has worked."""
        self._next_seconds = self._first_seconds
