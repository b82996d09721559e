"""FI-27: does a reader who tails the log see 1..N once each, in order, whatever writers do?

Writers pause, roll back, lose their connections and are killed inside the append transaction, or
between sending the COMMIT and hearing of it; others carry on with what they left in doubt.
"""

import asyncio
import multiprocessing
import signal
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from cli.embedded_postgres import EmbeddedPostgres
from domain.product import ProductActivated
from sql.log import LogReader
from sql.migrate import migrate_up
from sql.store import make_pool
from tests.adversarial_writer import (
    REFUSED,
    Acknowledged,
    Tried,
    command_of,
    write_badly,
)
from tests.examples_log import ROLE_PREFIX, append, assert_dense, connected, until

WRITERS = 5
INCARNATIONS = 7
TRANSACTIONS = 14
PAGE = 40
SEED = "fi-27"


@dataclass(slots=True)
class Slot:
    """One writer through all its lives: what it tried and what was acknowledged."""

    number: int
    tried: set[str] = field(default_factory=set[str])
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict[str, Acknowledged])
    killed: int = 0

    def in_doubt(self) -> list[str]:
        """Name the commands that may or may not be in the log."""
        return sorted(
            key for key in self.tried - self.acknowledged.keys() if not key.startswith(REFUSED)
        )

    def live(self, url: str) -> None:
        """Run a writer again and again; each takes up what its predecessor left in doubt."""
        context = multiprocessing.get_context("forkserver")
        for life in range(INCARNATIONS):
            here, there = context.Pipe(duplex=False)
            seed = f"{SEED}-{self.number}-{life}"
            process = context.Process(
                target=write_badly, args=(url, seed, TRANSACTIONS, self.in_doubt(), there)
            )
            process.start()
            there.close()
            with suppress(EOFError):
                while True:
                    self._hear(here.recv())
            process.join()
            assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode
            self.killed += process.exitcode != 0
            process.close()

    def _hear(self, told: Tried | Acknowledged) -> None:
        if isinstance(told, Tried):
            self.tried.update(told.keys)
            return
        known = self.acknowledged.setdefault(told.key, told)
        # Sent again it is a duplicate, which tells no positions.
        assert known == told or told.first_position is None


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
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.adversarial_writer"])
    slots = [Slot(number) for number in range(WRITERS)]
    over = threading.Event()
    seen: list[str] = []
    async with a_reader(url) as reader:
        tailing = asyncio.create_task(tail(reader, seen, over.is_set))
        await asyncio.gather(*(asyncio.to_thread(slot.live, url) for slot in slots))
        in_doubt = [key for slot in slots for key in slot.in_doubt()]
        async with connected(url) as connection:
            if in_doubt:
                outcomes = await append(connection, *map(command_of, in_doubt))
                assert {outcome.kind for outcome in outcomes} <= {"appended", "duplicate"}
        over.set()
        await tailing
        assert await reader.head() == len(seen)
    assert await assert_dense(url) == len(seen)
    check_effects(slots, seen)


def check_effects(slots: list[Slot], seen: list[str]) -> None:
    """Every command once and whole; what was acknowledged where it was said to be."""
    tried = set[str]().union(*(slot.tried for slot in slots))
    wanted = {key for key in tried if not key.startswith(REFUSED)}
    assert len(tried) > len(wanted) > 400
    assert Counter(seen) == {key: len(command_of(key).claims[0].events) for key in wanted}
    for slot in slots:
        for key, told in slot.acknowledged.items():
            if told.first_position is not None and told.last_position is not None:
                assert set(seen[told.first_position - 1 : told.last_position]) == {key}
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
