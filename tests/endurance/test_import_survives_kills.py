"""Do all real sales arrive, once each, while every process is killed in turn, once a minute?

`ordertrail up` runs the whole system with a PostgreSQL and a RabbitMQ of its own, and starts again
what dies. Meanwhile `ordertrail import retail` replays two years of a shop. In every interval one
process is killed at a random moment, in a random order that names each before any comes again.

The environment changes the size: ORDERTRAIL_KILL_SECONDS (the interval), ORDERTRAIL_KILL_RATE
(orders per second), ORDERTRAIL_KILL_SAMPLE=1 (the sample instead of the full file) and
ORDERTRAIL_KILL_SEED, to kill in the order and at the moments of another run.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.child_processes import wait_until
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.ordertrail_program import Up, background, bare_environment
from tests.retail_truth import expected_of
from tests.running_workers import ORDERTRAIL

RETAIL_DIR = Path(
    os.environ.get("ORDERTRAIL_RETAIL_DIR", "")
    or Path(__file__).parents[3] / "shared" / "data" / "retail"
)
IS_SAMPLE = os.environ.get("ORDERTRAIL_KILL_SAMPLE") == "1"
FILE = RETAIL_DIR / ("online_retail_sample.csv.gz" if IS_SAMPLE else "online_retail_II.csv.gz")
TRUTH = RETAIL_DIR / ("sample_truth.json" if IS_SAMPLE else "truth.json")
KILL_SECONDS = float(os.environ.get("ORDERTRAIL_KILL_SECONDS", "60"))
RATE = float(os.environ.get("ORDERTRAIL_KILL_RATE", "80"))
SEED = int(os.environ.get("ORDERTRAIL_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
BACK_SECONDS_MAX = 60.0
IMPORT_SECONDS_MAX = 3_000.0
CHECK_SECONDS_MAX = 900.0
VICTIMS = {
    "api": ("cli.main", "api"),
    "relay": ("cli.main", "relay"),
    "worker-operational": ("cli.main", "operational"),
    "worker-analytics": ("cli.main", "analytics"),
    "postgresql": ("postgres", "-D"),
    "rabbitmq": ("beam.smp", "rabbit"),
}
"""By what the command line of each process is recognised."""


@dataclass(slots=True)
class Killer:
    """Kills one process of a system after the other, for as long as the import runs."""

    system: Up
    importing: subprocess.Popen[bytes]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    killed: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """Who, and after how many seconds the process was there again."""

    def kill_in_turn(self) -> None:
        """Kill until the import ends; every process comes to its turn before any comes again."""
        for name in self._turns():
            interval_ends_at = time.monotonic() + KILL_SECONDS
            if self._import_ends_within(self.chance.uniform(0, KILL_SECONDS)):
                return
            self.killed.append((name, self._kill(name)))
            if self._import_ends_within(interval_ends_at - time.monotonic()):
                return

    def _turns(self) -> Iterator[str]:
        while True:
            yield from self.chance.sample(sorted(VICTIMS), len(VICTIMS))

    def _import_ends_within(self, seconds: float) -> bool:
        return wait_until(lambda: self.importing.poll() is not None, max(0.0, seconds))

    def _kill(self, name: str) -> float:
        """Kill a process, and answer how long it took until there was another one in its place."""
        victim = self._find(name)
        assert victim is not None, f"{name} is not running: {self.system.said()[-2_000:]}"
        victim.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()

        def is_back() -> bool:
            found = self._find(name)
            return found is not None and found.pid != victim.pid

        assert wait_until(is_back, BACK_SECONDS_MAX), f"{name} never came back"
        return round(time.monotonic() - killed_at, 1)

    def _find(self, name: str) -> psutil.Process | None:
        program, argument = VICTIMS[name]
        for process in psutil.Process(self.system.process.pid).children(recursive=True):
            try:
                line = process.cmdline()
            except psutil.Error:  # it ended meanwhile
                continue
            if _names(line, program) and argument in line:
                return process
        return None


def _names(line: list[str], program: str) -> bool:
    return any(Path(word).name == program for word in line[:4])


@pytest.mark.timeout(IMPORT_SECONDS_MAX + 600)
def test_the_full_import_comes_to_the_true_totals(
    server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.checking.CHECK_SECONDS_MAX", CHECK_SECONDS_MAX)
    truth = json.loads(TRUTH.read_text())
    sys.stdout.write(f"\nseed {SEED}, a kill every {KILL_SECONDS:g} s, {RATE:g} orders/s\n")
    report = FaultReport(f"kill -9 of each in turn, every {KILL_SECONDS:g} s")
    environment = bare_environment(ORDERTRAIL_BUSINESS_TIME_ZONE="Europe/London")
    data_dir, said = server_folder / "system", server_folder / "import.log"
    up = ("up", "--broker", "rabbitmq", "--port", "0")
    with background(*up, data_dir=data_dir, environment=environment) as system:
        system.until('"running"')
        database_url = system.running.database_url
        with importing(system.running.url, said) as process:
            assert wait_until(lambda: "Placing orders" in said.read_text(), 120), said.read_text()
            killer = Killer(system, process)
            killer.kill_in_turn()
            process.wait(IMPORT_SECONDS_MAX)
        sys.stdout.write(f"killed, and seconds until it was back: {killer.killed}\n")
        assert process.returncode == 0, said.read_text()[-5_000:]
        result = json.loads((server_folder / "result.json").read_text())
        assert {name for name, _ in killer.killed} == VICTIMS.keys()
        count(report, truth, result, killer, said)
        report.write()
        report.assert_clean()
        expected = expected_of(truth)
        assert {name: result[name] for name in expected} == expected
        assert system.process.poll() is None
        assert database_url == system.running.database_url
        asyncio.run(assert_checked(database_url))
        assert system.stop() == 143


@contextmanager
def importing(url: str, said: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run the import; what it answers goes to `result.json` beside what it says."""
    command = ("import", "retail", str(FILE), "--url", url, "--rate", str(RATE), "--json")
    with said.open("wb") as output, said.with_name("result.json").open("wb") as result:
        process = subprocess.Popen(
            [str(ORDERTRAIL), *command],
            env=bare_environment(),
            stdin=subprocess.DEVNULL,
            stdout=result,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def count(
    report: FaultReport, truth: dict[str, Any], result: dict[str, Any], killer: Killer, said: Path
) -> None:
    """Count orders: those of the file against those of the read side."""
    orders, found = truth["import"]["orders"], result["orders"]
    notes = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    (sent,) = (note for note in notes if note["event"] == "imported")
    report.attempts = report.acknowledged = orders
    report.ok = min(orders, found)
    report.lost = max(0, orders - found)
    report.duplicated = max(0, found - orders)
    report.recovered = sent["replayed"]
    report.seconds_to_recover = max(seconds for _, seconds in killer.killed)
    report.notes = {"seed": SEED, "killed": killer.killed, "batches_repeated": sent["repeated"]}
