"""How are schedules drawn, and how many of them does it take to find something?

`SIMULATION_SEED` and `SIMULATION_SCHEDULES` say from where and how many; without them every run
draws the same ones.
"""

import os
from collections import Counter
from collections.abc import Callable
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.long import duration
from tests.simulation.schedules import Schedule, schedules
from tests.simulation.world import Parts, simulate

SEED: Final = int(os.environ.get("SIMULATION_SEED", "20261120"))
SCHEDULES: Final = int(os.environ.get("SIMULATION_SCHEDULES", duration(2_000, 40_000)))

Run = Callable[[Schedule], None]


def draw(
    run: Run,
    *,
    seed_number: int,
    count: int,
    shrink: bool = True,
    drawn: SearchStrategy[Schedule] = schedules,
) -> None:
    """Run schedules one after the other until one of them fails.

    Raises:
        AssertionError: the failure, of the smallest schedule that still shows it if `shrink`.
    """
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    decided = settings(
        max_examples=count,
        phases=phases,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    seed(seed_number)(decided(given(drawn)(run)))()


def explore(*, seed_number: int, count: int) -> tuple[int, Counter[str]]:
    """Run schedules and add up what they did; the first element tells how many they were."""
    total: Counter[str] = Counter()
    ran = 0

    def run(schedule: Schedule) -> None:
        nonlocal ran
        tally = simulate(schedule)
        ran += 1
        total.update(tally.counts)

    draw(run, seed_number=seed_number, count=count)
    return ran, total


def schedules_until_found(
    parts: Parts, count: int, drawn: SearchStrategy[Schedule] = schedules
) -> tuple[int, str] | None:
    """Tell which schedule finds a planted bug, and by what; None when none does."""
    ran, found = 0, list[str]()

    def run(schedule: Schedule) -> None:
        nonlocal ran
        ran += not found
        try:
            simulate(schedule, parts)
        except AssertionError as violated:
            found.append(repr(violated))
            raise

    try:
        draw(run, seed_number=SEED, count=count, shrink=False, drawn=drawn)
    except AssertionError:
        return ran, found[0]
    return None
