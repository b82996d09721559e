"""What does every long-running process do before its work?

It logs, it ends with the program that supervises it, and it refuses to start on a database that
is not there, or whose schema is not the code's.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from cyclopts import Parameter

from cli.database import needing_database, require_database
from cli.keys import with_generated_keys
from cli.logs import configure_logs
from cli.options import Shared
from cli.running import database_of
from cli.settings import Settings
from cli.signals import end_with_parent
from sql.migrate import verify_migrations

Supervised = Annotated[bool, Parameter(show=False, negative="")]
"""Set by the supervisor: log as JSON, end when standard input closes."""

CODE_VERSION_PACKAGE: Final = "ordertrail"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The settings of a process and the database it may use."""

    settings: Settings
    database_url: str


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
    if settings.is_embedded:
        settings = with_generated_keys(settings)
    return Prepared(settings, database_of(settings))


async def require_schema(prepared: Prepared) -> None:
    """See to it that the database is there and has this code's schema.

    Raises:
        ConfigurationFailed: it is not.
    """
    url = prepared.database_url
    await require_database(url, prepared.settings.role_prefix)
    with needing_database(url):
        await verify_migrations(url)
