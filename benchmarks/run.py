"""All figures with samples large enough to be quoted, as a table.

`make bench` takes an hour; `make bench ARGS="rebuild memory"` measures only these parts,
`--json` prints JSON instead, and `--write` puts what was measured into benchmarks/RESULTS.md.
"""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.append import Sizes
from benchmarks.carry_order import CarrySizes
from benchmarks.figures import Figure, as_json
from benchmarks.hot_stock import HotStockSizes
from benchmarks.large_log import LargeLog
from benchmarks.live_projection import LiveSizes
from benchmarks.order_mix import MixSizes
from benchmarks.peak_memory import MemorySizes
from benchmarks.place_order import Rounds
from benchmarks.results import write_results
from benchmarks.suite import Suite, measure_all

RESULTS = Path(__file__).with_name("RESULTS.md")
_FULL = Suite(
    append=Sizes(commands=100_000, recorder_events=12_000, pgbench_seconds=10, rounds=5),
    place_order=Rounds(seconds=10, count=5),
    visible_seconds=30,
    hot_product=Rounds(seconds=10, count=5),
    live=LiveSizes(events=200_000, slow_seconds=60),
    rebuild_events=1_000_000,
    large_log=LargeLog(events=5_000_000, commands=60_000, rounds=5),
    memory=MemorySizes(first_orders=10_000, all_orders=100_000),
    contention=Rounds(seconds=5, count=5),
    carry_order=CarrySizes(rounds=Rounds(seconds=5, count=3), visible=Rounds(seconds=30, count=3)),
    hot_stock=HotStockSizes(rounds=Rounds(seconds=5, count=3), reservations=100_000),
    order_mix=MixSizes(transactions=30_000),
)


def main() -> None:
    """Measure and show."""
    options = {argument for argument in sys.argv[1:] if argument.startswith("--")}
    if options - {"--json", "--write"}:
        raise SystemExit(__doc__)
    figures, facts = measure_all(_FULL, [each for each in sys.argv[1:] if each not in options])
    if "--write" in options:
        write_results(RESULTS, json.loads(as_json(figures, facts)))
    if "--json" in options:
        print(as_json(figures, facts))
        return
    console = Console()
    console.print(_table(figures))
    for name, value in facts.items():
        console.print(f"{name}: {value}", highlight=False)


def _table(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "against", "ratio", "n", "what", title="OrderTrail, measured")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,} {figure.unit}",
            f"{figure.against:,} ({figure.against_what})" if figure.against else "",
            f"{figure.ratio:.2f}" if figure.ratio else "",
            f"{figure.n:,}",
            figure.payload,
        )
    return table


if __name__ == "__main__":
    main()
