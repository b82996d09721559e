"""How are the real adapters put behind the API's ports?

One command side, one read side, both on one database; `cli` says which and with which settings.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from api.measures import ACCEPTED, FAULT, REPLAYED, Measures
from api.services import HandlesCommands, Readiness, Services
from commands.envelope import Answer, CommandEnvelope
from commands.registry import DECIDERS, Command
from domain.errors import OrderTrailError
from domain.policy import Policy
from projections.registry import projections
from sql.database_lost import lost_as_unavailable
from sql.migrate import MigrationState, migration_status
from sql.queries.read_side import ReadSide, open_read_side
from sql.queries.reader import Row
from sql.queries.status import projection_status
from sql.store import open_store

PROJECTION_LAG_SECONDS_MAX: Final = 30.0
READINESS_SECONDS_MAX: Final = 3.0
MIGRATIONS_CHECKED_SECONDS: Final = 60.0

_LOG: Final = logging.getLogger("ordertrail.api")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Where the adapters find the database, and how large their pools are."""

    database_url: str = field(repr=False)
    role_prefix: str
    code_version: str
    policy: Policy
    business_time_zone: str
    command_connections_max: int = 4
    query_connections_max: int = 8


@asynccontextmanager
async def open_services(settings: ServiceSettings) -> AsyncGenerator[Services]:
    """Open the command side and the read side of a database.

    Raises:
        Unavailable: the database does not answer.
    """
    async with (
        open_store(
            settings.database_url,
            role_prefix=settings.role_prefix,
            code_version=settings.code_version,
            channel_letters=settings.policy.channel_letters,
            pool_connections_max=settings.command_connections_max,
        ) as store,
        open_read_side(
            settings.database_url,
            role_prefix=settings.role_prefix,
            pool_connections_max=settings.query_connections_max,
        ) as reads,
    ):
        measures = Measures(store.appender.queued)
        store.appender.on_batch = measures.batch_settled
        yield Services(
            handler=CountingHandler(store.handler, measures),
            dry_runner=store.dry_runner,
            order_numbers=store.order_numbers,
            reads=reads,
            policy=settings.policy,
            business_time_zone=settings.business_time_zone,
            readiness=SystemReadiness(settings, reads).checks,
            measures=measures,
        )


class CountingHandler:
    """Counts what a handler answers."""

    def __init__(self, handler: HandlesCommands, measures: Measures) -> None:
        self._handler = handler
        self._commands = measures.commands

    async def handle(self, command: Command, envelope: CommandEnvelope) -> Answer:
        """Let the handler answer."""
        try:
            answer = await self._handler.handle(command, envelope)
        except Exception as error:
            self._count(command, error.code if isinstance(error, OrderTrailError) else FAULT)
            raise
        self._count(command, REPLAYED if answer.replayed else ACCEPTED)
        return answer

    def _count(self, command: Command, outcome: str) -> None:
        self._commands[DECIDERS[type(command)].type, outcome] += 1


class SystemReadiness:
    """Finds out whether everything is there that the API needs."""

    def __init__(self, settings: ServiceSettings, reads: ReadSide) -> None:
        self._settings = settings
        self._reads = reads
        self._migrations_good_until = 0.0

    async def checks(self) -> list[Readiness]:
        """Check the database, its schema and the read tables.

        Shape: the database first; without it nothing else can be said.
        """
        try:
            async with asyncio.timeout(READINESS_SECONDS_MAX):
                read_tables = await self._read_tables()
                return [
                    Readiness("database", ready=True, detail="answers"),
                    await self._migrations(),
                    *read_tables,
                ]
        except (OrderTrailError, TimeoutError) as error:
            _LOG.warning("not ready: %s", error or "no answer in time")
            return [Readiness("database", ready=False, detail="does not answer")]

    async def _migrations(self) -> Readiness:
        if time.monotonic() < self._migrations_good_until:
            return Readiness("migrations", ready=True, detail="at the version of the code")
        with lost_as_unavailable():
            found = await migration_status(self._settings.database_url)
        wrong = [
            f"{status.number:04}_{status.name} is {status.state}"
            for status in found
            if status.state is not MigrationState.APPLIED
        ]
        if wrong:
            return Readiness("migrations", ready=False, detail=", ".join(wrong))
        self._migrations_good_until = time.monotonic() + MIGRATIONS_CHECKED_SECONDS
        return Readiness("migrations", ready=True, detail="at the version of the code")

    async def _read_tables(self) -> list[Readiness]:
        rows = await projection_status(self._reads.reader)
        live = {row["name"]: row for row in rows if row["state"] == "live"}
        found: list[Readiness] = []
        for name in projections(self._settings.business_time_zone):
            row = live.get(name)
            if row is None:
                found.append(Readiness(name, ready=False, detail="no worker has built it yet"))
                continue
            is_ready = row["lag_seconds"] <= PROJECTION_LAG_SECONDS_MAX
            found.append(Readiness(name, ready=is_ready, detail=_standing(row)))
        return found


def _standing(row: Row) -> str:
    """Say how a read table stands; what is parked of it does not make the API unready."""
    standing = f"{row['lag_events']} events, {row['lag_seconds']:.3f} s behind the log"
    if row["parked_keys"]:
        standing += f"; {row['parked_keys']} parked since position {row['parked_since_position']}"
    if row["discarded_events"]:
        standing += f"; {row['discarded_events']} events discarded"
    return standing
