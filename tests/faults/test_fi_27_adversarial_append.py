"""FI-27: does a reader who tails the log see 1..N once each, in order, whatever writers do?

Writers pause, roll back, lose their connections and are killed inside the append transaction, or
between sending the COMMIT and hearing of it; others carry on with what they left in doubt.
"""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.embedded_postgres import EmbeddedPostgres
from domain.product import ProductActivated
from sql.log import LogReader
from sql.migrate import migrate_up
from sql.store import make_pool
from tests.adversarial_writer import REFUSED, command_of
from tests.examples_log import ROLE_PREFIX, append, assert_dense, connected, until
from tests.fault_report import FaultReport
from tests.long import duration

ROOT = Path(__file__).parents[2]
WRITERS = 5
LIVES = int(duration(7, 40))
TRANSACTIONS = 14
PAGE = 40
SEED = "fi-27"

Told = tuple[int | None, int | None]


@dataclass(slots=True)
class Slot:
    """One writer through all its lives: what it tried and what was acknowledged."""

    number: int
    tried: set[str] = field(default_factory=set[str])
    acknowledged: dict[str, Told] = field(default_factory=dict[str, Told])
    killed: int = 0
    recovered: int = 0

    def in_doubt(self) -> list[str]:
        """Name the commands that may or may not be in the log."""
        return sorted(
            key for key in self.tried - self.acknowledged.keys() if not key.startswith(REFUSED)
        )

    async def live(self, url: str) -> None:
        """Let it live again and again; each life takes up what the one before left in doubt."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.adversarial_writer", url, stdin=pipe, stdout=pipe, cwd=ROOT
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for life in range(LIVES):
                asked = (f"{SEED}-{self.number}-{life}", TRANSACTIONS, self.in_doubt())
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                has_ended = False
                while not has_ended:
                    what, *told = json.loads(await process.stdout.readline())
                    has_ended = self._hears(what, told)
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdin.close()
            await process.wait()

    def _hears(self, what: str, told: list[Any]) -> bool:
        """Keep what a life tells; say whether it has ended."""
        match what:
            case "tried":
                self.tried.update(told[0])
            case "acknowledged":
                key, *positions = told
                self.recovered += positions == [None, None]
                known = self.acknowledged.setdefault(key, tuple(positions))
                # Sent again it is a duplicate, which tells no positions.
                assert list(known) == positions or positions == [None, None]
            case _:
                assert told[0] in {0, -signal.SIGKILL}, told
                self.killed += told[0] != 0
        return what == "ended"


@asynccontextmanager
async def a_reader(url: str) -> AsyncGenerator[LogReader]:
    pool = make_pool(url, role=f"{ROLE_PREFIX}_query", application="tail", connections_max=1)
    async with pool:
        yield LogReader(pool)


async def tail(reader: LogReader, seen: list[str], is_over: Callable[[], bool]) -> None:
    """Follow the log page by page without a pause, and check each position as it comes."""
    while True:
        was_over = is_over()
        page = await reader.read(len(seen), PAGE)
        for event in page:
            assert event.position == len(seen) + 1
            assert isinstance(event.data, ProductActivated)
            seen.append(event.data.sku)
        if was_over and not page:
            return


async def test_a_reader_sees_every_position_once_and_in_order(
    own_postgres: Callable[[], EmbeddedPostgres],
) -> None:
    url = own_postgres().url
    await migrate_up(url)
    slots = [Slot(number) for number in range(WRITERS)]
    seen: list[str] = []
    over = asyncio.Event()
    async with a_reader(url) as reader, asyncio.TaskGroup() as group:
        group.create_task(tail(reader, seen, over.is_set))
        async with asyncio.TaskGroup() as writers:
            for slot in slots:
                writers.create_task(slot.live(url))
        in_doubt = [key for slot in slots for key in slot.in_doubt()]
        recovered = sum(slot.recovered for slot in slots)
        async with connected(url) as connection:
            if in_doubt:
                outcomes = await append(connection, *map(command_of, in_doubt))
                assert {outcome.kind for outcome in outcomes} <= {"appended", "duplicate"}
                recovered += sum(outcome.kind == "duplicate" for outcome in outcomes)
        over.set()
    assert await assert_dense(url) == len(seen)
    report_effects(slots, seen, recovered)
    check_effects(slots, seen)


def report_effects(slots: list[Slot], seen: list[str], recovered: int) -> None:
    """Count what became of every command; those in doubt at the end of a life were sent again."""
    found = Counter(seen)
    tried = set[str]().union(*(slot.tried for slot in slots))
    wanted = {key for key in tried if not key.startswith(REFUSED)}
    acknowledged = wanted & set[str]().union(*(slot.acknowledged for slot in slots))
    events = {key: len(command_of(key).claims[0].events) for key in wanted}
    report = FaultReport(
        "FI-27 adversarial append",
        attempts=len(wanted),
        acknowledged=len(acknowledged),
        ok=sum(found[key] == events[key] for key in wanted),
        lost=sum(found[key] < events[key] for key in wanted),
        unexpected=len(found.keys() - wanted),
        duplicated=sum(found[key] > events[key] for key in wanted),
        recovered=recovered,
    )
    report.notes["killed"] = sum(slot.killed for slot in slots)
    report.write()
    report.assert_clean()


def check_effects(slots: list[Slot], seen: list[str]) -> None:
    """Every command once and whole; what was acknowledged where it was said to be."""
    tried = set[str]().union(*(slot.tried for slot in slots))
    wanted = {key for key in tried if not key.startswith(REFUSED)}
    assert len(tried) > len(wanted) > 300
    assert Counter(seen) == {key: len(command_of(key).claims[0].events) for key in wanted}
    for slot in slots:
        for key, (first, last) in slot.acknowledged.items():
            if first is not None and last is not None:
                assert set(seen[first - 1 : last]) == {key}
    assert sum(slot.killed for slot in slots) >= 12, [slot.killed for slot in slots]


async def test_the_tail_of_the_test_would_notice_a_hole(database_url: str) -> None:
    """The test tests itself: an event put in past the gate leaves a hole that the reader meets."""
    seen: list[str] = []
    async with a_reader(database_url) as reader, connected(database_url) as connection:
        await append(connection, command_of("a"))
        tailing = asyncio.create_task(tail(reader, seen, lambda: False))
        await until(lambda: len(seen) > 0)
        async with connected(database_url, "log_owner") as owner:
            await owner.execute(
                "INSERT INTO event_store.events SELECT position + 100, stream, 99, type,"
                " schema_version, data, metadata, occurred_at, recorded_at FROM event_store.events"
                " WHERE position = 1"
            )
        await asyncio.wait([tailing])
    assert isinstance(tailing.exception(), AssertionError)
