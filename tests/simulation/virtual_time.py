"""How does a simulation of many seconds run in a few milliseconds, the same way every time?

An event loop without sockets and threads: where another one would wait for the next timer, this one
sets its clock forward. `time.monotonic` tells the loop's time while it runs.
"""

import asyncio
import time
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from selectors import BaseSelector
from typing import Any, TypeVar, cast

STARTS_AT_SECONDS = 1_000.0

Answer = TypeVar("Answer")


class Deadlock(Exception):
    """Everybody waits and no timer is set."""


class _Clock:
    """What the loop takes for a selector: nothing to select from, only time that passes."""

    def __init__(self) -> None:
        self.now = STARTS_AT_SECONDS

    def select(self, timeout: float | None) -> Sequence[object]:
        """Let time pass."""
        if timeout is None:
            raise Deadlock
        self.now += timeout
        return ()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock of its own."""

    def __init__(self) -> None:
        self.clock = _Clock()
        super().__init__(cast("BaseSelector", self.clock))

    def time(self) -> float:
        """Tell the virtual time. Units: seconds."""
        return self.clock.now

    def _make_self_pipe(self) -> None:
        """Do without the pair of sockets by which threads wake a loop."""

    def _close_self_pipe(self) -> None:
        """Close nothing."""

    def _process_events(self, event_list: Sequence[object]) -> None:
        """Process nothing: there are no sockets."""


def run(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end in virtual time."""
    loop = VirtualLoop()
    try:
        with _monotonic_time_of(loop):
            return loop.run_until_complete(main)
    finally:
        loop.close()


@contextmanager
def _monotonic_time_of(loop: VirtualLoop) -> Generator[None]:
    real = time.monotonic
    time.monotonic = loop.time
    try:
        yield
    finally:
        time.monotonic = real
