"""Run every test: the ones that keep to themselves in parallel, then the faults, two at a time.

`make test` calls this; further arguments go to pytest. The simulation is part of `make check`.
What failed is run once more, alone, and named if it passes then. The last lines are what the fault
tests counted, the twenty slowest tests of both runs and the counts of both together.

`make test-long` calls it with `--long FILE`: the fault tests with their full durations, more
schedules of the simulation, more requests of the contract test, and the tests of tests/endurance.
The reports stay in the file, one JSON object a line.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cli.child_processes import ServerFailed
from tests import fault_report, long
from tests.fault_report import read_reports, table_of
from tests.rabbitmq_installation import ensure_rabbitmq

FAULTS = "tests/faults"
ENDURANCE = "tests/endurance"
SIMULATION = "tests/simulation"
CONTRACT = "tests/e2e/test_schema.py"
FAULT_PROCESSES = 2
"""Half of the time of a fault test is waiting; a file's tests share servers and stay together."""

FAULTS_PART = ["-n", str(FAULT_PROCESSES), "--dist", "loadfile", FAULTS]
LONG_PARTS = (FAULTS_PART, [SIMULATION, CONTRACT, "-n", "2"], [ENDURANCE])

LONG_SECONDS_MAX = 3_600
PROCESSES_MIN = 2
PROCESSES_MAX = 8
SLOWEST_MAX = 20
NOTHING_COLLECTED = 5
START_UP_FAILED = 3
TESTS_FAILED = 1
LONG_ARGUMENT = "--long"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test."""

    name: str
    result: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Run what was asked for and answer 0 when every test passed."""
    if not os.environ.get("TEST_AMQP_URL"):
        try:
            ensure_rabbitmq()
        except ServerFailed as error:
            print(error, file=sys.stderr)
            return START_UP_FAILED
    if arguments[:1] == [LONG_ARGUMENT]:
        reports = Path(arguments[1]).absolute()
        reports.unlink(missing_ok=True)
        os.environ[long.VARIABLE] = "1"
        parts = [[*part, f"--timeout={LONG_SECONDS_MAX}"] for part in LONG_PARTS]
        return _run(parts, arguments[2:], reports)
    processes = max(PROCESSES_MIN, min(PROCESSES_MAX, os.cpu_count() or 1))
    parallel = ["-n", str(processes), "--dist", "worksteal", "tests"]
    parallel += [f"--ignore={FAULTS}", f"--ignore={SIMULATION}"]
    with tempfile.TemporaryDirectory() as folder:
        return _run([parallel, FAULTS_PART], arguments, Path(folder) / "reports.jsonl")


def _run(parts: list[list[str]], arguments: list[str], reports: Path) -> int:
    """Run pytest on one part after the other, and report."""
    os.environ[fault_report.VARIABLE] = str(reports)
    started_at = time.monotonic()
    outcomes: list[Outcome] = []
    codes: list[int] = []
    for part in parts:
        code, found = _run_pytest([*part, *arguments])
        if code == TESTS_FAILED and not long.is_long():
            code, found = _try_again(found)
        codes.append(code)
        outcomes += found
    if found_reports := read_reports(reports):
        print(f"\nWhat the fault tests counted:\n{table_of(found_reports)}")
    _report(outcomes, time.monotonic() - started_at)
    failed = [code for code in codes if code not in (0, NOTHING_COLLECTED)]
    return failed[0] if failed else (0 if outcomes else NOTHING_COLLECTED)


def _try_again(found: list[Outcome]) -> tuple[int, list[Outcome]]:
    """Run what failed once more, alone, and say so: a busy machine may have run it out of time."""
    code, again = _run_pytest(["--last-failed", "--last-failed-no-failures=none", "tests"])
    second = {outcome.name: outcome for outcome in again}
    unsteady = [outcome.name for outcome in again if outcome.result == "passed"]
    print(f"\nUnsteady, passed only at the second try: {', '.join(unsteady) or 'none'}")
    return code, [second.get(outcome.name, outcome) for outcome in found]


def _run_pytest(arguments: list[str]) -> tuple[int, list[Outcome]]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
        code = subprocess.run(command, check=False).returncode
        if not report.exists():
            return code, []
        tree = ET.parse(report)  # noqa: S314 - pytest wrote it a moment ago
        return code, [_outcome(case) for case in tree.iter("testcase")]


def _outcome(case: ET.Element) -> Outcome:
    results = {"failure": "failed", "error": "errors", "skipped": "skipped"}
    found = [results[child.tag] for child in case if child.tag in results]
    name = f"{case.get('classname')}.{case.get('name')}"
    return Outcome(name, found[0] if found else "passed", float(case.get("time", "0")))


def _report(outcomes: list[Outcome], seconds: float) -> None:
    slowest = sorted(outcomes, key=lambda outcome: outcome.seconds, reverse=True)[:SLOWEST_MAX]
    print(f"\nThe {len(slowest)} slowest tests:")
    for outcome in slowest:
        print(f"  {outcome.seconds:7.2f} s  {outcome.name}")
    counts = Counter(outcome.result for outcome in outcomes)
    shown = ", ".join(
        f"{counts[result]} {result}"
        for result in ("passed", "failed", "errors", "skipped")
        if counts[result] or result in {"passed", "failed"}
    )
    print(f"\n{len(outcomes)} tests: {shown}, in {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
