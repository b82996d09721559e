"""Does `ordertrail check` pass what is right, and say what it cannot check?"""

import asyncio
from collections.abc import Sequence
from typing import Final

import pytest

from domain.fold import State, evolve
from projections.registry import projections
from sql.checks.run import check
from sql.connection import Connection
from sql.log import read_events
from sql.rebuild import rebuild
from sql.snapshot_codec import encode_state, fold_version_of
from tests.checked_shop import A, B, found_in, open_checked_shop, project, tampering
from tests.checking import assert_checked, differences
from tests.examples_log import (
    a_claim,
    a_command,
    a_foreign_note,
    a_store,
    append,
    connected,
    place_an_order,
)
from tests.projecting import PROJECTIONS, make_tables, worker_connection
from tests.shop_load import busy_shop

CHECKS_UNDER_LOAD: Final = 4
ORDER_READERS: Final = (
    "customer_orders",
    "order_detail",
    "order_list",
    "product_sales",
    "sales_daily",
)


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A small shop with twelve events, all of them projected."""
    await open_checked_shop(database_url)
    return database_url


async def notes_on(database_url: str) -> list[str]:
    """Check a database that is right, and answer what was said besides."""
    checked = await check(database_url, PROJECTIONS)
    assert checked.is_right
    return [note for each in checked.findings for note in each.notes]


async def test_a_database_is_right_when_new_when_written_and_when_projected(
    database_url: str,
) -> None:
    await assert_checked(database_url)
    await make_tables(database_url)
    async with a_store(database_url) as store:
        await place_an_order(store)
    await assert_checked(database_url)
    await project(database_url)
    await assert_checked(database_url)


async def test_counts_what_it_has_looked_at(shop_url: str) -> None:
    checked = await check(shop_url, PROJECTIONS)

    assert checked.position == 12
    assert [(each.name, each.checked, each.count, each.notes) for each in checked.findings] == [
        ("log", 12, 0, []),
        ("checkpoints", 15, 0, []),
        ("views", 17, 0, []),
        ("customer_orders__g1", 3, 0, []),
        ("fulfilment_queue__g1", 0, 0, []),
        ("holds_worklist__g1", 0, 0, []),
        ("order_detail__g1", 3, 0, []),
        ("order_list__g1", 3, 0, []),
        ("payment_ledger__g1", 0, 0, []),
        ("process_status__g1", 0, 0, []),
        ("product_list__g1", 1, 0, []),
        ("product_sales__g1", 2, 0, []),
        ("reservations_open__g1", 0, 0, []),
        ("returns_worklist__g1", 0, 0, []),
        ("sales_daily__g1", 2, 0, []),
        ("stock_availability__g1", 0, 0, []),
        ("timers__g1", 0, 0, []),
        ("commands", 10, 0, []),
        ("money", 11, 0, []),
        ("snapshots", 0, 0, []),
    ]


async def test_a_log_that_is_being_written_is_right_at_every_moment(database_url: str) -> None:
    await make_tables(database_url)
    is_over = False

    async def project_for_ever() -> None:
        while not is_over:
            await project(database_url)

    positions: list[int] = []
    async with busy_shop(database_url), asyncio.TaskGroup() as tasks:
        projecting = tasks.create_task(project_for_ever())
        while len(positions) < CHECKS_UNDER_LOAD:
            checked = await check(database_url, PROJECTIONS)
            assert checked.is_right, [each.differences for each in checked.findings]
            if checked.position not in positions:
                positions.append(checked.position)
        is_over = True
        await projecting
    await assert_checked(database_url)


async def test_a_table_on_its_way_out_is_compared_as_long_as_it_is_fed(shop_url: str) -> None:
    await rebuild(shop_url, PROJECTIONS["order_list"])
    async with connected(shop_url) as connection:
        await append(connection, a_foreign_note(2, A))
    await project(shop_url)
    assert await notes_on(shop_url) == []

    async with tampering(shop_url) as connection:
        await connection.execute(b"UPDATE read_models.order_list__g1 SET units = 9")

    found = await found_in(shop_url)
    assert {(name, code) for name, code, _ in found} == {
        ("order_list__g1", "row_differs"),
        ("money", "sums_differ"),
    }


async def test_only_the_named_read_models_are_compared(shop_url: str) -> None:
    async with tampering(shop_url) as connection:
        await connection.execute(b"DELETE FROM read_models.order_list__g1")

    assert await differences(shop_url, "--projection", "order_detail") == []
    assert await differences(shop_url, "--projection", "order_detail", "--projection", "order_list")


async def test_a_table_of_another_fold_cannot_be_proven_right(shop_url: str) -> None:
    checked = await check(shop_url, projections("UTC"))

    assert [
        (each.name, one.code, one.place) for each in checked.findings for one in each.differences
    ] == [
        ("checkpoints", "other_fold", "product_sales__g1"),
        ("checkpoints", "other_fold", "sales_daily__g1"),
    ]


# What waits, and what was discarded -------------------------------------------------------------


async def park(
    connection: Connection, kind: str, key: str, *positions: int, of: Sequence[str]
) -> None:
    """Write down that events wait, as a projector does."""
    await connection.execute(
        b"WITH parked AS (INSERT INTO read_models.parked_keys"
        b" (projection, generation, kind, key, since_position, code, detail)"
        b" SELECT name, 1, %s, %s, %s, 'projection_failed', '' FROM unnest(%s::text[]) AS name"
        b" RETURNING id)"
        b" INSERT INTO read_models.parked_events (parked_id, position)"
        b" SELECT id, position FROM parked CROSS JOIN unnest(%s::bigint[]) AS position",
        (kind, key, positions[0], list(of), list(positions)),
    )


async def teleport(database_url: str) -> None:
    """Let something unknown happen to order A at 13 and a note follow at 14; both wait."""
    async with connected(database_url) as connection:
        unknown = a_command("unknown", a_claim(f"order-{A}", 2), event_type="order-teleported")
        await append(connection, unknown)
        await append(connection, a_foreign_note(3, A))
    await project(database_url)


async def test_what_waits_for_a_parked_stream_is_right(shop_url: str) -> None:
    await teleport(shop_url)

    notes = await notes_on(shop_url)

    assert notes[0].startswith("1 events are of types or schema versions")
    assert notes[1:] == [
        f"{name}__g1 was not summed up: events of it are parked or discarded."
        for name in ORDER_READERS
    ]


async def test_an_event_that_cannot_be_read_and_waits_is_right_and_told(shop_url: str) -> None:
    async with connected(shop_url) as connection:
        broken = a_command("broken", a_claim(f"order-{A}", 2), event_type="order-note-added")
        await append(connection, broken)
    await project(shop_url)

    notes = await notes_on(shop_url)

    assert notes[0] == (
        "1 events cannot be read, and are parked or were discarded; what they say was not checked."
    )


async def test_finds_a_parked_stream_without_an_event_that_has_to_wait(shop_url: str) -> None:
    await teleport(shop_url)
    place = f"order_list__g1, parked stream order-{A}"
    async with tampering(shop_url) as connection:
        forget = (
            b"DELETE FROM read_models.parked_events e USING read_models.parked_keys k"
            b" WHERE k.id = e.parked_id AND k.projection = 'order_list' AND e.position = %s"
        )
        await connection.execute(forget, (14,))
        later = await found_in(shop_url)
        await connection.execute(forget, (13,))
        both = await found_in(shop_url)

    assert later == [("order_list__g1", "not_waiting", place)]
    assert both == [
        ("order_list__g1", "not_applied", f"order_list__g1, position 13, stream order-{A}"),
        ("order_list__g1", "not_waiting", place),
        ("order_list__g1", "parked_without_event", place),
    ]


async def test_finds_an_event_that_is_neither_applied_nor_parked(shop_url: str) -> None:
    await teleport(shop_url)
    async with tampering(shop_url) as connection:
        await connection.execute(
            b"DELETE FROM read_models.parked_keys WHERE projection = 'order_list'"
        )

    found = await found_in(shop_url)

    assert found == [
        ("order_list__g1", "not_applied", f"order_list__g1, position 13, stream order-{A}"),
        ("order_list__g1", "row_differs", f'order_list__g1 key ["{A}"]'),
    ]


async def test_finds_what_waits_for_nothing(shop_url: str) -> None:
    async with tampering(shop_url) as connection:
        await park(connection, "row", f'["{B}"]', 7, of=["order_list"])

    place = f'order_list__g1, parked row ["{B}"]'
    assert await found_in(shop_url) == [
        ("order_list__g1", "not_waiting", place),
        ("order_list__g1", "not_waiting", place),
        ("order_list__g1", "not_waiting", place),
        ("order_list__g1", "not_waiting", place),
        ("order_list__g1", "waits_for_nothing", place),
        ("order_list__g1", "row_orphaned", f'order_list__g1 key ["{B}"]'),
    ]


async def test_a_parked_row_is_compared_without_what_waits_and_a_discarded_event_with_nothing(
    shop_url: str,
) -> None:
    key = f'["{A}"]'
    async with tampering(shop_url) as connection:
        await park(connection, "row", key, 7, of=["order_list"])
        assert await found_in(shop_url) == [
            ("order_list__g1", "row_differs", f"order_list__g1 key {key}")
        ]
        await connection.execute(
            b"UPDATE read_models.order_list__g1 SET version = 1, last_position = 6"
            b" WHERE order_id = %s",
            (A,),
        )
        assert await found_in(shop_url) == []
        await connection.execute(b"DELETE FROM read_models.parked_keys")
        assert await found_in(shop_url) == [
            ("order_list__g1", "row_differs", f"order_list__g1 key {key}")
        ]
        await connection.execute(
            b"INSERT INTO read_models.discarded_events"
            b" (projection, kind, key, position, reason, discarded_by)"
            b" VALUES ('order_list', 'row', %s, 7, 'wrong', 'staff:jo')",
            (key,),
        )
        assert await found_in(shop_url) == []


# Events that others wrote, records that were pruned, snapshots -----------------------------------


async def test_what_the_recorder_of_the_library_writes_is_right(shop_url: str) -> None:
    insert = (
        b"INSERT INTO event_store.events SELECT %s, 'foreign-1', %s, 'module:Topic', 1,"
        b" '{}', '{}', clock_timestamp(), clock_timestamp()"
    )
    async with tampering(shop_url) as connection:
        await connection.execute(insert, (13, 0))
        await connection.execute(insert, (14, 1))
        assert len(await notes_on(shop_url)) == 1
        await connection.execute(insert, (15, 3))

    assert await found_in(shop_url) == [
        ("log", "version_not_next", "stream foreign-1, position 15")
    ]


async def test_records_may_be_pruned_after_the_published_time(shop_url: str) -> None:
    async with tampering(shop_url) as connection:
        for table in ("event_store.events", "event_store.commands"):
            query = f"UPDATE {table} SET recorded_at = recorded_at - interval '25 hours'"
            await connection.execute(query.encode())
        await connection.execute(b"DELETE FROM event_store.commands")

    found = await found_in(shop_url)

    assert {code for name, code, _ in found if name in {"log", "commands"}} == set()


async def keep(connection: Connection, version: int, state: State, fold_version: str) -> None:
    await connection.execute(
        b"INSERT INTO event_store.snapshots (stream, fold_version, version, state)"
        b" VALUES (%s, %s, %s, %s) ON CONFLICT (stream, fold_version)"
        b" DO UPDATE SET version = excluded.version, state = excluded.state",
        ("product-MUG-BLUE", fold_version, version, encode_state(state)),
    )


async def test_a_snapshot_is_the_fold_up_to_its_version(shop_url: str) -> None:
    states: list[State | None] = [None]
    async with worker_connection(shop_url) as connection:
        for event in (await read_events(connection, 0, 100))[:3]:
            states.append(evolve(states[-1], event.data))
    first, last = states[1], states[3]
    assert first is not None
    assert last is not None
    fold_version = fold_version_of("product-MUG-BLUE")
    assert fold_version is not None

    async with tampering(shop_url) as connection:
        await keep(connection, 3, first, "of another fold")
        await keep(connection, 3, last, fold_version)
        assert await found_in(shop_url) == []
        await keep(connection, 1, last, fold_version)
        differs = await found_in(shop_url)
        await keep(connection, 4, last, fold_version)
        dangles = await found_in(shop_url)
        await connection.execute(b"UPDATE event_store.snapshots SET state = 'x'")
        broken = await found_in(shop_url)

    place = "snapshot of product-MUG-BLUE at version"
    assert differs == [("snapshots", "snapshot_differs", f"{place} 1")]
    assert dangles == [("snapshots", "snapshot_without_event", f"{place} 4")]
    assert broken == [("snapshots", "snapshot_unreadable", f"{place} 4")]
