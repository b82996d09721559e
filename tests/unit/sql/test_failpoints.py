"""Does a process fail exactly where a fault test says, and nowhere else?"""

import os
import signal
import subprocess
import sys
import time

import pytest

from sql.failpoints import Failpoint, failpoint, failpoint_is_set, parse_failpoints

PROGRAM = """
import asyncio
from sql.failpoints import failpoint
async def main():
    for n in range(1, 6):
        await failpoint("here")
        print(n, flush=True)
asyncio.run(main())
"""


def _run(points: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "FAILPOINTS": points},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_reads_name_action_argument_and_pass() -> None:
    assert parse_failpoints("a.b=kill@3; c=sleep:1.5;d=raise;e=drop@2;;") == {
        "a.b": Failpoint("kill", 3),
        "c": Failpoint("sleep", 1, 1.5),
        "d": Failpoint("raise", 1),
        "e": Failpoint("drop", 2),
    }


@pytest.mark.parametrize(
    "text", ["a", "a=", "=kill", "a=explode", "a=kill@x", "a=sleep:soon", "a=kill@0"]
)
def test_refuses_what_it_does_not_understand(text: str) -> None:
    with pytest.raises(ValueError, match=f"FAILPOINTS: '{text}' is not name=action"):
        parse_failpoints(text)


def test_a_process_that_is_asked_for_an_unknown_action_does_not_start() -> None:
    done = _run("here=explode")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "ValueError: FAILPOINTS: 'here=explode' is not name=action or name=action@pass with one of"
        " the actions kill, raise, drop and sleep:<seconds>"
    )


async def test_does_nothing_unless_the_process_was_started_with_failpoints() -> None:
    assert not failpoint_is_set()
    await failpoint("here")


def test_kills_at_the_third_pass() -> None:
    done = _run("here=kill@3;elsewhere=kill")
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "1\n2\n")


def test_raises_at_the_second_pass() -> None:
    done = _run("here=raise@2")
    assert (done.returncode, done.stdout) == (1, "1\n")
    assert "FailpointRaised: here" in done.stderr


def test_drops_the_connection_at_the_second_pass() -> None:
    done = _run("here=drop@2")
    assert (done.returncode, done.stdout) == (1, "1\n")
    assert "ConnectionResetError: the connection was dropped at here" in done.stderr


def test_sleeps_once_and_goes_on() -> None:
    started_at = time.monotonic()
    assert _run("here=sleep:0.3").stdout == "1\n2\n3\n4\n5\n"
    assert time.monotonic() - started_at >= 0.3
