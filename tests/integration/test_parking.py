"""Is only the culprit parked, while its neighbours and everybody else go on?"""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.projection import Key, Projection
from projections.projector import fold
from sql import projector_session
from sql.parked import ParkedKey
from tests.examples_log import superuser
from tests.histories import a_history, append
from tests.projecting import (
    DEADLINE_SECONDS,
    PROJECTIONS,
    active_session,
    assert_tables_are_the_fold,
    generations,
    group,
    make_tables,
    rows_of,
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

ROOT = Path(__file__).parents[2]
DETAIL = PROJECTIONS["order_detail"]
SALES = PROJECTIONS["sales_daily"]
EVENTS, OF_X, OF_Y = noted_orders()
HEAD = len(EVENTS)

A_FOLLOWER = """
import asyncio, sys
sys.path.insert(0, "")
from tests.projecting import PROJECTIONS, active_session
from tests.stumbling import follow, log_of, stumbling
async def main(url, position):
    detail = stumbling(PROJECTIONS["order_detail"], int(position))
    async with active_session(url, [detail]) as session:
        await follow(session, await log_of(url))
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A database with empty read tables and a log of two orders with notes."""
    await make_tables(database_url)
    await append(database_url, EVENTS)
    return database_url


def facts(parked: list[ParkedKey]) -> list[tuple[str, str, str, int, str, int]]:
    """Answer of what is parked what a test can know."""
    return [
        (each.projection, each.kind, each.key, each.since_position, each.code, each.waiting_events)
        for each in parked
    ]


@pytest.mark.parametrize("batch", [1, 3, HEAD])
async def test_a_fold_that_raises_parks_the_row_and_the_neighbours_are_applied(
    shop_url: str, batch: int
) -> None:
    culprit = OF_X[1]
    async with active_session(shop_url, [stumbling(DETAIL, culprit), SALES]) as session:
        for first in range(0, HEAD, batch):
            await follow(session, EVENTS[first : first + batch])
        assert (session.position, session.parked) == (HEAD, 1)
    (parked,) = await parked_of(shop_url)
    assert facts([parked]) == [("order_detail", "row", f'["{X}"]', culprit, "projection_failed", 3)]
    assert parked.detail == f"AssertionError: no way at {culprit}"
    assert await waiting_of(shop_url, DETAIL) == {(1, f'["{X}"]'): OF_X[1:]}
    assert await notes_of(shop_url, DETAIL) == {X: [], Y: ["note-1", "note-3"]}
    await assert_tables_are_the_fold(shop_url, [SALES], EVENTS)


async def test_everything_before_a_culprit_is_applied_when_it_is_told(shop_url: str) -> None:
    late, early = stumbling(DETAIL, OF_X[2]), stumbling(PROJECTIONS["order_list"], OF_X[1])
    async with active_session(shop_url, [late, early]) as session:
        with pytest.raises(ProjectionFailed) as failure:
            await session.apply(EVENTS)
        assert (failure.value.projection, failure.value.position) == ("order_list", OF_X[1])
        assert session.position == OF_X[1] - 1


async def test_a_second_culprit_on_the_same_row_waits_untried(shop_url: str) -> None:
    async with active_session(shop_url, [stumbling(DETAIL, OF_X[1], OF_X[2])]) as session:
        await follow(session, EVENTS)
    assert [each.since_position for each in await parked_of(shop_url)] == [OF_X[1]]
    assert await waiting_of(shop_url, DETAIL) == {(1, f'["{X}"]'): OF_X[1:]}


async def test_two_rows_are_parked_apart(shop_url: str) -> None:
    async with active_session(shop_url, [stumbling(DETAIL, OF_X[1], OF_Y[2])]) as session:
        await follow(session, EVENTS)
    assert await waiting_of(shop_url, DETAIL) == {
        (1, f'["{X}"]'): OF_X[1:],
        (1, f'["{Y}"]'): OF_Y[2:],
    }


async def test_every_row_that_the_culprit_touches_is_parked(shop_url: str) -> None:
    async with active_session(shop_url, [stumbling(SALES, OF_X[0])]) as session:
        await follow(session, EVENTS)
        assert session.parked == 2
    keys = {key for _, key in await waiting_of(shop_url, SALES)}
    assert keys == {f'["{clock}","2026-05-04","GBP","web","GB"]' for clock in ("business", "utc")}


async def test_rows_that_the_database_refuses_are_parked(shop_url: str) -> None:
    async with superuser(shop_url) as connection:
        await connection.execute(
            "ALTER TABLE read_models.order_detail__g1"
            " ADD CHECK (json_array_length(to_json(notes)) < 2)"
        )
    async with active_session(shop_url, [DETAIL, SALES]) as session:
        await follow(session, EVENTS)
    parked = await parked_of(shop_url)
    assert facts(parked) == [
        ("order_detail", "row", f'["{X}"]', OF_X[2], "rows_refused", 2),
        ("order_detail", "row", f'["{Y}"]', OF_Y[2], "rows_refused", 1),
    ]
    assert parked[0].detail.startswith("23514: new row for relation")
    assert "Note" not in parked[0].detail
    assert await notes_of(shop_url, DETAIL) == {X: ["note-0"], Y: ["note-1"]}
    await assert_tables_are_the_fold(shop_url, [SALES], EVENTS)


async def test_a_row_too_large_for_an_index_is_parked_and_not_taken_for_a_lost_database(
    database_url: str,
) -> None:
    products = PROJECTIONS["product_list"]
    await make_tables(database_url)
    sku = os.urandom(6_000).hex()  # no compression makes it short
    huge: Any = replace(EVENTS[0].data, sku=sku)
    log = [replace(EVENTS[0], data=huge, stream=f"product-{sku[:9]}"), *EVENTS[1:]]
    async with active_session(database_url, [products]) as session:
        await follow(session, log)
        assert session.parked >= 1
    parked = await parked_of(database_url)
    assert parked[0].code == "rows_refused"
    assert parked[0].detail.startswith("54000: ")


@pytest.mark.parametrize(
    "newer", [{"type": "order-teleported"}, {"schema_version": 9}, {"data": None}]
)
async def test_an_event_that_cannot_be_read_parks_its_stream_where_it_is_read(
    database_url: str, newer: dict[str, Any]
) -> None:
    await make_tables(database_url)
    culprit = OF_X[2]
    await append(
        database_url, [replace(e, **newer) if e.position == culprit else e for e in EVENTS]
    )
    async with active_session(database_url, list(PROJECTIONS.values())) as session:
        assert await session.apply(await log_of(database_url)) == HEAD
    of_others = {
        "product_list",
        "stock_availability",
        "reservations_open",
        "payment_ledger",
        "fulfilment_queue",
        "returns_worklist",
        "timers",
        "process_status",
    }
    reading = sorted(name for name in PROJECTIONS if name not in of_others)
    stream = EVENTS[culprit - 1].stream
    assert facts(await parked_of(database_url)) == [
        (name, "stream", stream, culprit, "undecodable_event", 2) for name in reading
    ]
    before = [e for e in EVENTS if e.stream != stream or e.position < culprit]
    for projection in PROJECTIONS.values():
        assert await rows_of(database_url, projection) == fold(projection, {}, before)


async def test_a_later_event_of_a_parked_stream_waits_in_a_later_batch_and_term(
    database_url: str,
) -> None:
    await make_tables(database_url)
    culprit = OF_X[1]
    await append(
        database_url,
        [replace(e, type="order-x") if e.position == culprit else e for e in EVENTS],
    )
    log = await log_of(database_url)
    async with active_session(database_url, [DETAIL]) as session:
        await session.apply(log[:culprit])
        await session.apply(log[: culprit + 2])
    async with active_session(database_url, [DETAIL]) as session:
        assert session.parked == 1
        await session.apply(log[culprit + 2 :])
    assert await waiting_of(database_url, DETAIL) == {(1, EVENTS[culprit - 1].stream): OF_X[1:]}
    assert await notes_of(database_url, DETAIL) == {X: [], Y: ["note-1", "note-3"]}


async def test_keys_that_cannot_be_told_park_the_stream(shop_url: str) -> None:
    culprit = OF_X[2]

    def keys(event: RecordedEvent) -> tuple[Key, ...]:
        if event.position == culprit:
            raise ValueError("no key")
        return DETAIL.keys(event)

    async with active_session(shop_url, [replace(DETAIL, keys=keys)]) as session:
        await follow(session, EVENTS)
    stream = EVENTS[culprit - 1].stream
    assert facts(await parked_of(shop_url)) == [
        ("order_detail", "stream", stream, culprit, "projection_failed", 2)
    ]
    assert await notes_of(shop_url, DETAIL) == {X: ["note-0"], Y: ["note-1", "note-3"]}


async def test_nothing_is_asked_about_parking_while_nothing_is_parked(
    shop_url: str,
) -> None:
    """Whether the tables of parking are there or not."""
    async with active_session(shop_url, group("operational")) as session:
        async with superuser(shop_url) as connection:
            await connection.execute("ALTER TABLE read_models.parked_keys RENAME TO parked_not")
            await connection.execute("ALTER TABLE read_models.parked_events RENAME TO events_not")
            await connection.execute("ALTER TABLE read_models.discarded_events RENAME TO dis_not")
        assert await session.apply(EVENTS) == HEAD


def start_follower(database_url: str, position: int, failpoints: str) -> subprocess.Popen[bytes]:
    """Follow in a process of its own, with an order_detail that stumbles at a position."""
    return subprocess.Popen(
        [sys.executable, "-c", A_FOLLOWER, database_url, str(position)],
        cwd=ROOT,
        env={**os.environ, "FAILPOINTS": failpoints},
    )


@pytest.mark.parametrize(
    ("point", "is_parked"),
    [
        ("projector.before_park", False),
        ("projector.before_commit@2", False),
        ("projector.after_park", True),
    ],
)
async def test_a_process_killed_while_it_parks_leaves_all_of_it_or_nothing(
    shop_url: str, point: str, *, is_parked: bool
) -> None:
    culprit = OF_X[1]
    name, _, nth = point.partition("@")
    dying = start_follower(shop_url, culprit, f"{name}=kill@{nth or 1}")
    assert dying.wait(DEADLINE_SECONDS) == -signal.SIGKILL
    (checkpoint,) = await generations(shop_url, DETAIL)
    assert checkpoint.position == (culprit if is_parked else culprit - 1)
    expected = {(1, f'["{X}"]'): [culprit]} if is_parked else {}
    assert await waiting_of(shop_url, DETAIL) == expected
    living = start_follower(shop_url, culprit, "")
    assert living.wait(DEADLINE_SECONDS) == 0
    assert await waiting_of(shop_url, DETAIL) == {(1, f'["{X}"]'): OF_X[1:]}
    assert await notes_of(shop_url, DETAIL) == {X: [], Y: ["note-1", "note-3"]}


async def test_a_connection_lost_while_parking_is_no_reason_to_park_more(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next session knows what is parked and goes on where this one was."""
    culprit = OF_X[1]

    async def cut(point: str) -> None:
        if (
            point == "projector.before_commit"
            and (await generations(shop_url, DETAIL))[0].position == culprit - 1
        ):
            async with superuser(shop_url) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'ordertrail projector test'"
                    " AND datname = current_database()"
                )

    broken: Projection = stumbling(DETAIL, culprit)
    monkeypatch.setattr(projector_session, "failpoint", cut)
    with pytest.raises(projector_session.DatabaseLost):
        async with active_session(shop_url, [broken]) as session:
            await follow(session, EVENTS)
    monkeypatch.undo()
    assert await parked_of(shop_url) == []
    async with active_session(shop_url, [broken]) as session:
        await follow(session, EVENTS)
    assert await waiting_of(shop_url, DETAIL) == {(1, f'["{X}"]'): OF_X[1:]}


async def test_a_history_with_many_culprits_keeps_every_position(database_url: str) -> None:
    """I10: every position is applied, waiting, or above the checkpoint."""
    history = a_history(60)
    culprits = [event.position for event in history[::7]]
    await make_tables(database_url)
    await append(database_url, history)
    projection = stumbling(DETAIL, *culprits)
    async with active_session(database_url, [projection]) as session:
        for first in range(0, len(history), 25):
            await follow(session, history[first : first + 25])
    waiting = await waiting_of(database_url, DETAIL)
    waits = {(key, position) for (_, key), positions in waiting.items() for position in positions}
    touched = [
        event
        for event in history
        if type(event.data) in DETAIL.handles
        for (order_id,) in DETAIL.keys(event)
        if (f'["{order_id}"]', event.position) not in waits
    ]
    assert waits
    assert await rows_of(database_url, DETAIL) == fold(DETAIL, {}, touched)
