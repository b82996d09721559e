"""What does a loop wait for, when it waits for several things at once?

A longer log (it must be read), or anything else that has happened (a confirm, a delivery).
"""

import asyncio
from contextlib import suppress


class WakeUps:
    """The one place where a loop sleeps."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.grown = True
        """The log may have grown since a loop last took note and set this to False."""
        self.minds_growth = True
        """False while a loop reads no log, so that growth alone does not wake it."""

    def log_grew(self) -> None:
        """Wake the loop to read the log."""
        self.grown = True
        if self.minds_growth:
            self._event.set()

    def something_happened(self, _: object = None) -> None:
        """Wake the loop to look around."""
        self._event.set()

    async def wait(self, timeout_seconds: float) -> None:
        """Wait for the next wake-up; at once if there was one since the last wait."""
        if timeout_seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._event.wait()
        self._event.clear()
