"""How do the tests bring the read tables up to the head of the log, without processes or pauses?"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from projections.projection import Projection
from projections.registry import projections
from sql.connection import connect
from sql.generations import ensure_generations
from sql.projector_session import ProjectorSession
from sql.store import make_pool
from sql.log import LogReader

ROLE = "ordertrail_worker"


@dataclass(frozen=True, slots=True)
class Projectors:
    """The projector of all read tables, which does nothing by itself."""

    session: ProjectorSession
    log: LogReader

    async def catch_up(self) -> int:
        """Fold everything that the log has into the tables; answers the position reached."""
        while events := await self.log.read(self.session.position, 500):
            await self.session.apply(events)
        return self.session.position


async def make_tables(database_url: str, business_zone: str) -> list[Projection]:
    """Make the read tables, empty."""
    known = list(projections(business_zone).values())
    async with await connect(database_url, role="none", application="tests") as connection:
        await ensure_generations(connection, known)
    return known


@asynccontextmanager
async def projectors_on(database_url: str, business_zone: str) -> AsyncGenerator[Projectors]:
    """Make the read tables and the one projector that writes them."""
    known = await make_tables(database_url, business_zone)
    session = await ProjectorSession.open(database_url, "tests", known, ROLE)
    pool = make_pool(database_url, role=ROLE, application="tests", connections_max=1)
    try:
        await session.acquire()
        async with pool:
            yield Projectors(session, LogReader(pool))
    finally:
        await session.close()
