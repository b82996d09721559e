"""How is a question put to the read tables, and how fresh is the answer?

Every answer says up to which position of the log it holds, and from which position on events wait
that belong into it, read in the same statement as its rows: `live_page` writes such a statement.
Rows come as dicts, a column per key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from domain.errors import Unavailable
from projections.parking import key_text
from projections.projection import Key
from sql.connection import ANSWER_SECONDS_MAX, Connection, answered_within
from sql.database_lost import lost_as_unavailable

Row = dict[str, Any]

AS_OF: Final = "as_of_position"
BESIDE: Final = "beside_the_rows"
PRESENT: Final = "row_is_present"
PARKED_SINCE: Final = "parked_since_position"

THIS_UNIT: Final = (
    "(unit.kind, unit.key) IN (('row', %(parked_row)s), ('stream', %(parked_stream)s))"
)
"""What a look-up by key rests on: its row and the row's stream; `unit_values` gives the values."""

_NOT_BUILT: Final = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)
"""Nothing was ever made, or by other code, whose tables lack what this code asks for."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the position of the log whose fold they are.

    From `parked_since_position` on events wait that belong into these rows; None: none do.

    Shape: `rows` in the order of the question; `beside` is what was asked beside the rows, or None.
    """

    as_of_position: int
    rows: list[Row]
    beside: Any = None
    parked_since_position: int | None = None

    def only(self) -> Row | None:
        """Answer the one row of a look-up by key."""
        return self.rows[0] if self.rows else None


class Reader:
    """Puts questions on connections of the pool for queries."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool

    async def rows(
        self, query: str, values: Mapping[str, object] | Sequence[object] = ()
    ) -> list[Row]:
        """Ask one statement.

        Raises:
            Unavailable: no connection, no answer in time, or the tables are not there yet.
        """
        try:
            with lost_as_unavailable():
                async with (
                    answered_within(ANSWER_SECONDS_MAX),
                    self._pool.connection() as connection,
                ):
                    cursor = connection.cursor(row_factory=dict_row)
                    await cursor.execute(query.encode(), values)
                    return await cursor.fetchall()
        except _NOT_BUILT as error:
            raise Unavailable("the read tables are not built yet") from error

    async def page(self, query: str, values: Mapping[str, object] | Sequence[object] = ()) -> Page:
        """Ask a statement made by `live_page`.

        Raises:
            Unavailable: no connection, no answer in time, or the tables are not there yet.
        """
        rows = await self.rows(query, values)
        as_of, parked_since, beside = rows[0][AS_OF], rows[0][PARKED_SINCE], rows[0][BESIDE]
        found = [row for row in rows if row.pop(PRESENT)]
        for row in found:
            del row[AS_OF], row[PARKED_SINCE], row[BESIDE]
        return Page(int(as_of or 0), found, beside, parked_since)


def live_page(
    projection: str, select: str, order_by: str = "", beside: str = "NULL", units: str = ""
) -> str:
    """Write a statement that answers the rows of `select` and how far its projection has read.

    There is always a row: without a match it says only the position. The position is that of the
    live generation, over shards the least. `beside` is an expression that is answered once. `units`
    says which parked `unit`s of the projection the answer rests on; without it, on all of them.
    """
    # Of a few units there is no first to be looked for, or the planner looks through all in order.
    which = f"AND ({units})" if units else "ORDER BY unit.since_position LIMIT 1"
    return (
        "WITH live AS ("
        " SELECT min(checkpoint.position) AS position, min(parked.since_position) AS parked_since"
        " FROM read_models.checkpoints AS checkpoint"
        " JOIN read_models.generations AS generation USING (projection, generation)"
        " LEFT JOIN LATERAL (SELECT unit.since_position FROM read_models.parked_keys AS unit"
        f" WHERE unit.projection = '{projection}' AND unit.generation = checkpoint.generation"
        f" {which}) AS parked ON true"
        f" WHERE checkpoint.projection = '{projection}' AND generation.state = 'live'"
        f"), page AS (SELECT found.*, true AS {PRESENT} FROM ({select}) AS found)"
        f" SELECT live.position AS {AS_OF}, live.parked_since AS {PARKED_SINCE},"
        f" {beside} AS {BESIDE}, page.*"
        " FROM live LEFT JOIN page ON true" + (f" ORDER BY {order_by}" if order_by else "")
    )


def unit_values(key: Key, stream: str) -> dict[str, str]:
    """Answer the values that `THIS_UNIT` asks for."""
    return {"parked_row": key_text(key), "parked_stream": stream}
