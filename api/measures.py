"""What has this process done since it started, counted at the cost of an addition?

Plain numbers, which `api/metrics.py` writes down when somebody asks for them. Commands are counted
where they are answered, appends once per batch.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from commands.pending import PendingAppend
from commands.registry import DECIDERS

ACCEPTED: Final = "accepted"
REPLAYED: Final = "replayed"
FAULT: Final = "internal_error"
APPEND_SECONDS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
BATCH_COMMANDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)


class Histogram:
    """How many values were at most so large; `bounds` ascend."""

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Tell how many values were at most each bound, as Prometheus wants it.

        Shape: ascending by bound; the last one is infinity and counts all.
        """
        names = [*map(repr, self._bounds), "+Inf"]
        counts = map(float, accumulate(self._counts))
        return list(zip(names, counts, strict=True))


@dataclass(slots=True)
class Measures:
    """What the command side of a process has done.

    `commands` counts by the command's name and its outcome: `accepted`, `replayed`, or the code of
    the refusal. `append_seconds` is the time of each command from its decision to its outcome.
    """

    queued_commands: Callable[[], int]
    commands: defaultdict[tuple[str, str], int] = field(
        default_factory=lambda: defaultdict[tuple[str, str], int](int)
    )
    append_seconds: Histogram = field(default_factory=lambda: Histogram(APPEND_SECONDS))
    batch_commands: Histogram = field(default_factory=lambda: Histogram(BATCH_COMMANDS))

    def __post_init__(self) -> None:
        for decider in DECIDERS.values():
            self.commands[decider.type, ACCEPTED] = 0

    def batch_settled(self, batch: Sequence[PendingAppend]) -> None:
        """Count a batch whose outcome is known."""
        now = time.monotonic()
        self.batch_commands.observe(len(batch))
        for pending in batch:
            self.append_seconds.observe(now - pending.submitted_at)
