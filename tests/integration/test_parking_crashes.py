"""Is an event that kills every process that applies it found, and only that one parked?"""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sql.begun import BegunMarks
from sql.projector_session import ProjectorSession
from tests.examples_log import superuser
from tests.histories import append
from tests.projecting import (
    DEADLINE_SECONDS,
    PROJECTIONS,
    WORKER,
    active_session,
    assert_tables_are_the_fold,
    generations,
    make_tables,
)
from tests.stumbling import X, Y, noted_orders, notes_of, parked_of, waiting_of

ROOT: Final = Path(__file__).parents[2]
DETAIL = PROJECTIONS["order_detail"]
SALES = PROJECTIONS["sales_daily"]
EVENTS, OF_X, OF_Y = noted_orders()
CULPRIT = OF_X[1]
HEAD = len(EVENTS)
DEATHS_MAX = 5

A_WORKER = """
import asyncio, os, signal, sys
from dataclasses import replace
sys.path.insert(0, "")
from tests.projecting import PROJECTIONS
from workers.metrics import FollowerCounters
from workers.options import GroupOptions, ProjectorOptions
from workers.projector import run_projector
url, culprit, head = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
detail = PROJECTIONS["order_detail"]
def evolve(row, event, key):
    if event.position == culprit:
        os.kill(os.getpid(), signal.SIGKILL)
    return detail.evolve(row, event, key)
group = GroupOptions(
    name="test", projections=(replace(detail, evolve=evolve), PROJECTIONS["sales_daily"])
)
options = ProjectorOptions(
    database_url=url, role="ordertrail_worker", groups=(group,), broker=None, report_seconds=3600
)
counters = FollowerCounters()
async def main():
    running = asyncio.create_task(run_projector(options, {"test": counters}))
    while counters.position < head and not running.done():
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
asyncio.run(main())
"""


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A database with empty read tables and a log of two orders with notes."""
    await make_tables(database_url)
    await append(database_url, EVENTS)
    return database_url


def run_worker(database_url: str, culprit: int = CULPRIT) -> int:
    """Run a worker that an event kills, up to the head of the log; answer how it ended."""
    arguments = [sys.executable, "-c", A_WORKER, database_url, str(culprit), str(HEAD)]
    return subprocess.run(arguments, cwd=ROOT, timeout=DEADLINE_SECONDS, check=False).returncode


def deaths(database_url: str, culprit: int = CULPRIT) -> int:
    """Start workers until one lives, and tell how many died."""
    for count in range(DEATHS_MAX + 1):
        ended = run_worker(database_url, culprit)
        if ended == 0:
            return count
        assert ended == -signal.SIGKILL
    pytest.fail("every worker died")


async def marks(database_url: str) -> list[tuple[int | None, int]]:
    return [
        (each.begun_position, each.begun_count)
        for projection in (DETAIL, SALES)
        for each in await generations(database_url, projection)
    ]


async def test_an_event_that_kills_its_process_is_parked_alone(shop_url: str) -> None:
    assert deaths(shop_url) == 4, "twice in a batch, twice alone"
    (parked,) = await parked_of(shop_url)
    assert (parked.projection, parked.kind, parked.key, parked.since_position, parked.code) == (
        "order_detail",
        "stream",
        EVENTS[CULPRIT - 1].stream,
        CULPRIT,
        "crashed",
    )
    assert await waiting_of(shop_url, DETAIL) == {(1, parked.key): OF_X[1:]}
    assert await notes_of(shop_url, DETAIL) == {X: [], Y: ["note-1", "note-3"]}
    await assert_tables_are_the_fold(shop_url, [SALES], EVENTS)
    assert await marks(shop_url) == [(None, 0), (None, 0)]


async def test_it_is_tried_once_when_a_process_starts_and_not_at_every_start(
    shop_url: str,
) -> None:
    deaths(shop_url)
    assert deaths(shop_url) == 1
    assert deaths(shop_url) == 0
    assert [(each.code, each.tries) for each in await parked_of(shop_url)] == [("crashed", 1)]


async def test_code_that_survives_the_event_applies_what_has_waited(shop_url: str) -> None:
    deaths(shop_url)
    async with active_session(shop_url, [DETAIL, SALES]) as session:
        assert session.parked == 0
    await assert_tables_are_the_fold(shop_url, [DETAIL, SALES], EVENTS)


async def test_a_batch_that_was_finished_leaves_no_mark_and_later_ones_make_none(
    shop_url: str,
) -> None:
    async with superuser(shop_url) as connection:
        await connection.execute(
            "CREATE TABLE marks (at bigint);"
            "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
            " BEGIN INSERT INTO public.marks VALUES (NEW.begun_position); RETURN NULL; END $$;"
            "CREATE TRIGGER mark AFTER UPDATE ON read_models.checkpoints FOR EACH ROW"
            " WHEN (NEW.begun_position IS NOT NULL) EXECUTE FUNCTION mark()"
        )
        async with active_session(shop_url, [DETAIL, SALES]) as session:
            await session.apply(EVENTS[:4])
            assert await marks(shop_url) == [(None, 0), (None, 0)]
            for end in range(5, HEAD + 1):
                await session.apply(EVENTS[:end])
        cursor = await connection.execute("SELECT at FROM public.marks")
        assert await cursor.fetchall() == [(1,), (1,)]


async def test_a_process_that_only_loses_its_connection_takes_its_marks_back(
    shop_url: str,
) -> None:
    """Ten terms that end in the first batch are no crashes: nothing is parked for them."""
    begun = BegunMarks()
    for _ in range(10):
        session = await ProjectorSession.open(shop_url, "test", [DETAIL, SALES], WORKER, begun)
        try:
            await session.acquire()
            assert session._careful_through == 0
            await session._begun.begin(session._lock.conn, [("order_detail", 1)])
        finally:
            await session.close()
    assert await marks(shop_url) == [(1, 1), (None, 0)]
    async with active_session(shop_url, [DETAIL, SALES]) as session:
        await session.apply(EVENTS)
    await assert_tables_are_the_fold(shop_url, [DETAIL, SALES], EVENTS)


async def test_processes_that_died_of_something_else_cost_patience_and_park_nothing(
    shop_url: str,
) -> None:
    for _ in range(3):  # each with marks of its own, which nobody takes back
        async with active_session(shop_url, [DETAIL, SALES]) as session:
            keys = [("order_detail", 1), ("sales_daily", 1)]
            await session._begun.begin(session._lock.conn, keys)
    async with active_session(shop_url, [DETAIL, SALES]) as session:
        assert session._careful_through > HEAD
        await session.apply(EVENTS)
    assert await parked_of(shop_url) == []
    await assert_tables_are_the_fold(shop_url, [DETAIL, SALES], EVENTS)
    assert await marks(shop_url) == [(None, 0), (None, 0)]
