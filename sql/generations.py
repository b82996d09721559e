"""Which tables hold a read model, and which of them do queries see?

The tables of a projection are generations, `order_detail__g3`, behind a view of the plain name.
Tables and views belong to the worker's role, so whoever may run a worker may also rebuild.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, LiteralString, cast

from psycopg.sql import SQL, Identifier

from projections.projection import Projection
from sql.checkpoints import GenerationState
from sql.connection import Connection
from sql.migrate import role_name
from sql.read_tables import SCHEMA, column_names, table_name

TEMPLATES_FOLDER: Final = Path(__file__).parent / "read_models"
VIEWS_ON: Final = {
    "sales_daily": ("sales_monthly",),
    "reservations_open": ("backorder_queue",),
    "process_status": ("stuck_orders",),
}
"""Projection -> views over its view, made with it."""

_LOCK: Final = b"SELECT pg_advisory_xact_lock(hashtextextended('ordertrail generations', 0))"
_LIVE: Final = (
    b"SELECT generation, fold_version FROM read_models.generations"
    b" WHERE projection = %s AND state = 'live'"
)
_LOCK_IF_EMPTY: Final = (
    b"SELECT FROM read_models.checkpoints"
    b" WHERE projection = %s AND generation = %s AND position = 0 FOR UPDATE"
)
_RETIRE: Final = (
    b"UPDATE read_models.generations SET state = 'retired', retired_at = clock_timestamp()"
    b" WHERE projection = %s AND generation = %s"
)
_ADD_GENERATION: Final = (
    b"INSERT INTO read_models.generations (projection, generation, state, fold_version, live_since)"
    b" VALUES (%s, %s, %s, %s, CASE %s WHEN 'live' THEN clock_timestamp() END)"
)
_ADD_CHECKPOINT: Final = (
    b"INSERT INTO read_models.checkpoints (projection, generation) VALUES (%s, %s)"
)
_LOCK_CHECKPOINT: Final = (
    b"SELECT FROM read_models.checkpoints WHERE projection = %s AND generation = %s FOR UPDATE"
)
_REMOVE_CHECKPOINT: Final = (
    b"DELETE FROM read_models.checkpoints WHERE projection = %s AND generation = %s"
)
_REMOVE_GENERATION: Final = (
    b"DELETE FROM read_models.generations WHERE projection = %s AND generation = %s"
)


async def ensure_generations(
    connection: Connection, projections: Iterable[Projection], role_prefix: str = "ordertrail"
) -> list[str]:
    """Give every projection that has none its first generation, empty and live, and its view.

    One that is still empty but was made for another fold version is made anew. The connection's
    login must be a member of the worker's role.

    Shape: the names of the projections that got a generation.
    """
    made: list[str] = []
    async with connection.transaction():
        await connection.execute(
            SQL("SET LOCAL ROLE {}").format(Identifier(role_name(role_prefix, "worker")))
        )
        await connection.execute(_LOCK)
        for projection in projections:
            cursor = await connection.execute(_LIVE, (projection.name,))
            live = await cursor.fetchone()
            if live is None:
                await _show_first(connection, projection, 1, role_prefix)
                made.append(projection.name)
            elif live[1] != projection.fold_version and await _is_empty(
                connection, projection.name, live[0]
            ):
                await retire_generation(connection, projection.name, live[0])
                await _show_first(connection, projection, live[0] + 1, role_prefix)
                await drop_generation(connection, projection.name, live[0])
                made.append(projection.name)
    return made


async def _show_first(
    connection: Connection, projection: Projection, generation: int, role_prefix: str
) -> None:
    await create_generation(connection, projection, generation, GenerationState.LIVE)
    await show_generation(connection, projection, generation, role_prefix)


async def _is_empty(connection: Connection, projection: str, generation: int) -> bool:
    """Say whether nothing was ever folded into it, and keep it so until the commit."""
    cursor = await connection.execute(_LOCK_IF_EMPTY, (projection, generation))
    return await cursor.fetchone() is not None


async def create_generation(
    connection: Connection, projection: Projection, generation: int, state: GenerationState
) -> None:
    """Make the empty table of a generation, and its checkpoint at 0; within a transaction."""
    name = projection.name
    values = (name, generation, state, projection.fold_version, state)
    await connection.execute(_ADD_GENERATION, values)
    await connection.execute(_ADD_CHECKPOINT, (name, generation))
    template = template_of(name).replace("{table}", table_name(name, generation))
    await connection.execute(template.encode())


async def show_generation(
    connection: Connection, projection: Projection, generation: int, role_prefix: str
) -> None:
    """Let queries see a generation from the commit on; within a transaction.

    The view's lock waits for the queries under way, so none of them reads rows of one generation
    and the checkpoint of another.
    """
    name = projection.name
    await connection.execute(
        SQL("CREATE OR REPLACE VIEW {} AS SELECT {} FROM {}").format(
            Identifier(SCHEMA, name),
            SQL(", ").join(map(Identifier, column_names(projection))),
            Identifier(SCHEMA, table_name(name, generation)),
        )
    )
    for view in VIEWS_ON.get(name, ()):
        await connection.execute(template_of(view).encode())
    for view in (name, *VIEWS_ON.get(name, ())):
        await connection.execute(
            SQL("GRANT SELECT ON {} TO {}").format(
                Identifier(SCHEMA, view), Identifier(role_name(role_prefix, "query"))
            )
        )


async def retire_generation(connection: Connection, projection: str, generation: int) -> None:
    """Mark the live generation as the one before; under the lock of its checkpoint."""
    await connection.execute(_RETIRE, (projection, generation))


async def drop_generation(connection: Connection, projection: str, generation: int) -> None:
    """Drop a generation that queries do not see; within a transaction.

    The checkpoint is locked before the table, as in the transactions that write both.
    """
    key = (projection, generation)
    await connection.execute(_LOCK_CHECKPOINT, key)
    await connection.execute(
        SQL("DROP TABLE IF EXISTS {}").format(
            Identifier(SCHEMA, table_name(projection, generation))
        )
    )
    await connection.execute(_REMOVE_CHECKPOINT, key)
    await connection.execute(_REMOVE_GENERATION, key)


def template_of(name: str) -> LiteralString:
    """Read the statements that make a projection's table, or a view over its view."""
    # The text is a file of this distribution, not input.
    return cast("LiteralString", (TEMPLATES_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
