"""Does the one active writer keep rows and checkpoints together, whatever comes?"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from domain.errors import ProjectionFailed
from domain.product import ProductActivated
from projections.registry import projections
from sql import projector_session
from sql.connection import Connection
from sql.database_lost import DatabaseLost
from sql.projector_session import ProjectorSession, StaleProjection
from sql.session_lock import CheckpointLost
from tests import examples
from tests.histories import History, a_history, append
from tests.projecting import (
    PROJECTIONS,
    WORKER,
    active_session,
    assert_tables_are_the_fold,
    generations,
    group,
    make_tables,
    query_connection,
    rows_of,
)
from tests.running_workers import eventually

EVENTS = a_history(60)
DETAIL = PROJECTIONS["order_detail"]
LIST = PROJECTIONS["order_list"]
PRODUCTS = PROJECTIONS["product_list"]
EVERYTHING = list(PROJECTIONS.values())
TAKE_OVER_SECONDS_MAX = 10


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A database with empty read tables and a log of EVENTS."""
    await make_tables(database_url)
    await append(database_url, EVENTS)
    return database_url


async def administer(database_url: str, statement: bytes, *values: object) -> int:
    """Run a statement as the superuser and answer how many rows it found."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as login:
        return (await login.execute(statement, values)).rowcount


async def end_session(database_url: str, name: str) -> None:
    """End the server's side of a session, as its timeouts would."""
    ended = await administer(
        database_url,
        b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        b" WHERE application_name = %s AND datname = current_database()",
        f"ordertrail projector {name}",
    )
    assert ended == 1


async def test_rows_are_the_fold_at_every_checkpoint(shop_url: str) -> None:
    async with active_session(shop_url, EVERYTHING) as session:
        assert session.position == 0
        for end in (1, 2, 23, 24, 60, len(EVENTS)):
            events = EVENTS[session.position : end]
            assert await session.apply(events) == session.position == end
            await assert_tables_are_the_fold(shop_url, EVERYTHING, EVENTS[:end])


async def test_overlapping_slices_apply_once(shop_url: str) -> None:
    async with active_session(shop_url, group("analytics")) as session:
        for first, last in ((1, 30), (1, 30), (10, 40), (40, 41), (1, 20), (1, len(EVENTS))):
            before = session.position
            assert await session.apply(EVENTS[first - 1 : last]) == max(before, last)
        assert await session.apply([]) == len(EVENTS)
    await assert_tables_are_the_fold(shop_url, group("analytics"), EVENTS)


async def test_a_hole_is_a_bug_of_the_caller(shop_url: str) -> None:
    async with active_session(shop_url, [LIST]) as session:
        with pytest.raises(AssertionError, match="continues the group's least checkpoint"):
            await session.apply(EVENTS[1:])
        with pytest.raises(AssertionError, match="consecutive"):
            await session.apply([*EVENTS[:3], EVENTS[4]])
        assert await session.apply(EVENTS) == len(EVENTS)


async def test_every_projection_of_a_group_goes_on_from_its_own_checkpoint(shop_url: str) -> None:
    async with active_session(shop_url, [LIST]) as session:
        await session.apply(EVENTS[:50])
    async with active_session(shop_url, [DETAIL]) as session:
        await session.apply(EVENTS[:20])
    async with active_session(shop_url, group("operational")) as session:
        assert session.position == 0
        await session.apply(EVENTS[:30])
        assert session.position == 30
        positions = [(await generations(shop_url, each))[0].position for each in (LIST, DETAIL)]
        assert positions == [50, 30]
        await session.apply(EVENTS[30:])
    await assert_tables_are_the_fold(shop_url, group("operational"), EVENTS)


async def test_a_session_that_lost_the_compare_and_set_changes_nothing(shop_url: str) -> None:
    async with active_session(shop_url, group("operational")) as session:
        await session.apply(EVENTS[:30])
        moved = await administer(
            shop_url,
            b"UPDATE read_models.checkpoints SET position = 31 WHERE projection = 'order_list'",
        )
        assert moved == 1
        with pytest.raises(CheckpointLost, match="order_list stands at 31, not at 30"):
            await session.apply(EVENTS[30:])
        (detail,) = await generations(shop_url, DETAIL)
        assert detail.position == 30
        rows = await rows_of(shop_url, DETAIL, detail.generation)
        assert max(row.last_position for row in rows.values()) <= 30


