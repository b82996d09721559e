"""How does the API get at the read side of one database, and wait for it to be fresh enough?"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from domain.errors import ProjectionBehind, ProjectionParked
from sql.migrate import role_name
from sql.queries.projection_watch import ProjectionWatch
from sql.queries.reader import Page, Reader
from sql.store import make_pool

FRESHNESS_SECONDS_MAX: Final = 2.0
PARKED_RETRY_SECONDS: Final = 30
"""What is parked waits for somebody to see to it, so asking every second does not help."""

STATEMENT_TIMEOUT: Final = "5s"


@dataclass(frozen=True, slots=True)
class ReadSide:
    """Puts questions to the read tables, and waits for them."""

    reader: Reader
    watch: ProjectionWatch

    async def fresh(
        self, projection: str, min_position: int | None, ask: Callable[[], Awaitable[Page]]
    ) -> Page:
        """Ask until the answer is as fresh as the caller wants, for at most two seconds.

        Raises:
            ProjectionParked: what the caller wants to see waits for a person, not for time.
            ProjectionBehind: it did not become that fresh in time.
            Unavailable: the database does not answer.
        """
        page = await ask()
        if min_position is None or is_fresh(projection, page, min_position):
            return page
        deadline = asyncio.get_running_loop().time() + FRESHNESS_SECONDS_MAX
        while await self.watch.look_again(projection, min_position, deadline):
            page = await ask()
            if is_fresh(projection, page, min_position):
                return page
        raise ProjectionBehind(
            f"{projection} stands at position {page.as_of_position}, not yet at {min_position}"
        )


def is_fresh(projection: str, page: Page, min_position: int) -> bool:
    """Tell whether an answer holds what the log says up to a position.

    Raises:
        ProjectionParked: it will not, however long the caller waits.
    """
    parked_since = page.parked_since_position
    if parked_since is not None and min_position >= parked_since:
        raise ProjectionParked(
            f"events from position {parked_since} on wait to be applied to {projection}, where one"
            " could not be; an operator has to look into it",
            retry_after_seconds=PARKED_RETRY_SECONDS,
        )
    return page.as_of_position >= min_position


@asynccontextmanager
async def open_read_side(
    database_url: str, *, role_prefix: str, pool_connections_max: int = 8
) -> AsyncGenerator[ReadSide]:
    """Open the pool for queries and the connection that listens to the projectors."""
    role = role_name(role_prefix, "query")
    pool = make_pool(
        database_url,
        role=role,
        application="ordertrail query",
        connections_max=pool_connections_max,
        statement_timeout=STATEMENT_TIMEOUT,
        default_transaction_read_only="on",
    )
    async with pool, ProjectionWatch(database_url, role) as watch:
        yield ReadSide(Reader(pool), watch)
