"""How does a test get something really parked?

By a database that refuses a row, or by an event that no code knows. The causes are real ones, so
the real worker parks, and what removes the cause lets a retry through.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from psycopg.sql import SQL, Identifier, Literal

from tests.examples_log import a_claim, a_command, append, connected, rows, superuser
from tests.running_workers import eventually

CAUSE: Final = "refused_by_a_test"


async def refuse_cancelled(url: str, projection: str, order_id: str) -> None:
    """Let the database refuse the row of an order in a read table once the order is cancelled."""
    async with superuser(url) as connection:
        await connection.execute(
            SQL(
                "ALTER TABLE {} ADD CONSTRAINT {} CHECK"
                " (order_id <> {} OR lifecycle <> 'cancelled') NOT VALID"
            ).format(
                Identifier("read_models", f"{projection}__g1"), Identifier(CAUSE), Literal(order_id)
            )
        )


async def refuse_new(url: str, projection: str) -> None:
    """Let the database refuse every new row of a read table."""
    async with superuser(url) as connection:
        await connection.execute(
            SQL("ALTER TABLE {} ADD CONSTRAINT {} CHECK (false) NOT VALID").format(
                Identifier("read_models", f"{projection}__g1"), Identifier(CAUSE)
            )
        )


async def accept_all(url: str, projection: str) -> None:
    """Remove the cause."""
    async with superuser(url) as connection:
        await connection.execute(
            SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                Identifier("read_models", f"{projection}__g1"), Identifier(CAUSE)
            )
        )


async def append_strange(url: str, stream: str, version: int) -> int:
    """Append an event that no code knows behind this version of a stream; answers its position."""
    async with connected(url) as connection:
        (outcome,) = await append(
            connection,
            a_command(
                f"{stream} {version}", a_claim(stream, version), event_type="order-teleported"
            ),
        )
    assert outcome.last_position is not None, outcome
    return outcome.last_position


async def until_parked(url: str, *projections: str) -> None:
    """Wait until something is parked of each of the projections."""

    async def is_parked() -> bool:
        return set(projections) <= {unit["projection"] for unit in await parked_units(url)}

    await eventually(is_parked)


async def parked_units(url: str) -> list[dict[str, Any]]:
    """Read what is parked."""
    names = ("id", "projection", "kind", "key", "since_position", "code", "tries")
    query = f"SELECT {', '.join(names)} FROM read_models.parked_keys ORDER BY id"
    async with superuser(url) as connection:
        return [dict(zip(names, row, strict=True)) for row in await rows(connection, query)]


@asynccontextmanager
async def refusing_new(url: str, projection: str) -> AsyncGenerator[None]:
    """Refuse every new row of a read table while the block runs."""
    await refuse_new(url, projection)
    yield
    await accept_all(url, projection)
