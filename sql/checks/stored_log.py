"""What does the check read of the log, event by event, and what of the read tables, row by row?

Through server-side cursors, a page at a time, so that neither has to fit into memory.
"""

from collections.abc import AsyncGenerator
from typing import Any, Final

from psycopg.rows import TupleRow

from projections.projection import Key, Projection
from sql.checks.row_text import StoredRows
from sql.connection import Connection
from sql.read_tables import SCHEMA, column_names

PAGE_EVENTS: Final = 200
PAGE_ROWS: Final = 200

_LOG: Final = (
    b"SELECT position, stream, version, type, schema_version, data::text, metadata::text,"
    b" occurred_at, recorded_at FROM event_store.events ORDER BY position"
)


async def log_pages(connection: Connection) -> AsyncGenerator[list[TupleRow]]:
    """Read the whole log in the order of the positions."""
    async with connection.cursor("check_log") as cursor:
        await cursor.execute(_LOG)
        while page := await cursor.fetchmany(PAGE_EVENTS):
            yield page


async def table_pages(
    connection: Connection, projection: Projection, table: str
) -> AsyncGenerator[list[str]]:
    """Read all rows of a read table as JSON texts, in no order."""
    columns = ", ".join(column_names(projection))
    query = f"SELECT row_to_json(r)::text FROM (SELECT {columns} FROM {SCHEMA}.{table}) r"
    async with connection.cursor("check_table") as cursor:
        await cursor.execute(query.encode())
        while page := await cursor.fetchmany(PAGE_ROWS):
            yield [row[0] for row in page]


async def read_row(
    connection: Connection, projection: Projection, table: str, key: Key
) -> dict[str, Any]:
    """Read one row that is known to be there."""
    columns = ", ".join(column_names(projection))
    matches = " AND ".join(f"{name} = %s" for name in projection.key_columns)
    query = (
        f"SELECT row_to_json(r)::text FROM (SELECT {columns} FROM {SCHEMA}.{table}"
        f" WHERE {matches}) r"
    )
    row = await (await connection.execute(query.encode(), key)).fetchone()
    assert row is not None, "the snapshot holds what it held"
    return StoredRows(projection).read(row[0])


async def estimated_rows(connection: Connection, table: str) -> int:
    """Tell about how many rows a table has, as the planner knows it; 0 when it does not."""
    query = b"SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%s)"
    row = await (await connection.execute(query, (f"{SCHEMA}.{table}",))).fetchone()
    return 0 if row is None else int(row[0])
