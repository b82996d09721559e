"""How do read tables come up to the head of the log exactly when a test wants it?"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sql.log import LogReader
from sql.projector_session import ProjectorSession
from sql.store import make_pool
from tests.projecting import PROJECTIONS, WORKER, active_session, make_tables


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


@asynccontextmanager
async def projectors_on(database_url: str) -> AsyncGenerator[Projectors]:
    """Make the read tables of a shop in London, and the one projector that writes them."""
    await make_tables(database_url)
    pool = make_pool(database_url, role=WORKER, application="tests", connections_max=1)
    async with pool, active_session(database_url, list(PROJECTIONS.values())) as session:
        yield Projectors(session, LogReader(pool))
