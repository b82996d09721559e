"""Does a rebuild give the same rows in a new table while everybody goes on?"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed, UndecodableEvent
from domain.order_events import OrderPlaced
from domain.product import ProductActivated
from projections.projection import Projection
from projections.projector import fold
from projections.registry import projections
from sql import rebuild as rebuild_module
from sql.checkpoints import GenerationState
from sql.projection_status import list_projections
from sql.projector_session import ProjectorSession, StaleProjection
from sql.rebuild import RebuildBlocked, RebuildLocked, RebuildProgress, RebuildResult, rebuild
from tests import examples
from tests.histories import History, a_history, append
from tests.projecting import (
    DEADLINE_SECONDS,
    PROJECTIONS,
    ZONE,
    active_session,
    assert_tables_are_the_fold,
    generations,
    group,
    make_tables,
    query_connection,
    rows_of,
    until_rows,
    worker_connection,
)

ROOT = Path(__file__).parents[2]
EVENTS = a_history(150)
LIST = PROJECTIONS["order_list"]
SALES = PROJECTIONS["sales_daily"]
LIVE, RETIRED, BUILDING = GenerationState.LIVE, GenerationState.RETIRED, GenerationState.BUILDING

A_REBUILD = """
import asyncio, sys
from projections.registry import projections
from sql.rebuild import rebuild
projection = projections(sys.argv[2])[sys.argv[3]]
asyncio.run(rebuild(sys.argv[1], projection, batch_events=20))
"""


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A database with a log of EVENTS and read tables that are up to date."""
    await make_tables(database_url)
    await append(database_url, EVENTS)
    async with active_session(database_url, list(PROJECTIONS.values())) as session:
        await session.apply(EVENTS)
    return database_url


async def states(database_url: str, projection: Projection) -> list[tuple[GenerationState, int]]:
    """Answer state and position of every generation, oldest first."""
    return [(each.state, each.position) for each in await generations(database_url, projection)]


async def latest(database_url: str, projection: Projection) -> int:
    return (await generations(database_url, projection))[-1].generation


def start_rebuild(database_url: str, failpoints: str) -> subprocess.Popen[bytes]:
    """Rebuild order_list in a process of its own, 20 events at a time."""
    return subprocess.Popen(
        [sys.executable, "-c", A_REBUILD, database_url, ZONE, "order_list"],
        cwd=ROOT,
        env={**os.environ, "FAILPOINTS": failpoints},
    )


async def test_every_projection_gets_the_same_rows_in_a_new_table(
    shop_url: str, subtests: pytest.Subtests
) -> None:
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            result = await rebuild(shop_url, projection, batch_events=50)
            assert replace(result, seconds=0, generation=0) == RebuildResult(
                projection=projection.name,
                generation=0,
                position=len(EVENTS),
                events=len(EVENTS),
                seconds=0,
                is_resumed=False,
                dropped=(),
            )
            assert await states(shop_url, projection) == [
                (RETIRED, len(EVENTS)),
                (LIVE, len(EVENTS)),
            ]
            await assert_tables_are_the_fold(shop_url, [projection], EVENTS)


async def test_a_table_of_another_fold_becomes_one_of_this(database_url: str) -> None:
    utc = projections("UTC")["sales_daily"]
    await make_tables(database_url)
    await append(database_url, EVENTS)
    await rebuild(database_url, utc)
    async with active_session(database_url, [utc]) as session:
        await session.apply(EVENTS)
    await rebuild(database_url, SALES)
    live = await latest(database_url, SALES)
    assert await rows_of(database_url, SALES, live) == fold(SALES, {}, EVENTS)
    assert await rows_of(database_url, SALES, live) != fold(utc, {}, EVENTS)
    async with active_session(database_url, [SALES]) as session:
        assert session.position == len(EVENTS)


async def test_a_worker_of_older_code_stops_when_newer_code_has_rebuilt(shop_url: str) -> None:
    more = a_history(160)
    assert more[: len(EVENTS)] == EVENTS
    async with active_session(shop_url, [LIST, SALES]) as session:
        await append(shop_url, more[len(EVENTS) :])
        await rebuild(shop_url, projections("UTC")["sales_daily"])
        with pytest.raises(StaleProjection, match="projections rebuild sales_daily"):
            await session.apply(more[len(EVENTS) :])


