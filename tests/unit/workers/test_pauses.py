"""How long does a failing loop pause, and for what does a loop wake up?"""

import asyncio
import time

from workers.backoff import Backoff
from workers.wake_ups import WakeUps


def test_pauses_double_up_to_the_longest_and_are_never_less_than_half() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=5)
    for bound in (1, 2, 4, 5, 5):
        assert bound / 2 <= backoff.pause_seconds() <= bound


def test_success_brings_the_shortest_pause_back() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=64)
    for _ in range(5):
        backoff.pause_seconds()
    backoff.reset()
    assert backoff.pause_seconds() <= 1


def test_two_loops_do_not_pause_alike() -> None:
    assert len({Backoff().pause_seconds() for _ in range(20)}) > 1


async def _waited_seconds(wake_ups: WakeUps, timeout_seconds: float) -> float:
    started_at = time.monotonic()
    await wake_ups.wait(timeout_seconds)
    return time.monotonic() - started_at


async def test_a_wake_up_that_came_before_the_wait_is_not_lost() -> None:
    wake_ups = WakeUps()
    wake_ups.grown = False
    wake_ups.log_grew()
    assert await _waited_seconds(wake_ups, 30) < 5
    assert wake_ups.grown


async def test_a_wake_up_ends_a_wait() -> None:
    wake_ups = WakeUps()
    asyncio.get_running_loop().call_later(0.01, wake_ups.something_happened)
    assert await _waited_seconds(wake_ups, 30) < 5


async def test_growth_does_not_wake_a_loop_that_reads_no_log_but_is_remembered() -> None:
    wake_ups = WakeUps()
    wake_ups.grown = False
    wake_ups.minds_growth = False
    wake_ups.log_grew()
    assert await _waited_seconds(wake_ups, 0.05) >= 0.04
    assert wake_ups.grown
