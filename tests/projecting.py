"""How does a test get read tables, somebody who writes them, and a look at all their rows?"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import psycopg

from domain.envelope import RecordedEvent
from projections.projection import Key, Projection, Row
from projections.projector import fold
from projections.registry import DEFAULT_GROUPS, projections
from sql.checkpoints import Generation, read_generations
from sql.connection import Connection, connect
from sql.generations import ensure_generations
from sql.projector_session import ProjectorSession
from sql.read_tables import ReadTable

ZONE: Final = "Europe/London"
PROJECTIONS: Final = projections(ZONE)
WORKER: Final = "ordertrail_worker"
QUERY: Final = "ordertrail_query"
DEADLINE_SECONDS: Final = 30
POLL_SECONDS: Final = 0.02


def group(name: str) -> list[Projection]:
    """Answer the projections of a default group."""
    return [PROJECTIONS[each] for each in DEFAULT_GROUPS[name]]


async def make_tables(database_url: str) -> None:
    """Make the first generations of a shop in London."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as login:
        await ensure_generations(login, PROJECTIONS.values())


@asynccontextmanager
async def worker_connection(database_url: str) -> AsyncGenerator[Connection]:
    """Connect as a worker does."""
    async with await connect(database_url, role=WORKER, application="test") as connection:
        yield connection


@asynccontextmanager
async def query_connection(database_url: str) -> AsyncGenerator[Connection]:
    """Connect as the query side does."""
    async with await connect(database_url, role=QUERY, application="test") as connection:
        yield connection


@asynccontextmanager
async def active_session(
    database_url: str, of: Sequence[Projection], name: str = "test"
) -> AsyncGenerator[ProjectorSession]:
    """Open a session that has the right to write."""
    session = await ProjectorSession.open(database_url, name, of, WORKER)
    try:
        await session.acquire()
        yield session
    finally:
        await session.close()


async def until_rows(
    connection: Connection, query: bytes, values: Sequence[object] = (), *, count: int = 1
) -> None:
    """Wait until a query finds so many rows."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await connection.execute(query, values)).rowcount != count:  # noqa: ASYNC110 - SQL
            await asyncio.sleep(POLL_SECONDS)


async def generations(database_url: str, projection: Projection) -> list[Generation]:
    """Answer the generations of a projection, ascending."""
    async with worker_connection(database_url) as connection:
        return await read_generations(connection, [projection.name])


async def rows_of(database_url: str, projection: Projection, generation: int = 1) -> dict[Key, Row]:
    """Answer all rows of a generation."""
    async with worker_connection(database_url) as connection:
        return await ReadTable(projection, generation).load_all(connection)


async def assert_tables_are_the_fold(
    database_url: str, of: Sequence[Projection], events: Sequence[RecordedEvent]
) -> None:
    """Compare every row of every generation with the pure fold of the events (I6)."""
    for projection in of:
        expected = fold(projection, {}, events)
        for each in await generations(database_url, projection):
            assert each.position == len(events), each
            assert await rows_of(database_url, projection, each.generation) == expected
