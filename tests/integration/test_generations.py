"""Does every projection get a table, a view and the right grants, once?"""

from dataclasses import fields, replace
from datetime import date

import psycopg
import pytest

from projections.projection import Projection
from projections.projector import fold
from projections.registry import projections
from sql.checkpoints import Generation, GenerationState
from sql.generations import ensure_generations
from sql.read_tables import ReadTable, table_name
from tests.histories import a_history, append
from tests.projecting import (
    PROJECTIONS,
    active_session,
    generations,
    group,
    make_tables,
    query_connection,
    rows_of,
    worker_connection,
)

SALES = PROJECTIONS["sales_daily"]


async def ensure(database_url: str, *of: Projection) -> list[str]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as login:
        return await ensure_generations(login, of)


async def columns_of(connection: psycopg.AsyncConnection, relation: str) -> list[str]:
    cursor = await connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped ORDER BY attnum",
        (f"read_models.{relation}",),
    )
    return [row[0] for row in await cursor.fetchall()]


async def test_makes_every_table_once(database_url: str) -> None:
    await make_tables(database_url)
    assert await ensure(database_url, *PROJECTIONS.values()) == []
    for projection in PROJECTIONS.values():
        assert [
            replace(each, generation=1) for each in await generations(database_url, projection)
        ] == [Generation(projection.name, 1, GenerationState.LIVE, projection.fold_version, 0)]


async def test_the_fields_of_the_row_are_the_columns_of_table_and_view(
    database_url: str, subtests: pytest.Subtests
) -> None:
    await make_tables(database_url)
    for projection in PROJECTIONS.values():
        with subtests.test(projection.name):
            names = [field.name for field in fields(projection.row_type)]
            (live,) = await generations(database_url, projection)
            table = table_name(projection.name, live.generation)
            async with worker_connection(database_url) as connection:
                assert await columns_of(connection, table) == names
                assert await columns_of(connection, projection.name) == names


async def test_makes_an_empty_table_anew_for_another_fold(database_url: str) -> None:
    await ensure(database_url, projections("UTC")["sales_daily"])
    (old,) = await generations(database_url, SALES)
    await ensure(database_url, SALES)
    (new,) = await generations(database_url, SALES)
    assert new.fold_version == SALES.fold_version != old.fold_version
    assert new.generation == old.generation + 1
    async with query_connection(database_url) as connection:
        cursor = await connection.execute("SELECT count(*) FROM read_models.sales_monthly")
        assert await cursor.fetchone() == (0,)
        assert await columns_of(connection, f"sales_daily__g{new.generation}") != []
        with pytest.raises(psycopg.errors.UndefinedTable):
            await columns_of(connection, f"sales_daily__g{old.generation}")


async def test_leaves_a_table_with_rows_to_a_rebuild(database_url: str) -> None:
    await make_tables(database_url)
    events = a_history(3)
    await append(database_url, events)
    async with active_session(database_url, [SALES]) as session:
        await session.apply(events)
    before = await generations(database_url, SALES)
    assert await ensure(database_url, projections("UTC")["sales_daily"]) == []
    assert await generations(database_url, SALES) == before


async def test_queries_may_read_the_views_and_change_nothing(
    database_url: str, subtests: pytest.Subtests
) -> None:
    await make_tables(database_url)
    async with query_connection(database_url) as connection:
        for projection in PROJECTIONS.values():
            with subtests.test(projection.name):
                count = f"SELECT count(*) FROM read_models.{projection.name}"
                assert await (await connection.execute(count.encode())).fetchone() == (0,)
                (live,) = await generations(database_url, projection)
                for statement in (
                    f"DELETE FROM read_models.{projection.name}",
                    f"SELECT 1 FROM read_models.{table_name(projection.name, live.generation)}",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        await connection.execute(statement.encode())
        for statement in (
            "DELETE FROM read_models.checkpoints",
            "UPDATE read_models.generations SET state = 'retired'",
            "CREATE TABLE read_models.mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.encode())


async def test_months_add_up_the_days(database_url: str) -> None:
    await make_tables(database_url)
    events = a_history(120)
    await append(database_url, events)
    async with active_session(database_url, group("analytics")) as session:
        await session.apply(events)
    (live,) = await generations(database_url, SALES)
    days = (await rows_of(database_url, SALES, live.generation)).values()
    names = [field.name for field in fields(SALES.row_type)][5:]
    sums = [name for name in names if name != "last_position"]
    expected: dict[tuple[object, ...], list[int]] = {}
    for day in days:
        key = (day.clock, day.day.replace(day=1), day.currency, day.channel, day.country)
        known = expected.setdefault(key, [0] * len(sums))
        expected[key] = [
            total + getattr(day, name) for total, name in zip(known, sums, strict=True)
        ]
    async with query_connection(database_url) as connection:
        cursor = await connection.execute(
            f"SELECT clock, month, currency, channel, country, {', '.join(sums)}"
            " FROM read_models.sales_monthly".encode()
        )
        months = {row[:5]: [int(each) for each in row[5:]] for row in await cursor.fetchall()}
    assert months == expected
    assert {key[1] for key in months} >= {date(2026, 3, 1), date(2026, 10, 1)}


async def test_no_two_orders_have_one_number(database_url: str, subtests: pytest.Subtests) -> None:
    await make_tables(database_url)
    events = a_history(2)
    for name in ("order_detail", "order_list"):
        projection = PROJECTIONS[name]
        with subtests.test(name):
            (live,) = await generations(database_url, projection)
            table = ReadTable(projection, live.generation)
            first, second = fold(projection, {}, events).values()
            async with worker_connection(database_url) as connection:
                await table.write(connection, [first, second])
                with pytest.raises(psycopg.errors.UniqueViolation):
                    await table.write(
                        connection, [replace(second, order_number=first.order_number)]
                    )
