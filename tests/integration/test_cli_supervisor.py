"""Does the supervisor keep real processes running, and end them in order?"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from cli.child_processes import is_alive
from cli.failures import ConfigurationFailed
from cli.supervisor import ChildSpec, Supervisor

WAITS = "import time\nwhile True: time.sleep(60)"
NOTES_ITS_END = """
import signal, sys, time
def end(*_):
    with open({log!r}, "a") as log: log.write({name!r} + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
while True: time.sleep(60)
"""
IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True: time.sleep(60)
"""


@dataclass
class Heard:
    """What an observer was told."""

    pids: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    deaths: list[tuple[str, str, float]] = field(default_factory=list[tuple[str, str, float]])
    lines: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    hung: list[str] = field(default_factory=list[str])

    def started(self, name: str, pid: int) -> None:
        self.pids.setdefault(name, []).append(pid)

    def died(self, name: str, why: str, pause_seconds: float) -> None:
        self.deaths.append((name, why, pause_seconds))

    def said(self, name: str, level: str, text: str) -> None:
        self.lines.append((name, level, text))

    def killed(self, name: str, after_seconds: float) -> None:
        assert after_seconds > 0
        self.hung.append(name)


def a_child(name: str, script: str, stop_timeout_seconds: float = 10) -> ChildSpec:
    return ChildSpec(
        name=name,
        arguments=(sys.executable, "-c", script),
        stop_timeout_seconds=stop_timeout_seconds,
    )


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is about other processes
            await asyncio.sleep(0.02)


Start = Callable[..., Awaitable[tuple[Supervisor, Heard]]]


@pytest.fixture
async def start(tmp_path: Path):  # noqa: ANN201
    started: list[Supervisor] = []

    async def begin(*specs: ChildSpec) -> tuple[Supervisor, Heard]:
        heard = Heard()
        supervisor = Supervisor(specs, heard, tmp_path / "log")
        started.append(supervisor)
        supervisor.start()
        await until(lambda: len(heard.pids) == len(specs))
        return supervisor, heard

    yield begin
    for supervisor in started:
        await supervisor.stop()


async def test_starts_a_child_again_that_was_killed(start: Start) -> None:
    supervisor, heard = await start(a_child("worker", WAITS))

    os.kill(heard.pids["worker"][0], signal.SIGKILL)
    await until(lambda: len(heard.pids["worker"]) == 2)

    assert heard.deaths == [("worker", "killed by SIGKILL", 0.25)]
    assert supervisor.pid_of("worker") == heard.pids["worker"][1]


async def test_pauses_longer_while_a_child_keeps_dying_and_tells_its_last_words(
    start: Start,
) -> None:
    dying = "import sys; print('order 7 cannot be applied', file=sys.stderr); sys.exit(1)"
    _, heard = await start(a_child("worker", dying), a_child("api", WAITS))

    await until(lambda: len(heard.deaths) == 3)

    assert [death[2] for death in heard.deaths] == [0.25, 0.5, 1.0]
    assert {death[:2] for death in heard.deaths} == {("worker", "order 7 cannot be applied")}
    assert len(heard.pids["api"]) == 1


async def test_reads_the_reason_from_a_log_record(start: Start) -> None:
    record = '{"level": "error", "event": "stopped", "position": 7, "exception": "X\\\\nE: why"}'
    dying = f"import sys; print('''{record}'''); sys.exit(1)"
    _, heard = await start(a_child("worker", dying))

    await until(lambda: len(heard.deaths) >= 1)

    assert heard.deaths[0][:2] == ("worker", "stopped position=7: E: why")
    assert ("worker", "error", "stopped position=7: E: why") in heard.lines


async def test_gives_up_when_a_child_cannot_run_like_this(start: Start) -> None:
    hopeless = "import sys; print('AMQP_URL is not set', file=sys.stderr); sys.exit(3)"
    supervisor, heard = await start(a_child("api", WAITS), a_child("relay", hopeless))

    async with asyncio.timeout(15):
        with pytest.raises(ConfigurationFailed, match="AMQP_URL is not set"):
            await supervisor.until_hopeless()

    assert heard.deaths == []
    assert is_alive(heard.pids["api"][0])


async def test_ends_children_one_after_the_other_in_the_order_of_the_list(
    start: Start, tmp_path: Path
) -> None:
    log = tmp_path / "ends"
    names = ("api", "worker", "relay")
    supervisor, heard = await start(
        *(a_child(name, NOTES_ITS_END.format(log=str(log), name=name)) for name in names)
    )
    await until(lambda: len(heard.lines) == 3)

    await supervisor.stop()

    assert log.read_text().splitlines() == ["api", "worker", "relay"]
    assert heard.deaths == []
    assert not any(is_alive(pid) for pids in heard.pids.values() for pid in pids)


async def test_kills_a_child_that_does_not_end(start: Start) -> None:
    supervisor, heard = await start(a_child("api", IGNORES_SIGTERM, stop_timeout_seconds=0.3))
    await until(lambda: len(heard.lines) == 1)

    await supervisor.stop()

    assert heard.hung == ["api"]
    assert not is_alive(heard.pids["api"][0])


async def test_a_stop_that_is_cancelled_kills_at_once(start: Start) -> None:
    supervisor, heard = await start(
        a_child("api", IGNORES_SIGTERM, stop_timeout_seconds=60), a_child("worker", WAITS)
    )
    await until(lambda: len(heard.lines) == 1)

    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    async with asyncio.timeout(15):
        await asyncio.gather(stopping, return_exceptions=True)

    assert stopping.cancelled()
    assert not any(is_alive(pid) for pids in heard.pids.values() for pid in pids)


async def test_a_child_ends_when_its_supervisor_is_gone(tmp_path: Path) -> None:
    child = "from cli.interrupts import *; interrupt_on_sigterm(); end_with_parent()\n" + WAITS
    program = f"""
import asyncio, sys
from pathlib import Path
from cli.supervisor import ChildSpec, Supervisor
class Quiet:
    def started(self, name, pid): print(pid, flush=True)
    def died(self, *_): pass
    said = killed = died
async def run():
    spec = ChildSpec(name="c", arguments=(sys.executable, "-c", {child!r}))
    supervisor = Supervisor([spec], Quiet(), Path({str(tmp_path)!r}))
    supervisor.start()
    await supervisor.until_hopeless()
asyncio.run(run())
"""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    async with asyncio.timeout(20):
        pid = int(await supervisor.stdout.readline())
    assert psutil.pid_exists(pid)

    supervisor.kill()
    await supervisor.wait()

    await until(lambda: not is_alive(pid))


async def test_keeps_what_children_write(start: Start, tmp_path: Path) -> None:
    talks = 'print(\'{"level": "info", "event": "quiet"}\'); print(\'loud\', flush=True)\n' + WAITS
    _, heard = await start(a_child("api", talks))

    await until(lambda: len(heard.lines) == 1)

    assert heard.lines == [("api", "output", "loud")]
    assert (tmp_path / "log" / "api.log").read_text().splitlines() == [
        '{"level": "info", "event": "quiet"}',
        "loud",
    ]
