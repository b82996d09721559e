"""What did a fault test do, and what became of it, in the words of Jepsen?

    attempts        requests sent, each under a key of its own; repeats of one are not counted
    acknowledged    answered with success before, or in spite of, the fault
    ok              acknowledged, or found by the retry, and there once everything was up again
    lost            acknowledged and not there (I1)
    unexpected      there, and nobody had asked for it (I2)
    duplicated      two effects of one request, or one applied twice (I3, I5); what comes twice on
                    the wire is allowed and is told as a note
    recovered       in doubt at first, there after all, and found by the retry

Tests count these from the data. Each ends with `report.write()` and `report.assert_clean()`; with
FAULT_REPORTS in the environment the reports are collected in that file, one JSON object a line, and
`tests/run.py` prints them as a table.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "FAULT_REPORTS"
COUNTERS: Final = (
    "attempts",
    "acknowledged",
    "ok",
    "lost",
    "unexpected",
    "duplicated",
    "recovered",
)


@dataclass(slots=True)
class FaultReport:
    """What one fault test counted; `test` names it as the table shows it: `FI-01 after_commit`."""

    test: str
    attempts: int = 0
    acknowledged: int = 0
    ok: int = 0
    lost: int = 0
    unexpected: int = 0
    duplicated: int = 0
    recovered: int = 0
    seconds_to_recover: float | None = None
    notes: dict[str, Any] = field(default_factory=dict[str, Any])

    def write(self) -> None:
        """Print the report, and append it to the file of FAULT_REPORTS if there is one."""
        line = json.dumps(asdict(self))
        sys.stdout.write(f"{line}\n")
        if path := os.environ.get(VARIABLE):
            # One write of one short line: processes that append at once do not tear each other's.
            with Path(path).open("a") as file:
                file.write(f"{line}\n")

    def assert_clean(self) -> None:
        """Fail when anything was lost, invented or done twice."""
        found = {name: getattr(self, name) for name in ("lost", "unexpected", "duplicated")}
        assert found == {"lost": 0, "unexpected": 0, "duplicated": 0}, asdict(self)
        assert self.attempts > 0, "a fault test without a single attempt shows nothing"


def read_reports(path: Path) -> list[FaultReport]:
    """Read the reports that a run collected."""
    if not path.exists():
        return []
    return [FaultReport(**json.loads(line)) for line in path.read_text().splitlines()]


def table_of(reports: list[FaultReport]) -> str:
    """Lay the reports out as a table, with the seconds to recover in the last column."""
    heads = ("fault test", *COUNTERS, "recovery s")
    lines = [heads, *(_cells(report) for report in sorted(reports, key=lambda each: each.test))]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(map(str.rjust, line[1:], widths[1:]))],
        )
        for line in lines
    )


def _cells(report: FaultReport) -> tuple[str, ...]:
    seconds = report.seconds_to_recover
    counts = (f"{getattr(report, name):,}" for name in COUNTERS)
    return (report.test, *counts, "-" if seconds is None else f"{seconds:.1f}")
