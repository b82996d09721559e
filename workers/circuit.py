"""When is another party not even tried any more?

After some failures in a row it is left alone for a while; then one caller may try, and if that goes
well, all may again.
"""

import time
from collections.abc import Callable
from typing import Final

FAILURES_MAX: Final = 10
OPEN_SECONDS: Final = 5.0


class CircuitBreaker:
    """Counts failures in a row."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    def may_try(self) -> bool:
        """Tell whether the party may be tried now; while it is left alone, one caller at a time."""
        if self._failures < FAILURES_MAX:
            return True
        now = self._clock()
        if now < self._open_until:
            return False
        self._open_until = now + OPEN_SECONDS
        return True

    def succeeded(self) -> None:
        """Take note of an answer."""
        self._failures = 0

    def failed(self) -> None:
        """Take note of a failure."""
        self._failures += 1
        if self._failures >= FAILURES_MAX:
            self._open_until = self._clock() + OPEN_SECONDS
