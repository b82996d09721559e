"""Do the points exist at which fault tests make processes fail, and does every way have them?"""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
IN_CODE: Final = re.compile(r'\bfailpoint\("([a-z]+\.[a-z_]+)"\)')
IN_TESTS: Final = re.compile(
    r"\b(?:append|load|relay|follower|projector|rebuild|consumer|fulfilment|outside|timers)"
    r"\.(?:before|after)_[a-z_]+"
)
EVERY_AWAIT: Final = frozenset(
    f"{way}.{moment}"
    for way, moments in {
        "append": ("before_connect", "before_commit", "after_commit", "before_retry"),
        "load": ("before_query", "after_query"),
        "relay": (
            *("before_read", "after_read", "before_publish", "after_confirm"),
            *("before_checkpoint", "after_checkpoint"),
        ),
        "follower": (
            *("before_read", "after_read", "before_acknowledge", "after_acknowledge"),
            *("before_dead_letter", "after_dead_letter"),
        ),
        "projector": (
            *("after_move", "before_commit", "after_commit", "before_park", "after_park"),
        ),
        "rebuild": ("after_batch", "before_switch"),
        "consumer": ("before_move",),
        "fulfilment": ("before_advance", "after_advance"),
        "outside": ("before_call", "after_call"),
        "timers": ("before_fire",),
    }.items()
    for moment in moments
)


def names_in(pattern: re.Pattern[str], *folders: str) -> dict[str, str]:
    """Find every name in the Python files of folders, each with one file that has it."""
    return {
        name: str(path.relative_to(ROOT))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != Path(__file__)
        for name in pattern.findall(path.read_text())
    }


def test_there_is_a_point_at_every_await_that_must_survive_a_crash() -> None:
    assert names_in(IN_CODE, "sql", "workers").keys() == EVERY_AWAIT


def test_tests_name_only_points_that_exist() -> None:
    used = names_in(IN_TESTS, "tests")
    assert used.keys() <= EVERY_AWAIT, {name: used[name] for name in used.keys() - EVERY_AWAIT}


def test_a_fault_test_goes_through_every_point() -> None:
    used = names_in(IN_TESTS, "tests/faults", "tests/integration", "tests/simulation")
    assert used.keys() >= EVERY_AWAIT
