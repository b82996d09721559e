"""How does a test run the program `ordertrail` as a person would, and look at how it ends?"""

import json
import os
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.child_processes import wait_until
from cli.running import Running, find_running
from cli.settings import PREFIX
from tests.running_workers import ORDERTRAIL

END_SECONDS_MAX: Final = 150.0
READY_SECONDS_MAX: Final = 90.0
STOP_SECONDS_MAX: Final = 60.0
KEY: Final = "0123456789abcdef0123456789abcdef"


def bare_environment(**more: str) -> dict[str, str]:
    """Make the environment of the program: none of our settings but the given ones."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((PREFIX, "DATABASE_URL", "AMQP_URL"))
    }
    return {**kept, "NO_COLOR": "1", **more}


def run(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [str(ORDERTRAIL), *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=END_SECONDS_MAX,
        env=bare_environment() if environment is None else dict(environment),
    )


def result_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Read the JSON object that a command ended with."""
    assert done.stdout, f"exit code {done.returncode}: {done.stderr[-3_000:]}"
    return json.loads(done.stdout.splitlines()[-1])


def notes_of(done: subprocess.CompletedProcess[str], event: str) -> list[dict[str, Any]]:
    """Read the JSON lines of one kind that a command wrote beside its result."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("{")]
    return [note for note in map(json.loads, lines) if note["event"] == event]


@dataclass(frozen=True, slots=True)
class Up:
    """A system that `ordertrail up` (or demo) keeps running."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    log: Path

    @property
    def running(self) -> Running:
        """What the system says about itself."""
        found = find_running(self.data_dir)
        assert found is not None, self.said()
        return found

    def said(self) -> str:
        """Read what it wrote."""
        return self.log.read_text(errors="replace")

    def notes(self, event: str) -> list[dict[str, Any]]:
        """Read its JSON lines of one kind."""
        lines = [line for line in self.said().splitlines() if line.startswith("{")]
        return [note for note in map(json.loads, lines) if note["event"] == event]

    def until(self, what: str, seconds: float = READY_SECONDS_MAX) -> None:
        """Wait until it has written something."""
        held = wait_until(lambda: what in self.said() or self.process.poll() is not None, seconds)
        assert held, f"never said {what!r}: {self.said()[-3_000:]}"
        assert what in self.said(), f"ended before it said {what!r}: {self.said()[-3_000:]}"

    def stop(self) -> int:
        """End it as a service manager does, and answer its exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS_MAX)


@contextmanager
def background(
    *arguments: str | Path, data_dir: Path, environment: Mapping[str, str] | None = None
) -> Generator[Up]:
    """Run a command in the background; it is killed, with all it started, if it still runs."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    log = data_dir.with_name(f"{data_dir.name}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(ORDERTRAIL), *map(str, arguments), "--data-dir", str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=bare_environment() if environment is None else dict(environment),
        )
    try:
        yield Up(process, data_dir, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
