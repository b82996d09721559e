"""All figures with samples large enough to be quoted, as a table (or `--json`).

`make bench`. The README's numbers come from here.
"""

import sys

from rich.console import Console
from rich.table import Table

from benchmarks.append import Sizes
from benchmarks.figures import Figure, as_json
from benchmarks.suite import Suite, measure_all

_FULL = Suite(
    append=Sizes(commands=100_000, recorder_events=12_000, pgbench_seconds=10, rounds=5),
    place_order_seconds=10,
    place_order_rounds=5,
    visible_seconds=30,
)


def main() -> None:
    """Measure and show."""
    figures, facts = measure_all(_FULL)
    if "--json" in sys.argv:
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