async def test_the_old_table_is_fed_until_the_next_rebuild_drops_it(shop_url: str) -> None:
    first = await latest(shop_url, LIST)
    await rebuild(shop_url, LIST)
    more = a_history(160)
    await append(shop_url, more[len(EVENTS) :])
    async with active_session(shop_url, [LIST]) as session:
        await session.apply(more[len(EVENTS) :])
    assert await states(shop_url, LIST) == [(RETIRED, len(more)), (LIVE, len(more))]
    await assert_tables_are_the_fold(shop_url, [LIST], more)
    result = await rebuild(shop_url, LIST)
    assert result.dropped == (first,)
    assert [each.generation for each in await generations(shop_url, LIST)] == [first + 1, first + 2]
    with pytest.raises(psycopg.errors.UndefinedTable):
        await rows_of(shop_url, LIST, first)


class Shop:
    """A log that grows, its worker, and a client who looks on."""

    def __init__(self, database_url: str, session: ProjectorSession) -> None:
        self._database_url = database_url
        self._session = session
        self.history = a_history(450)
        self.written = len(EVENTS)
        self.is_over = False
        self.looks = 0

    async def write(self) -> None:
        """Append and project until told to stop, then once more."""
        is_over = False
        while not is_over:
            is_over = self.is_over
            end = min(self.written + 7, len(self.history))
            await append(self._database_url, self.history[self.written : end])
            await self._session.apply(self.history[self.written : end])
            self.written = end
            await asyncio.sleep(0)

    async def look(self) -> None:
        """Ask for the orders and their position until told to stop: both must belong together."""
        orders = [0]
        for event in self.history:
            orders.append(orders[-1] + isinstance(event.data, OrderPlaced))
        async with query_connection(self._database_url) as connection:
            while not self.is_over:
                cursor = await connection.execute(
                    b"SELECT (SELECT count(*) FROM read_models.order_list), c.position"
                    b" FROM read_models.checkpoints c"
                    b" JOIN read_models.generations g USING (projection, generation)"
                    b" WHERE projection = 'order_list' AND state = 'live'"
                )
                ((count, position),) = await cursor.fetchall()
                assert count == orders[position]
                self.looks += 1


async def test_writers_and_queries_go_on_while_it_rebuilds(shop_url: str) -> None:
    async with active_session(shop_url, group("operational")) as session:
        shop = Shop(shop_url, session)
        writing, looking = asyncio.create_task(shop.write()), asyncio.create_task(shop.look())
        for _ in range(3):
            before, looks = shop.written, shop.looks
            result = await rebuild(shop_url, LIST, batch_events=20)
            assert before < shop.written < len(shop.history)
            assert shop.looks > looks
            assert before <= result.position <= shop.written + 7
        shop.is_over = True
        await asyncio.gather(writing, looking)
    events = shop.history[: shop.written]
    assert [state for state, _ in await states(shop_url, LIST)] == [RETIRED, LIVE]
    await assert_tables_are_the_fold(shop_url, group("operational"), events)


async def test_a_killed_rebuild_goes_on_where_it_was(shop_url: str) -> None:
    killed = start_rebuild(shop_url, "rebuild.after_batch=kill@3")
    assert await asyncio.to_thread(killed.wait, DEADLINE_SECONDS) == -signal.SIGKILL
    assert await states(shop_url, LIST) == [(LIVE, len(EVENTS)), (BUILDING, 60)]
    building = await latest(shop_url, LIST)
    result = await rebuild(shop_url, LIST)
    assert (result.generation, result.is_resumed, result.events) == (
        building,
        True,
        len(EVENTS) - 60,
    )
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


async def test_a_rebuild_killed_in_the_switch_has_not_switched(shop_url: str) -> None:
    killed = start_rebuild(shop_url, "rebuild.before_switch=kill")
    assert await asyncio.to_thread(killed.wait, DEADLINE_SECONDS) == -signal.SIGKILL
    assert await states(shop_url, LIST) == [(LIVE, len(EVENTS)), (BUILDING, len(EVENTS))]
    result = await rebuild(shop_url, LIST)
    assert (result.is_resumed, result.events) == (True, 0)
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


