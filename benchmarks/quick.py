"""All figures with small, named sizes: one JSON object on standard output.

`make -s bench-quick`; what is going on is told on standard error. Names of parts as arguments
measure only these. `--tiny` takes samples so small that they only show that everything works.
"""

import sys

from benchmarks.append import Sizes
from benchmarks.carry_order import CarrySizes
from benchmarks.figures import as_json
from benchmarks.hot_stock import HotStockSizes
from benchmarks.large_log import LargeLog
from benchmarks.live_projection import LiveSizes
from benchmarks.order_mix import MixSizes
from benchmarks.peak_memory import MemorySizes
from benchmarks.place_order import Rounds
from benchmarks.suite import Suite, measure_all


def main() -> None:
    """Measure with small samples."""
    options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    if options - {"--tiny"}:
        raise SystemExit(__doc__)
    suite = _TINY if "--tiny" in options else _QUICK
    figures, facts = measure_all(suite, [each for each in sys.argv[1:] if each not in options])
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
    carry_order=CarrySizes(rounds=Rounds(seconds=2, count=3), visible=Rounds(seconds=10, count=3)),
    hot_stock=HotStockSizes(rounds=Rounds(seconds=2, count=3), reservations=20_000),
    order_mix=MixSizes(transactions=6_000),
)
_TINY = Suite(
    append=Sizes(commands=2_000, recorder_events=320, pgbench_seconds=1, rounds=1),
    place_order=Rounds(seconds=1, count=1),
    visible_seconds=2,
    hot_product=Rounds(seconds=1, count=1),
    live=LiveSizes(events=2_000, slow_seconds=1),
    rebuild_events=2_000,
    large_log=LargeLog(events=2_000, commands=2_000, rounds=1),
    memory=MemorySizes(first_orders=100, all_orders=1_000),
    contention=Rounds(seconds=1, count=1),
    carry_order=CarrySizes(rounds=Rounds(seconds=1, count=1), visible=Rounds(seconds=2, count=1)),
    hot_stock=HotStockSizes(rounds=Rounds(seconds=1, count=1), reservations=2_000),
    order_mix=MixSizes(transactions=400),
)

if __name__ == "__main__":
    main()
