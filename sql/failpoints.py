"""At which exact point shall this process fail, because a fault test asks for it?

`failpoint("projector.before_commit")` marks a point. It does nothing unless the environment says
`FAILPOINTS="projector.before_commit=kill@3"` when the process starts: an action at the third
pass, several entries separated by `;`. Without `@n` the action happens at the first pass. The
actions: `kill` (SIGKILL to this process), `sleep:<seconds>` (the event loop goes on), `raise`
(`FailpointRaised`), `drop` (`ConnectionResetError`, as if the connection in use were cut).

Points lie at every await of the ways that must survive a crash; their names are `<way>.<moment>`:

    append.*     sql/appender.py                  a batch of decisions on its way into the log
    load.*       sql/loader.py                    what decisions rest on
    relay.*      workers/relay_term.py            from the log to the broker
    follower.*   workers/                         from the broker or the log to a projector
    projector.*  sql/projector_session.py         into the read tables
    rebuild.*    sql/rebuild.py                   a new generation of read tables

A test sees to it that every name that tests use exists (tests/architecture/test_failpoints.py).

This is the one file below `cli` that reads the environment: the points lie in code that no setting
reaches, and nothing but a test may set them.
"""

import asyncio
import os
import signal
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "FAILPOINTS"
ACTIONS: Final = ("kill", "raise", "drop", "sleep")


class FailpointRaised(Exception):
    """A fault test asked for an error here."""


@dataclass(slots=True)
class Failpoint:
    """What happens at one point, and after how many more passes."""

    action: str
    passes_left: int
    sleep_seconds: float = 0.0


def parse_failpoints(text: str) -> dict[str, Failpoint]:
    """Read the value of the environment variable.

    Raises:
        ValueError: an entry is not `name=kill|raise|drop|sleep:<seconds>[@<pass>]`.
    """
    entries = filter(None, (part.strip() for part in text.split(";")))
    return dict(map(_parse_entry, entries))


def _parse_entry(entry: str) -> tuple[str, Failpoint]:
    name, _, what = entry.partition("=")
    what, _, nth = what.partition("@")
    action, _, seconds = what.partition(":")
    try:
        point = Failpoint(action, int(nth or 1), float(seconds or 0))
    except ValueError:
        point = Failpoint("", 0)
    if not name or action not in ACTIONS or point.passes_left < 1:
        raise ValueError(
            f"{VARIABLE}: {entry!r} is not name=action or name=action@pass with one of the actions"
            " kill, raise, drop and sleep:<seconds>"
        )
    return name, point


_POINTS: Final = parse_failpoints(os.environ.get(VARIABLE, ""))


def failpoint_is_set() -> bool:
    """Say whether this process runs with failpoints at all."""
    return bool(_POINTS)


async def failpoint(name: str) -> None:
    """Mark a point at which a fault test may make this process fail.

    Raises:
        FailpointRaised: the test asked for an error.
        ConnectionResetError: the test asked for a lost connection.
    """
    if _POINTS and name in _POINTS:
        await _pass(name, _POINTS[name])


async def _pass(name: str, point: Failpoint) -> None:
    point.passes_left -= 1
    if point.passes_left != 0:
        return
    match point.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            await asyncio.sleep(point.sleep_seconds)
        case "drop":
            raise ConnectionResetError(f"the connection was dropped at {name}")
        case _:
            raise FailpointRaised(name)
