"""Who keeps the processes of a system running, and ends them in order?

A child that dies is started again, after a pause that doubles up to 30 s while it keeps dying. A
child that ends with exit code 3 cannot run like this (settings, database, queues): then the whole
system ends and says why. Children end in the order in which they are listed, each within its
deadline, and are killed when they hang.

Children run in sessions of their own, so that Ctrl-C in a terminal reaches the supervisor alone.
Their standard input is a pipe that the supervisor holds: when it closes, because the supervisor is
gone, they end themselves (`cli.interrupts.end_with_parent`). What they write is kept in a log file.
"""

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cli.child_processes import kill_tree
from cli.failures import ConfigurationFailed, Exit

PAUSE_SECONDS_MIN: Final = 0.25
PAUSE_SECONDS_MAX: Final = 30.0
STEADY_SECONDS: Final = 30.0
"""A child that ran this long starts again at once when it dies."""
LINE_BYTES_MAX: Final = 1024 * 1024
LOG_BYTES_MAX: Final = 10 * 1024 * 1024
LOUD_LEVELS: Final = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """A process to keep running; `environment` is added to the supervisor's own."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    stop_timeout_seconds: float = 20.0


class Observer(Protocol):
    """Hears what happens to the children."""

    def started(self, name: str, pid: int) -> None:
        """Hear that a child runs."""

    def died(self, name: str, why: str, pause_seconds: float) -> None:
        """Hear that a child ended by itself, and when it is started again."""

    def said(self, name: str, level: str, text: str) -> None:
        """Hear a line of a child that a person should see."""

    def killed(self, name: str, after_seconds: float) -> None:
        """Hear that a child did not end when asked to."""


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, specs: Sequence[ChildSpec], observer: Observer, log_folder: Path) -> None:
        self._children = [_Child(spec, observer, log_folder) for spec in specs]
        self._keeping: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Start every child; each is looked after by a task of its own."""
        for child in self._children:
            self._keeping[child.spec.name] = asyncio.create_task(child.keep_running())

    async def until_hopeless(self) -> None:
        """Wait while the children run; ends only when one of them cannot run at all.

        Raises:
            ConfigurationFailed: a child ended with exit code 3; the sentence is its own.
        """
        tasks = self._keeping.values()
        # Not gather: a wait that is cancelled leaves the tasks alone, and they are still needed.
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()

    def pid_of(self, name: str) -> int | None:
        """Tell the process id of a child; None while it is not running."""
        return next((child.pid for child in self._children if child.spec.name == name), None)

    async def stop(self) -> None:
        """End every child in the order of the list; a cancelled stop kills those that are left."""
        try:
            for child in self._children:
                await child.stop()
        finally:
            for child in self._children:
                await child.kill()
            for task in self._keeping.values():
                task.cancel()
            await asyncio.gather(*self._keeping.values(), return_exceptions=True)


class _Child:
    """One process, its pauses and its log."""

    def __init__(self, spec: ChildSpec, observer: Observer, log_folder: Path) -> None:
        self.spec = spec
        self._observer = observer
        self._log = log_folder / f"{spec.name}.log"
        self._process: asyncio.subprocess.Process | None = None
        self._last_words = ""
        self._is_stopping = False

    @property
    def pid(self) -> int | None:
        """The process id while the child runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def keep_running(self) -> None:
        """Start the child, and start it again whenever it dies.

        Raises:
            ConfigurationFailed: it ended with exit code 3.
        """
        loop = asyncio.get_running_loop()
        pause_seconds = PAUSE_SECONDS_MIN
        while not self._is_stopping:
            began = loop.time()
            exit_code = await self._run_once()
            if self._is_stopping:
                return
            why = self._last_words or _meaning(exit_code)
            if exit_code == Exit.CONFIGURATION:
                raise ConfigurationFailed(why)
            if loop.time() - began > STEADY_SECONDS:
                pause_seconds = PAUSE_SECONDS_MIN
            self._observer.died(self.spec.name, why, pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, PAUSE_SECONDS_MAX)

    async def _run_once(self) -> int:
        self._last_words = ""
        process = await asyncio.create_subprocess_exec(
            *self.spec.arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_BYTES_MAX,
            env={**os.environ, **self.spec.environment},
        )
        self._process = process
        self._observer.started(self.spec.name, process.pid)
        if self._is_stopping:  # asked to stop while it was being started
            process.terminate()
        assert process.stdout is not None
        await self._listen(process.stdout)
        return await process.wait()

    async def _listen(self, output: asyncio.StreamReader) -> None:
        _make_room(self._log)
        with self._log.open("ab", buffering=0) as log:
            while True:
                try:
                    line = await output.readline()
                except ValueError:  # longer than LINE_BYTES_MAX; what was read of it is dropped
                    continue
                if not line:
                    return
                log.write(line)
                self._hear(line.decode(errors="replace").rstrip())

    def _hear(self, line: str) -> None:
        level, text = _level_and_text(line)
        if level in LOUD_LEVELS or not level:
            self._last_words = text or self._last_words
            self._observer.said(self.spec.name, level or "output", text)

    async def stop(self) -> None:
        """Ask the child to end, and kill it when it does not within its deadline."""
        self._is_stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.spec.stop_timeout_seconds)
        except TimeoutError:
            self._observer.killed(self.spec.name, self.spec.stop_timeout_seconds)
            await self.kill()

    async def kill(self) -> None:
        """End the child and all that it started, at once."""
        self._is_stopping = True
        if self._process is not None and self.pid is not None:
            kill_tree(self.pid)
            await self._process.wait()


def _level_and_text(line: str) -> tuple[str, str]:
    """Read a line of a child: a log record in JSON, or plain text, which has no level."""
    try:
        record = json.loads(line)
        level, event = str(record["level"]), str(record["event"])
    except (ValueError, TypeError, KeyError):
        return "", line
    exception = str(record.get("exception") or "").strip()
    last_line = exception.rpartition("\n")[2]
    details = {
        name: value
        for name, value in record.items()
        if name not in {"level", "event", "exception", "timestamp", "logger", "process"}
    }
    text = " ".join([event, *(f"{name}={value}" for name, value in details.items())])
    return level, f"{text}: {last_line}" if last_line else text


def _meaning(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"killed by signal {-exit_code}"


def _make_room(log: Path) -> None:
    """Put a log that has grown large aside; one old log is kept."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