async def test_what_another_fold_has_begun_is_begun_anew(shop_url: str) -> None:
    killed = start_rebuild(shop_url, "rebuild.after_batch=kill@3")
    assert await asyncio.to_thread(killed.wait, DEADLINE_SECONDS) == -signal.SIGKILL
    building = await latest(shop_url, LIST)
    newer = replace(LIST, fold_version="newer")
    result = await rebuild(shop_url, newer)
    assert (result.generation, result.is_resumed) == (building + 1, False)
    assert [each.fold_version for each in await generations(shop_url, LIST)] == [
        LIST.fold_version,
        "newer",
    ]
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


async def test_a_second_rebuild_is_told_who_holds_the_first(shop_url: str) -> None:
    first = start_rebuild(shop_url, "rebuild.after_batch=sleep:60")
    try:
        async with worker_connection(shop_url) as connection:
            await until_rows(
                connection,
                b"SELECT 1 FROM read_models.generations WHERE builder IS NOT NULL",
            )
        with pytest.raises(RebuildLocked) as refusal:
            await rebuild(shop_url, LIST)
        assert refusal.value.builder == f"{socket.gethostname()}:{first.pid}"
        assert refusal.value.since is not None
        assert refusal.value.since.tzinfo is not None
        assert f"order_list is locked by {refusal.value.builder} since" in str(refusal.value)
        assert (await rebuild(shop_url, SALES)).position == len(EVENTS)
    finally:
        first.kill()
        first.wait()


async def test_a_view_in_use_blocks_the_switch_and_nothing_else(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "SWITCH_TRIES_MAX", 1)
    async with query_connection(shop_url) as reader:
        async with reader.transaction():
            await reader.execute(b"SELECT count(*) FROM read_models.order_list")
            with pytest.raises(RebuildBlocked, match="run the rebuild again"):
                await rebuild(shop_url, LIST)
            assert await states(shop_url, LIST) == [(LIVE, len(EVENTS)), (BUILDING, len(EVENTS))]
        result = await rebuild(shop_url, LIST)
    assert (result.is_resumed, result.events) == (True, 0)
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


class FallBehind:
    """Lets the live table get ahead, 20 events at a time, whenever a rebuild has caught up."""

    def __init__(self, database_url: str, events: list[RecordedEvent]) -> None:
        self._database_url = database_url
        self._events = events
        self._catch_up = rebuild_module._Build.catch_up

    @property
    def catch_up(self) -> Callable[[rebuild_module._Build], Awaitable[None]]:
        """Stand in the place of the method."""

        async def catch_up_and_fall_behind(build: rebuild_module._Build) -> None:
            await self._catch_up(build)
            (live, *_) = await generations(self._database_url, LIST)
            ahead = self._events[live.position : live.position + 20]
            await append(self._database_url, ahead)
            async with active_session(self._database_url, [LIST]) as session:
                await session.apply(ahead)

        return catch_up_and_fall_behind


@pytest.mark.parametrize(("events_max", "position"), [(25, len(EVENTS) + 20), (10, None)])
async def test_a_switch_takes_along_what_was_appended_meanwhile(
    shop_url: str, monkeypatch: pytest.MonkeyPatch, events_max: int, position: int | None
) -> None:
    """Few events are applied inside the switch; before many it catches up again."""
    more = a_history(180)
    monkeypatch.setattr(rebuild_module._Build, "catch_up", FallBehind(shop_url, more).catch_up)
    monkeypatch.setattr(rebuild_module, "SWITCH_EVENTS_MAX", events_max)
    result = await rebuild(shop_url, LIST, batch_events=8)
    assert result.position == (position or len(more))
    await assert_tables_are_the_fold(shop_url, [LIST], more[: result.position])


