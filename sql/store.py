"""How is the command side of a process put together on one database?

`open_store` gives a handler with its group loader and group appender, the order numbers, and a
reader of the log; everything is closed in the order in which nothing acknowledged is lost.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from psycopg_pool import AsyncConnectionPool

from commands.dry_runner import DryRunner
from commands.handler import CommandHandler
from domain.order_number import CHANNEL_LETTERS
from sql.appender import GroupAppender
from sql.connection import Connection, conninfo
from sql.loader import GroupLoader
from sql.log import LogReader
from sql.log_notifier import LogNotifier
from sql.migrate import role_name
from sql.order_numbers import OrderNumberBlocks
from sql.snapshots import SnapshotWriter

POOL_WAITING_MAX: Final = 200
POOL_TIMEOUT_SECONDS: Final = 2.0
API: Final = "api"


@dataclass(frozen=True, slots=True)
class Store:
    """The command side of one process."""

    handler: CommandHandler
    dry_runner: DryRunner
    order_numbers: OrderNumberBlocks
    log: LogReader
    appender: GroupAppender
    loader: GroupLoader


def make_pool(
    database_url: str, *, role: str, application: str, connections_max: int, **settings: str
) -> AsyncConnectionPool[Connection]:
    """Make a closed pool of autocommit connections of a role; open it with `async with`."""
    return AsyncConnectionPool[Connection](
        conninfo(database_url, role=role, application=application, **settings),
        kwargs={"autocommit": True},
        min_size=1,
        max_size=connections_max,
        max_waiting=POOL_WAITING_MAX,
        timeout=POOL_TIMEOUT_SECONDS,
        open=False,
    )


@asynccontextmanager
async def open_store(
    database_url: str,
    *,
    role_prefix: str,
    code_version: str,
    channel_letters: Mapping[str, str] = CHANNEL_LETTERS,
    pool_connections_max: int = 4,
    who: str = API,
) -> AsyncGenerator[Store]:
    """Open the command side under the role `who`; closing it first appends what was accepted.

    Raises:
        psycopg.OperationalError: the database cannot be reached.
    """
    role = role_name(role_prefix, who)
    pool = make_pool(
        database_url,
        role=role,
        application=f"ordertrail {who}",
        connections_max=pool_connections_max,
        statement_timeout="5s",
    )
    notifier = LogNotifier(database_url, role=role)
    appender = GroupAppender(database_url, role=role, on_commit=notifier.committed)
    snapshots = SnapshotWriter(database_url, role=role)
    loader = GroupLoader(database_url, role=role, snapshots=snapshots)
    async with pool:
        await appender.open()
        await loader.open()
        await notifier.open()
        await snapshots.open()
        try:
            yield Store(
                handler=CommandHandler(
                    loader, appender, code_version, remembers_new_streams=who != API
                ),
                dry_runner=DryRunner(loader),
                order_numbers=OrderNumberBlocks(pool, channel_letters),
                log=LogReader(pool),
                appender=appender,
                loader=loader,
            )
        finally:
            await appender.close()
            await loader.close()
            await snapshots.close()
            await notifier.close()
