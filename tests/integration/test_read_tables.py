"""Do rows come back from their tables as they went in?"""

from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from projections.projection import Key, Projection, Row
from projections.projector import fold
from sql import read_tables
from sql.read_tables import ReadTable, table_name
from tests.histories import a_history
from tests.projecting import PROJECTIONS, generations, make_tables, worker_connection

DETAIL = PROJECTIONS["order_detail"]
SALES = PROJECTIONS["sales_daily"]
HISTORY = a_history(60)


def rows_to_write(projection: Projection) -> dict[Key, Row]:
    return fold(projection, {}, HISTORY)


async def live_table(database_url: str, projection: Projection) -> ReadTable:
    await make_tables(database_url)
    (live,) = await generations(database_url, projection)
    return ReadTable(projection, live.generation)


async def test_written_rows_come_back_and_are_replaced_whole(
    database_url: str, subtests: pytest.Subtests
) -> None:
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            table, rows = await live_table(database_url, projection), rows_to_write(projection)
            before = fold(projection, {}, HISTORY[: len(HISTORY) // 2])
            async with worker_connection(database_url) as connection:
                await table.write(connection, before.values())
                assert await table.load_all(connection) == before
                await table.write(connection, rows.values())
                assert await table.load_all(connection) == rows
                some = list(rows)[::2]
                assert await table.load(connection, some) == {key: rows[key] for key in some}


async def test_copied_rows_come_back(database_url: str, subtests: pytest.Subtests) -> None:
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            table, rows = await live_table(database_url, projection), rows_to_write(projection)
            async with worker_connection(database_url) as connection:
                await table.copy(connection, rows.values())
                assert await table.load_all(connection) == rows


async def test_deleted_rows_are_gone_and_the_others_stay(
    database_url: str, subtests: pytest.Subtests
) -> None:
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            table, rows = await live_table(database_url, projection), rows_to_write(projection)
            gone, *kept = rows
            async with worker_connection(database_url) as connection:
                await table.write(connection, rows.values())
                await table.delete(connection, [gone, gone])
                assert await table.load_all(connection) == {key: rows[key] for key in kept}


async def test_nothing_is_no_statement(database_url: str) -> None:
    table = await live_table(database_url, DETAIL)
    async with worker_connection(database_url) as connection:
        await table.write(connection, [])
        await table.copy(connection, [])
        await table.delete(connection, [])
        assert await table.load(connection, []) == {}
        assert await table.load_all(connection) == {}


async def test_many_rows_go_in_statements_of_bounded_size(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_tables, "STATEMENT_BYTES_MAX", 3_000)
    table, rows = await live_table(database_url, DETAIL), rows_to_write(DETAIL)
    async with worker_connection(database_url) as connection:
        await table.write(connection, rows.values())
        assert await table.load(connection, rows) == rows
        await table.delete(connection, rows)
        assert await table.load_all(connection) == {}


@pytest.mark.parametrize("how", ["write", "copy"])
async def test_texts_come_back_to_the_letter(database_url: str, how: str) -> None:
    table = await live_table(database_url, DETAIL)
    row = next(iter(rows_to_write(DETAIL).values()))
    text = 'tab\t, "quotes", \\backslash\\N, {braces}, line\nfeed, ünïcödé, 🦉, NULL, \\N'
    odd = replace(
        row,
        origin_ref=text,
        note=text,
        shipping_address=replace(row.shipping_address, line1=text),
        lines=(replace(row.lines[0], name=text),),
        placed_at=datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC),
    )
    async with worker_connection(database_url) as connection:
        await getattr(table, how)(connection, [odd])
        assert list((await table.load_all(connection)).values()) == [odd]


@pytest.mark.parametrize("how", ["write", "copy"])
async def test_skus_come_back_to_the_letter(database_url: str, how: str) -> None:
    projection = PROJECTIONS["order_list"]
    table = await live_table(database_url, projection)
    row = next(iter(rows_to_write(projection).values()))
    odd = replace(row, skus=("A", 'B"C', "D,E", "{F}", "NULL", ""))
    async with worker_connection(database_url) as connection:
        await getattr(table, how)(connection, [odd])
        assert list((await table.load_all(connection)).values()) == [odd]


@pytest.mark.parametrize("how", ["write", "copy"])
async def test_sums_may_pass_64_bits(database_url: str, how: str) -> None:
    table = await live_table(database_url, SALES)
    row = next(iter(rows_to_write(SALES).values()))
    huge = replace(row, gross_minor=2**70 + 1, grand_minor=2**64, tax_minor=-(2**66))
    async with worker_connection(database_url) as connection:
        await getattr(table, how)(connection, [huge])
        assert list((await table.load_all(connection)).values()) == [huge]


async def test_copy_refuses_a_row_that_is_there(database_url: str) -> None:
    table, rows = await live_table(database_url, DETAIL), rows_to_write(DETAIL)
    async with worker_connection(database_url) as connection:
        await table.write(connection, rows.values())
        with pytest.raises(psycopg.errors.UniqueViolation):
            await table.copy(connection, rows.values())


async def test_rows_are_found_by_an_index_on_a_database_never_analysed(
    database_url: str, subtests: pytest.Subtests
) -> None:
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            table, rows = await live_table(database_url, projection), rows_to_write(projection)
            async with worker_connection(database_url) as connection:
                await table.write(connection, rows.values())
                cursor = await connection.execute(b"EXPLAIN " + table._select, ("[]",))
                plan = "\n".join(row[0] for row in await cursor.fetchall())
            assert "Index Cond" in plan
            assert f"Seq Scan on {table.name}" not in plan


def test_tables_are_named_for_their_generation() -> None:
    assert table_name("order_detail", 3) == "order_detail__g3"
