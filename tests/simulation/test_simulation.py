"""PBT-02: do the promises hold in thousands of runs in which everything goes wrong?

The real command handler, appender, relay, follower and rule of a follower, over a database and a
broker that lose, repeat, delay, reorder and swap, in processes that die before any step. Virtual
time, no sockets, no threads; a schedule runs the same way every time.
"""

import random
import time
from dataclasses import replace
from typing import Final

import pytest

from tests.simulation.broker import Misfortune
from tests.simulation.hunting import SCHEDULES, SEED, explore
from tests.simulation.schedules import Fault, Kind, Schedule
from tests.simulation.world import simulate

PARTS: Final = 4
STEPS_MAX: Final = 60

MEETS: Final = frozenset(
    {
        *("answered", "replayed", "refused", "appended", "conflicts", "duplicates found"),
        *("deaths", "slices", "attached", "handed_back", "duplicates", "other_log"),
        *("dead_letters", "healed_gap", "healed_idle", "withheld_read"),
    }
)
"""What hundreds of schedules have met, or they would show nothing."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_goes_wrong_nothing_acknowledged_is_lost_or_done_twice(
    part: int, capsys: pytest.CaptureFixture[str]
) -> None:
    begun_at = time.process_time()
    ran, met = explore(seed_number=SEED + part, count=SCHEDULES // PARTS)
    took = time.process_time() - begun_at
    with capsys.disabled():
        drawn = f"seed {SEED + part}, {ran} schedules, {ran / took:.0f}/s"
        print(f"\nsimulation: {drawn}, {dict(met)}")  # noqa: T201
    if ran >= 500:
        assert {what for what in MEETS if not met[what]} == set()


def a_schedule(seed: int) -> Schedule:
    """Make a schedule in which a lot goes wrong."""
    chance = random.Random(seed)
    faults = tuple(
        Fault(
            chance.choice(list(Kind)),
            chance.randrange(1_500),
            chance.randrange(6),
            chance.randrange(40),
        )
        for _ in range(5)
    )
    misfortune = Misfortune(lost=0.1, repeated=0.3, late=0.1, out_of_order=0.3, spoilt=0.05)
    return Schedule(seed, 20, 2, 2, 2, trouble=0.05, misfortune=misfortune, faults=faults)


@pytest.mark.parametrize("seed", range(5))
def test_a_schedule_runs_the_same_way_every_time(seed: int) -> None:
    assert simulate(a_schedule(seed)) == simulate(a_schedule(seed))


@pytest.mark.parametrize("seed", range(5))
def test_another_seed_is_another_run(seed: int) -> None:
    schedule = a_schedule(seed)
    assert simulate(schedule).log != simulate(replace(schedule, seed=seed + 100)).log


@pytest.mark.parametrize("target", range(3), ids=["api", "relay", "follower"])
def test_a_process_may_die_before_any_of_its_first_steps(target: int) -> None:
    deaths = 0
    for step in range(STEPS_MAX):
        death = Fault(Kind.KILL, 0, target, step)
        deaths += simulate(Schedule(step % 3, 24, faults=(death,))).counts["deaths"]
    assert deaths > STEPS_MAX * 0.8, "it lives long enough to die"
