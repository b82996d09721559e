"""All figures with small, named sizes: one JSON object on standard output.

`make -s bench-quick`; what is going on is told on standard error. Names of parts as arguments
measure only these.
"""

import sys

from benchmarks.append import Sizes
from benchmarks.figures import as_json
from benchmarks.large_log import LargeLog
from benchmarks.live_projection import LiveSizes
from benchmarks.peak_memory import MemorySizes
from benchmarks.place_order import Rounds
from benchmarks.suite import Suite, measure_all


def main() -> None:
    """Measure with small samples."""
    figures, facts = measure_all(_QUICK, sys.argv[1:])
    print(as_json(figures, facts))


_QUICK = Suite(
    append=Sizes(commands=30_000, recorder_events=3_200, pgbench_seconds=4, rounds=3),
    place_order=Rounds(seconds=5, count=3),
    visible_seconds=10,
    hot_product=Rounds(seconds=4, count=3),
    live=LiveSizes(events=30_000, slow_seconds=10),
    rebuild_events=100_000,
    large_log=LargeLog(events=200_000, commands=20_000, rounds=3),
    memory=MemorySizes(first_orders=2_000, all_orders=20_000),
    contention=Rounds(seconds=2, count=3),
)

if __name__ == "__main__":
    main()
