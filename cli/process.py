"""What does every long-running process do before its work?

It logs, it ends with the program that supervises it, and it refuses to start on a database that
is not there, or whose schema is not the code's.
"""

import asyncio
import gc
import time
from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import Parameter

from cli.database import needing_database, require_database
from cli.failures import ConfigurationFailed
from cli.interrupts import end_with_parent
from cli.keys import with_generated_keys
from cli.logs import configure_logs
from cli.options import Shared
from cli.running import database_of
from cli.settings import Settings
from sql.migrate import verify_migrations

Supervised = Annotated[bool, Parameter(show=False, negative="")]
"""Set by the supervisor: log as JSON, end when standard input closes."""

CODE_VERSION_PACKAGE: Final = "ordertrail"
COLLECTOR_THRESHOLDS: Final = (10_000, 20, 50)
SUPERVISED_PATIENCE_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Prepared:
    """The settings of a process and the database it may use."""

    settings: Settings
    database_url: str
    patience_seconds: float
    """How long to wait for the database: a supervisor has seen it, so it will be back."""


def prepare(process: str, shared: Shared, *, supervised: bool, **given: object) -> Prepared:
    """Read the settings and begin to log.

    Raises:
        ConfigurationFailed: a setting is wrong, or there is no database.
    """
    settings = shared.settings(**given)
    as_json = True if supervised or shared.as_json else None
    configure_logs(settings.log_level, process=process, as_json=as_json)
    if supervised:
        end_with_parent()
    spare_the_collector()
    if settings.is_embedded:
        settings = with_generated_keys(settings)
    patience_seconds = SUPERVISED_PATIENCE_SECONDS if supervised else 0.0
    return Prepared(settings, database_of(settings), patience_seconds)


def prepare_without_database(process: str, shared: Shared, *, supervised: bool) -> Settings:
    """Read the settings of a process that has no database, and begin to log.

    Raises:
        ConfigurationFailed: a setting is wrong.
    """
    settings = shared.settings()
    as_json = True if supervised or shared.as_json else None
    configure_logs(settings.log_level, process=process, as_json=as_json)
    if supervised:
        end_with_parent()
    return with_generated_keys(settings) if settings.is_embedded else settings


def spare_the_collector() -> None:
    """Let the garbage collector leave alone what lives as long as the process.

    Requests and batches make few cycles, and with the default thresholds every few dozen of them
    would have the collector walk over all that is cached.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


async def require_schema(prepared: Prepared) -> None:
    """See to it that the database is there and has this code's schema.

    Raises:
        ConfigurationFailed: it is not.
    """
    url = prepared.database_url
    deadline = time.monotonic() + prepared.patience_seconds
    while True:
        try:
            await require_database(url, prepared.settings.role_prefix)
            break
        except ConfigurationFailed:
            if time.monotonic() >= deadline:
                raise
            await asyncio.sleep(RETRY_SECONDS)
    with needing_database(url):
        await verify_migrations(url)