async def test_a_session_that_lost_the_compare_and_set_may_stand_by_again(shop_url: str) -> None:
    async with active_session(shop_url, [LIST]) as session:
        await session.apply(EVENTS[:30])
        await administer(shop_url, b"UPDATE read_models.checkpoints SET position = 0")
        await administer(shop_url, b"TRUNCATE read_models.order_list__g1")
        with pytest.raises(CheckpointLost):
            await session.apply(EVENTS[30:])
        await session.acquire()
        assert session.position == 0
        await session.apply(EVENTS)
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


async def test_a_second_session_stands_by_and_takes_over(shop_url: str) -> None:
    first = await ProjectorSession.open(shop_url, "test", [LIST], WORKER)
    second = await ProjectorSession.open(shop_url, "test", [LIST], WORKER)
    try:
        await first.acquire()
        await first.apply(EVENTS[:30])
        assert await second._lock.try_acquire() is False
        waiting = asyncio.create_task(second.acquire())
        holders = (
            b" FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            b" (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert await administer(shop_url, b"SELECT pid" + holders) == 1
        assert not waiting.done()
        await administer(shop_url, b"SELECT pg_terminate_backend(pid)" + holders)
        async with asyncio.timeout(TAKE_OVER_SECONDS_MAX):
            await waiting
        assert second.position == 30
        with pytest.raises(DatabaseLost):
            await first.apply(EVENTS[30:])
        await second.apply(EVENTS[30:])
    finally:
        await first.close()
        await second.close()
    await assert_tables_are_the_fold(shop_url, [LIST], EVENTS)


async def test_a_silent_holder_is_ended_by_the_server(shop_url: str) -> None:
    async with active_session(shop_url, [LIST]) as session:
        for setting in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
            cursor = await session._lock.conn.execute(f"SHOW {setting}".encode())
            assert await cursor.fetchone() == ("8s",)
        cursor = await session._lock.conn.execute(b"SHOW synchronous_commit")
        assert await cursor.fetchone() == ("off",)
        await session.keep_alive()
        await end_session(shop_url, "test")
        with pytest.raises(DatabaseLost):
            await session.keep_alive()


async def test_a_session_that_falls_silent_after_a_batch_is_ended(shop_url: str) -> None:
    """What ends a batch on the wire must not stop the server's clock for idle sessions."""
    async with active_session(shop_url, EVERYTHING) as session:
        await session._lock.conn.execute(b"SET idle_session_timeout = '1s'")
        await session.apply(EVENTS[:30])
        await eventually(lambda: is_gone(shop_url))
        with pytest.raises(DatabaseLost):
            await session.keep_alive()


async def test_a_session_that_falls_silent_inside_a_batch_is_ended(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_silent(point: str) -> None:
        if point == "projector.after_move":
            await eventually(lambda: is_gone(shop_url))

    async with active_session(shop_url, EVERYTHING) as session:
        await session._lock.conn.execute(b"SET transaction_timeout = '1s'")
        monkeypatch.setattr(projector_session, "failpoint", be_silent)
        with pytest.raises(DatabaseLost):
            await session.apply(EVENTS[:30])
    await assert_tables_are_the_fold(shop_url, EVERYTHING, [])


async def test_what_has_waited_is_retried_without_a_time_limit(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one transaction for as many events as have waited, however many."""
    limits: list[object] = []

    async def note_the_limit(connection: Connection, *_: object) -> None:
        cursor = await connection.execute(b"SHOW transaction_timeout")
        limits.append(await cursor.fetchone())

    await administer(shop_url, b"UPDATE read_models.checkpoints SET parked_changes = 1")
    monkeypatch.setattr(projector_session, "retry_readable", note_the_limit)
    async with active_session(shop_url, [LIST]) as session:
        await session.acquire()
        cursor = await session._lock.conn.execute(b"SHOW transaction_timeout")
        assert await cursor.fetchone() == ("8s",)
    assert limits == [("0",), ("0",)]


async def is_gone(database_url: str) -> bool:
    query = (
        b"SELECT FROM pg_stat_activity WHERE application_name = 'ordertrail projector test'"
        b" AND datname = current_database()"
    )
    return await administer(database_url, query) == 0


async def test_a_connection_lost_in_mid_transaction_leaves_nothing_behind(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(point: str) -> None:
        if point == "projector.before_commit":
            await end_session(shop_url, "test")

    async with active_session(shop_url, group("analytics")) as session:
        await session.apply(EVENTS[:30])
        monkeypatch.setattr(projector_session, "failpoint", cut)
        with pytest.raises(DatabaseLost):
            await session.apply(EVENTS[30:])
    await assert_tables_are_the_fold(shop_url, group("analytics"), EVENTS[:30])


async def test_a_transaction_that_hangs_is_given_up(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector_session, "TRANSACTION_TIMEOUT_SECONDS", 0.3)
    async with (
        await psycopg.AsyncConnection.connect(shop_url) as other,
        active_session(shop_url, [LIST]) as session,
    ):
        await other.execute(b"SELECT FROM read_models.checkpoints FOR UPDATE")
        with pytest.raises(DatabaseLost, match=r"no commit within 0\.3 s"):
            await session.apply(EVENTS)


def impossible(history: History) -> None:
    """Activate a product that was never registered."""
    history.add(ProductActivated(sku="NOWHERE"), examples.STAFF, datetime(2026, 1, 1, tzinfo=UTC))


def unstorable(history: History) -> None:
    """Register a product whose name PostgreSQL cannot store."""
    history.add(
        replace(EVENTS_OF_A_PRODUCT.events[0].data, sku="ZERO", name="a\0b"),
        examples.STAFF,
        datetime(2026, 1, 1, tzinfo=UTC),
    )


EVENTS_OF_A_PRODUCT = History()
EVENTS_OF_A_PRODUCT.do(examples.a_product())


@pytest.mark.parametrize("poison", [impossible, unstorable])
async def test_an_event_that_cannot_be_applied_stops_the_group_there(
    database_url: str, poison: Callable[[History], None]
) -> None:
    history = History()
    for command in examples.a_shop():
        history.do(command)
    before = list(history.events)
    poison(history)
    culprit = history.events[-1]
    history.do(examples.an_order())
    await make_tables(database_url)
    async with active_session(database_url, group("operational")) as session:
        with pytest.raises(ProjectionFailed) as failure:
            await session.apply(history.events)
        assert failure.value.projection == "product_list"
        assert failure.value.position == culprit.position == len(before) + 1
        assert failure.value.stream == culprit.stream
        assert failure.value.event_type == culprit.type
        assert failure.value.__cause__ is not None
        assert session.position == len(before)
        await assert_tables_are_the_fold(database_url, group("operational"), before)


async def test_says_which_command_helps_a_table_of_another_fold(shop_url: str) -> None:
    async with active_session(shop_url, [PROJECTIONS["sales_daily"]]) as session:
        await session.apply(EVENTS)
    stale = await ProjectorSession.open(
        shop_url, "test", [LIST, projections("UTC")["sales_daily"]], WORKER
    )
    try:
        with pytest.raises(StaleProjection, match="`ordertrail projections rebuild sales_daily`"):
            await stale.acquire()
    finally:
        await stale.close()


async def test_says_which_command_helps_a_missing_table(shop_url: str) -> None:
    unknown = await ProjectorSession.open(shop_url, "test", [replace(LIST, name="new")], WORKER)
    try:
        with pytest.raises(StaleProjection, match="new has no table yet: run `ordertrail migrate"):
            await unknown.acquire()
    finally:
        await unknown.close()


async def test_tells_waiting_queries_where_each_projection_is(shop_url: str) -> None:
    async with (
        query_connection(shop_url) as listener,
        active_session(shop_url, group("analytics")) as session,
    ):
        await listener.execute(b"LISTEN ordertrail_projection")
        await session.apply(EVENTS[:30])
        await session.apply(EVENTS[30:])
        wanted = {f"{name}:{len(EVENTS)}" for name in ("sales_daily", "product_sales")}
        async for heard in listener.notifies(timeout=10):
            wanted.discard(heard.payload)
            if not wanted:
                break
        assert wanted == set()


async def test_notifies_again_after_its_connection_was_cut(shop_url: str) -> None:
    async with (
        query_connection(shop_url) as listener,
        active_session(shop_url, [LIST]) as session,
    ):
        await listener.execute(b"LISTEN ordertrail_projection")
        await session.apply(EVENTS[:10])
        async for heard in listener.notifies(timeout=10, stop_after=1):
            assert heard.payload == "order_list:10"
        await administer(
            shop_url,
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            b" WHERE application_name = 'ordertrail projection notifier'"
            b" AND datname = current_database()",
        )
        for end in range(11, len(EVENTS)):
            await session.apply(EVENTS[:end])
            if [heard async for heard in listener.notifies(timeout=1, stop_after=1)]:
                return
        pytest.fail("nobody was woken any more")