async def test_a_switch_that_was_taken_back_is_tried_again(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = a_history(160)
    fall_behind = FallBehind(shop_url, more)
    monkeypatch.setattr(rebuild_module._Build, "catch_up", fall_behind.catch_up)
    monkeypatch.setattr(rebuild_module, "SWITCH_PAUSE_SECONDS", 0)
    waiting = b"SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
    async with query_connection(shop_url) as reader, worker_connection(shop_url) as onlooker:
        async with reader.transaction():
            await reader.execute(b"SELECT count(*) FROM read_models.order_list")
            rebuilding = asyncio.create_task(rebuild(shop_url, LIST))
            for count in (1, 0):  # it waits for the view, then gives up
                await until_rows(onlooker, waiting, ("read_models.order_list",), count=count)
        result = await rebuilding
    assert result.position == len(more)
    await assert_tables_are_the_fold(shop_url, [LIST], more)


async def append_poison(database_url: str, **fields: str) -> None:
    """Append one more event, of a product that was never registered."""
    history = History()
    history.events.extend(EVENTS)
    history.add(ProductActivated(sku="NOWHERE"), examples.STAFF, datetime(2026, 1, 1, tzinfo=UTC))
    await append(database_url, [replace(history.events[-1], **fields)])


async def assert_nothing_was_switched(database_url: str, projection: Projection) -> None:
    (live, building) = await generations(database_url, projection)
    assert (live.state, live.position, building.state) == (LIVE, len(EVENTS), BUILDING)
    assert building.position <= len(EVENTS)
    rows = await rows_of(database_url, projection, live.generation)
    assert rows == fold(projection, {}, EVENTS)


async def test_an_event_that_cannot_be_applied_leaves_the_live_table_alone(
    shop_url: str,
) -> None:
    await append_poison(shop_url)
    products = PROJECTIONS["product_list"]
    with pytest.raises(ProjectionFailed, match=f"at position {len(EVENTS) + 1} ") as failure:
        await rebuild(shop_url, products, batch_events=40)
    assert failure.value.projection == "product_list"
    await assert_nothing_was_switched(shop_url, products)


@pytest.mark.parametrize("batch_events", [1, 40, 2_000])
async def test_an_event_that_cannot_be_read_leaves_the_live_table_alone(
    shop_url: str, batch_events: int
) -> None:
    await append_poison(shop_url, type="product-vanished")
    culprit = len(EVENTS) + 1
    products = PROJECTIONS["product_list"]
    with pytest.raises(UndecodableEvent, match=f"^position {culprit}: .*'product-vanished'"):
        await rebuild(shop_url, products, batch_events=batch_events)
    await assert_nothing_was_switched(shop_url, products)
    assert (await generations(shop_url, products))[-1].position == len(EVENTS)


async def test_an_event_of_streams_that_a_projection_does_not_read_is_none_of_its_business(
    shop_url: str,
) -> None:
    await append_poison(shop_url, type="product-vanished")
    result = await rebuild(shop_url, LIST)
    assert result.position == len(EVENTS) + 1
    live = await latest(shop_url, LIST)
    assert await rows_of(shop_url, LIST, live) == fold(LIST, {}, EVENTS)


async def test_reports_how_far_it_is(shop_url: str) -> None:
    reports: list[RebuildProgress] = []
    await rebuild(shop_url, LIST, on_progress=reports.append, batch_events=100)
    batches = range(100, len(EVENTS), 100)
    assert [report.position for report in reports] == [*batches, len(EVENTS), len(EVENTS)]
    assert {(each.projection, each.generation, each.head) for each in reports} == {
        ("order_list", await latest(shop_url, LIST), len(EVENTS))
    }
    assert all(report.events_per_second > 0 for report in reports)
    assert reports[0].eta_seconds == pytest.approx(
        (len(EVENTS) - 100) / reports[0].events_per_second
    )
    assert reports[-1].eta_seconds == 0


async def test_tells_how_every_projection_stands(shop_url: str) -> None:
    more = a_history(160)
    await append(shop_url, more[len(EVENTS) :])
    await rebuild(shop_url, SALES)
    async with worker_connection(shop_url) as connection:
        standing = await list_projections(connection, {**PROJECTIONS, "order_list": LIST})
        unknown = await list_projections(connection, projections("UTC"))
    assert {each.name for each in standing} == set(PROJECTIONS)
    (old, new) = [each for each in standing if each.name == "sales_daily"]
    assert (old.state, old.checkpoint, old.lag_events) == (
        RETIRED,
        len(EVENTS),
        len(more) - len(EVENTS),
    )
    assert (new.state, new.checkpoint, new.lag_events, new.head) == (
        LIVE,
        len(more),
        0,
        len(more),
    )
    assert new.updated_at >= old.updated_at
    assert not any(each.wants_rebuild for each in standing)
    assert {each.name for each in unknown if each.wants_rebuild} == {"sales_daily", "product_sales"}
