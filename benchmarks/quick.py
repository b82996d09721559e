"""All figures in under four minutes: one JSON object on standard output.

`make -s bench-quick`; what is going on is told on standard error.
"""

from benchmarks.append import Sizes
from benchmarks.figures import as_json
from benchmarks.suite import Suite, measure_all


def main() -> None:
    """Measure with small samples."""
    figures, facts = measure_all(_QUICK)
    print(as_json(figures, facts))


_QUICK = Suite(
    append=Sizes(commands=30_000, recorder_events=3_200, pgbench_seconds=4, rounds=3),
    place_order_seconds=5,
    place_order_rounds=3,
    visible_seconds=10,
)

if __name__ == "__main__":
    main()
