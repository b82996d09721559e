"""Does what waits go on in its order, by a retry or without the event at fault?"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from domain.errors import ProjectionFailed, UndecodableEvent
from domain.order_events import OrderPlaced
from projections.parking import stream_unit
from projections.projection import Projection
from projections.projector import fold
from sql.checkpoints import StaleProjection
from sql.parked import ParkedKeyUnknown, RetryResult, discard_parked, list_parked, retry_parked
from sql.rebuild import rebuild
from tests.examples_log import superuser
from tests.histories import a_history, append
from tests.projecting import (
    PROJECTIONS,
    active_session,
    assert_tables_are_the_fold,
    generations,
    make_tables,
    rows_of,
    worker_connection,
)
from tests.stumbling import (
    X,
    Y,
    follow,
    log_of,
    noted_orders,
    notes_of,
    parked_of,
    stumbling,
    waiting_of,
)

DETAIL = PROJECTIONS["order_detail"]
SALES = PROJECTIONS["sales_daily"]
PRODUCT_SALES = PROJECTIONS["product_sales"]
EVENTS, OF_X, OF_Y = noted_orders()
HEAD = len(EVENTS)
ROW_OF_X = f'["{X}"]'
ALL_NOTES = {X: ["note-0", "note-2", "note-4"], Y: ["note-1", "note-3"]}


async def park(database_url: str, *of: Projection) -> None:
    """Follow the whole log with projections that stumble."""
    await make_tables(database_url)
    await append(database_url, EVENTS)
    async with active_session(database_url, of) as session:
        await follow(session, EVENTS)


async def retry(
    database_url: str, known: Mapping[str, Projection] = PROJECTIONS, index: int = 0
) -> RetryResult:
    async with worker_connection(database_url) as connection:
        parked = await list_parked(connection)
        return await retry_parked(connection, known, parked[index].id)


async def discard(
    database_url: str, known: Mapping[str, Projection] = PROJECTIONS, index: int = 0
) -> RetryResult:
    async with worker_connection(database_url) as connection:
        parked = await list_parked(connection)
        return await discard_parked(
            connection, known, parked[index].id, reason="a typo", by="staff:jo"
        )


async def changes_of(database_url: str, projection: Projection) -> list[int]:
    return [each.parked_changes for each in await generations(database_url, projection)]


async def test_a_retry_applies_everything_that_waits_in_its_order(database_url: str) -> None:
    await park(database_url, stumbling(DETAIL, OF_X[1]))
    before = await changes_of(database_url, DETAIL)
    assert await retry(database_url) == RetryResult("order_detail", "row", ROW_OF_X, 3, None, None)
    assert await changes_of(database_url, DETAIL) == [before[0] + 1]
    assert (await parked_of(database_url), await waiting_of(database_url, DETAIL)) == ([], {})
    assert await notes_of(database_url, DETAIL) == ALL_NOTES
    await assert_tables_are_the_fold(database_url, [DETAIL], EVENTS)


async def test_a_retry_with_the_cause_unmended_changes_nothing_but_the_count(
    database_url: str,
) -> None:
    broken = stumbling(DETAIL, OF_X[2])
    await park(database_url, broken)
    (before,), rows = await parked_of(database_url), await rows_of(database_url, DETAIL)
    detail = f"AssertionError: no way at {OF_X[2]}"
    for tries in (1, 2):
        assert await retry(database_url, {**PROJECTIONS, "order_detail": broken}) == RetryResult(
            "order_detail", "row", ROW_OF_X, 0, OF_X[2], detail
        )
        (after,) = await parked_of(database_url)
        assert after.tried_at is not None
        assert after == replace(before, tries=tries, tried_at=after.tried_at)
    assert await rows_of(database_url, DETAIL) == rows


async def test_a_retry_that_fails_later_applies_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.parked.PAGE_EVENTS_MAX", 1)  # so that something has been written
    await park(database_url, stumbling(DETAIL, OF_X[1], OF_X[3]))
    broken = {**PROJECTIONS, "order_detail": stumbling(DETAIL, OF_X[3])}
    result = await retry(database_url, broken)
    assert (result.applied, result.still_parked_since) == (0, OF_X[1])
    assert await waiting_of(database_url, DETAIL) == {(1, ROW_OF_X): OF_X[1:]}
    assert await notes_of(database_url, DETAIL) == {X: [], Y: ALL_NOTES[Y]}


async def test_a_discard_skips_the_culprit_and_applies_the_rest(database_url: str) -> None:
    broken = stumbling(DETAIL, OF_X[1])
    await park(database_url, broken)
    known = {**PROJECTIONS, "order_detail": broken}
    assert await discard(database_url, known) == RetryResult(
        "order_detail", "row", ROW_OF_X, 2, None, None
    )
    assert await notes_of(database_url, DETAIL) == {X: ["note-2", "note-4"], Y: ALL_NOTES[Y]}
    async with superuser(database_url) as connection:
        cursor = await connection.execute(
            "SELECT projection, kind, key, position, reason, discarded_by"
            " FROM read_models.discarded_events"
        )
        assert await cursor.fetchall() == [
            ("order_detail", "row", ROW_OF_X, OF_X[1], "a typo", "staff:jo")
        ]
    assert await parked_of(database_url) == []


async def test_a_discard_stops_at_the_next_culprit(database_url: str) -> None:
    broken = stumbling(DETAIL, OF_X[1], OF_X[3])
    await park(database_url, broken)
    known = {**PROJECTIONS, "order_detail": broken}
    detail = f"AssertionError: no way at {OF_X[3]}"
    assert await discard(database_url, known) == RetryResult(
        "order_detail", "row", ROW_OF_X, 1, OF_X[3], detail
    )
    (parked,) = await parked_of(database_url)
    assert (parked.since_position, parked.tries, parked.detail) == (OF_X[3], 0, detail)
    assert await waiting_of(database_url, DETAIL) == {(1, ROW_OF_X): OF_X[3:]}
    assert await notes_of(database_url, DETAIL) == {X: ["note-2"], Y: ALL_NOTES[Y]}
    await retry(database_url)
    assert await notes_of(database_url, DETAIL) == {X: ["note-2", "note-4"], Y: ALL_NOTES[Y]}


async def test_without_its_beginning_a_row_stays_parked_at_every_event(database_url: str) -> None:
    broken = stumbling(DETAIL, OF_X[0])
    await park(database_url, broken)
    for position in OF_X[1:]:
        result = await discard(database_url, {**PROJECTIONS, "order_detail": broken})
        assert result.still_parked_since == position
    assert (await discard(database_url)).still_parked_since is None
    assert await notes_of(database_url, DETAIL) == {Y: ALL_NOTES[Y]}


async def test_the_live_writer_hears_of_a_retry_and_of_a_discard(database_url: str) -> None:
    more, of_x, _ = noted_orders("XYXYXXYX")
    assert more[:HEAD] == EVENTS
    await make_tables(database_url)
    await append(database_url, more)
    broken = stumbling(DETAIL, OF_X[1], OF_X[3])
    async with active_session(database_url, [broken]) as session:
        await follow(session, more[:HEAD])
        assert session.parked == 1
        await discard(database_url, {**PROJECTIONS, "order_detail": broken})
        await follow(session, more[HEAD : HEAD + 1])
        assert session.parked == 1
        assert await waiting_of(database_url, DETAIL) == {(1, ROW_OF_X): [OF_X[3], of_x[4]]}
        await retry(database_url)
        await follow(session, more[HEAD + 1 :])
        assert session.parked == 0
    assert (await notes_of(database_url, DETAIL))[X] == ["note-2", "note-4", "note-5", "note-7"]


async def test_retries_while_the_live_session_writes_lose_nothing(database_url: str) -> None:
    history = a_history(120)
    culprits = [e.position for e in history[::3] if isinstance(e.data, OrderPlaced)]
    await make_tables(database_url)
    await append(database_url, history)
    is_over = asyncio.Event()

    async def retry_what_is_there() -> None:
        async with worker_connection(database_url) as connection:
            while True:
                was_over = is_over.is_set()
                parked = await list_parked(connection)
                for each in parked:
                    result = await retry_parked(connection, PROJECTIONS, each.id)
                    assert result.still_parked_since is None
                if was_over:
                    return
                await asyncio.sleep(0)

    retrying = asyncio.create_task(retry_what_is_there())
    broken = [stumbling(DETAIL, *culprits), stumbling(SALES, *culprits[::2])]
    async with active_session(database_url, broken) as session:
        for first in range(0, len(history), 10):
            await follow(session, history[first : first + 10])
        assert session.position == len(history)
    is_over.set()
    await retrying
    await assert_tables_are_the_fold(database_url, [DETAIL, SALES], history)


async def test_nothing_is_parked_under_another_id(database_url: str) -> None:
    await park(database_url, stumbling(DETAIL, OF_X[1]))
    (parked,) = await parked_of(database_url)
    async with worker_connection(database_url) as connection:
        for known, parked_id in ((PROJECTIONS, parked.id + 1), ({}, parked.id)):
            with pytest.raises(ParkedKeyUnknown):
                await retry_parked(connection, known, parked_id)
            with pytest.raises(ParkedKeyUnknown):
                await discard_parked(connection, known, parked_id, reason="r", by="b")
        newer = {"order_detail": replace(DETAIL, fold_version="newer")}
        with pytest.raises(StaleProjection, match="projections rebuild order_detail"):
            await retry_parked(connection, newer, parked.id)
    assert await parked_of(database_url) == [parked]


# What could not be read --------------------------------------------------------------------------


@asynccontextmanager
async def unread(
    database_url: str,
    *positions: int,
    of: tuple[Projection, ...] = (DETAIL, SALES, PRODUCT_SALES),
) -> AsyncGenerator[None]:
    """Follow a log in which this code cannot read some events; after the block it can."""
    await make_tables(database_url)
    await append(
        database_url,
        [replace(e, schema_version=9) if e.position in positions else e for e in EVENTS],
    )
    async with active_session(database_url, of) as session:
        await follow(session, await log_of(database_url))
    yield
    async with superuser(database_url) as connection:
        await connection.execute("ALTER TABLE event_store.events DISABLE TRIGGER USER")
        for position in positions:
            await connection.execute(
                "UPDATE event_store.events SET schema_version = %s WHERE position = %s",
                (EVENTS[position - 1].schema_version, position),
            )


async def test_what_this_code_can_read_is_retried_when_a_session_starts(database_url: str) -> None:
    async with unread(database_url, OF_X[0], OF_Y[2]):
        async with active_session(database_url, [DETAIL, SALES, PRODUCT_SALES]) as session:
            assert session.parked == 6
        assert {each.tries for each in await parked_of(database_url)} == {0}
    async with active_session(database_url, [DETAIL, SALES, PRODUCT_SALES]) as session:
        assert session.parked == 0
    assert await notes_of(database_url, DETAIL) == ALL_NOTES
    await assert_tables_are_the_fold(database_url, [DETAIL, SALES, PRODUCT_SALES], EVENTS)


async def test_what_can_be_read_but_not_applied_stays_parked_and_is_not_tried_at_every_start(
    database_url: str,
) -> None:
    async with unread(database_url, OF_X[1]):
        pass
    for _ in range(2):
        async with active_session(database_url, [stumbling(DETAIL, OF_X[1])]) as session:
            assert session.parked == 1
    (parked,) = [each for each in await parked_of(database_url) if each.projection == DETAIL.name]
    assert (parked.code, parked.tries) == ("projection_failed", 1)


async def test_a_retried_stream_leaves_an_event_to_the_row_that_is_parked_before_it(
    database_url: str,
) -> None:
    """Sales of a day: X's placing cannot be applied and parks the day, Y's cannot be read."""
    async with unread(database_url, OF_Y[0], of=(stumbling(SALES, OF_X[0]),)):
        kinds = sorted((each.kind, each.since_position) for each in await parked_of(database_url))
        assert kinds == [("row", OF_X[0]), ("row", OF_X[0]), ("stream", OF_Y[0])]
    async with active_session(database_url, [SALES]) as session:
        assert session.parked == 2
    assert list((await waiting_of(database_url, SALES)).values()) == [[OF_X[0], OF_Y[0]]] * 2
    assert await rows_of(database_url, SALES) == {}
    for _ in range(2):
        assert (await retry(database_url)).applied == 2
    await assert_tables_are_the_fold(database_url, [SALES], EVENTS)


async def test_a_late_event_does_not_turn_back_last_position(database_url: str) -> None:
    async with unread(database_url, OF_X[0]):
        (row, *_) = (await rows_of(database_url, SALES)).values()
        assert (row.orders_placed, row.last_position) == (1, OF_Y[0])
    async with active_session(database_url, [SALES, PRODUCT_SALES]):
        pass
    (row, *_) = (await rows_of(database_url, SALES)).values()
    assert (row.orders_placed, row.last_position) == (2, OF_Y[0])
    await assert_tables_are_the_fold(database_url, [SALES, PRODUCT_SALES], EVENTS)


# Generations -------------------------------------------------------------------------------------


async def test_a_rebuild_fails_at_a_culprit_and_skips_exactly_what_was_discarded(
    database_url: str,
) -> None:
    broken = stumbling(DETAIL, OF_X[1], OF_Y[1])
    known = {**PROJECTIONS, "order_detail": broken}
    await park(database_url, broken)
    with pytest.raises(ProjectionFailed, match=f"at position {OF_X[1]} "):
        await rebuild(database_url, broken, batch_events=3)
    assert await notes_of(database_url, DETAIL, 1) == {X: [], Y: []}
    await discard(database_url, known)
    with pytest.raises(ProjectionFailed, match=f"at position {OF_Y[1]} "):
        await rebuild(database_url, broken, batch_events=3)
    await discard(database_url, known)
    result = await rebuild(database_url, broken)
    assert result.is_resumed
    expected = {X: ["note-2", "note-4"], Y: ["note-3"]}
    assert await notes_of(database_url, DETAIL) == expected
    assert await notes_of(database_url, DETAIL, 1) == expected


async def test_a_rebuild_skips_an_unreadable_event_that_was_discarded(database_url: str) -> None:
    async with unread(database_url, OF_X[2]):
        with pytest.raises(UndecodableEvent, match=f"^position {OF_X[2]}: "):
            await rebuild(database_url, DETAIL)
        async with worker_connection(database_url) as connection:
            (parked, *_) = await list_parked(connection)
            assert parked.key == stream_unit(EVENTS[OF_X[0] - 1].stream).key
            result = await discard_parked(
                connection, PROJECTIONS, parked.id, reason="broken", by="staff:jo"
            )
        assert result == RetryResult("order_detail", "stream", parked.key, 1, None, None)
        await rebuild(database_url, DETAIL)
        expected = {X: ["note-0", "note-4"], Y: ALL_NOTES[Y]}
        assert await notes_of(database_url, DETAIL, 1) == expected
        assert await notes_of(database_url, DETAIL) == expected


async def test_a_discard_behind_a_rebuild_under_way_makes_it_begin_anew(database_url: str) -> None:
    broken = stumbling(DETAIL, OF_X[1])
    await park(database_url, broken)
    late = stumbling(DETAIL, OF_X[2])
    with pytest.raises(ProjectionFailed, match=f"at position {OF_X[2]} "):
        await rebuild(database_url, late, batch_events=1)
    assert (await generations(database_url, DETAIL))[-1].position == OF_X[2] - 1
    await discard(database_url, {**PROJECTIONS, "order_detail": broken})
    assert len(await generations(database_url, DETAIL)) == 1
    await rebuild(database_url, DETAIL)
    assert await notes_of(database_url, DETAIL) == {X: ["note-2", "note-4"], Y: ALL_NOTES[Y]}


async def test_nothing_of_the_old_table_is_parked_of_the_new_one(database_url: str) -> None:
    await park(database_url, stumbling(DETAIL, OF_X[1]))
    await rebuild(database_url, DETAIL)
    assert await parked_of(database_url) == []
    (retired,) = await parked_of(database_url, live_only=False)
    assert (retired.generation, retired.waiting_events) == (1, 3)
    assert await notes_of(database_url, DETAIL) == ALL_NOTES
    async with active_session(database_url, [DETAIL]) as session:
        assert session.parked == 0
    async with worker_connection(database_url) as connection:
        await retry_parked(connection, PROJECTIONS, retired.id)
    await assert_tables_are_the_fold(database_url, [DETAIL], EVENTS)


async def test_a_retired_table_follows_along_and_takes_its_parks_with_it(database_url: str) -> None:
    more, of_x, _ = noted_orders("XYXYXXYX")
    await make_tables(database_url)
    await append(database_url, more[: OF_X[1] - 1])
    async with active_session(database_url, [DETAIL]) as session:
        await session.apply(more[: OF_X[1] - 1])
        await rebuild(database_url, DETAIL)
    await append(database_url, more[OF_X[1] - 1 :])
    broken = stumbling(DETAIL, of_x[2], of_x[4])
    async with active_session(database_url, [broken]) as session:
        await follow(session, more)
        assert session.parked == 1
    assert await waiting_of(database_url, DETAIL) == {
        (1, ROW_OF_X): of_x[2:],
        (2, ROW_OF_X): of_x[2:],
    }
    await discard(database_url, {**PROJECTIONS, "order_detail": broken})
    assert await waiting_of(database_url, DETAIL) == {
        (1, ROW_OF_X): of_x[4:],
        (2, ROW_OF_X): of_x[4:],
    }
    await retry(database_url)
    assert await parked_of(database_url, live_only=False) == []
    expected = fold(DETAIL, {}, [event for event in more if event.position != of_x[2]])
    for generation in (1, 2):
        assert await rows_of(database_url, DETAIL, generation) == expected
