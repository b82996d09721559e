"""What does an operator see when the database is not there?

One sentence without the password, and exit code 3, within 5 seconds.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from cli.failures import ConfigurationFailed
from sql.database_lost import DatabaseLost, lost_as_unavailable
from sql.migrate import MigrationError
from sql.server_facts import ServerFacts, server_facts

HIDDEN: Final = "***"
_PASSWORD_PARAMETER: Final = re.compile(r"(?<![a-z])((?:ssl)?password=)([^&]*)", re.IGNORECASE)


def masked(url: str) -> str:
    """Write a URL without its password, for people."""
    parts = urlsplit(url)
    place = parts.netloc
    if parts.password is not None:
        place = f"{parts.username or ''}:{HIDDEN}@{place.rpartition('@')[2]}"
    query = _PASSWORD_PARAMETER.sub(rf"\1{HIDDEN}", parts.query)
    return urlunsplit(parts._replace(netloc=place, query=query))


def without_password(text: str, url: str) -> str:
    """Take the password of a URL out of a text that others wrote."""
    parts = urlsplit(url)
    given = [found[2] for found in _PASSWORD_PARAMETER.finditer(parts.query)]
    for password in filter(None, (parts.password, *given)):
        for secret in (password, unquote(password)):
            text = text.replace(secret, HIDDEN)
    return " ".join(text.split())


@contextmanager
def needing_database(database_url: str) -> Generator[None]:
    """Make a database that is lost, or not migrated, the end of the command.

    Raises:
        ConfigurationFailed: in place of what the database's library raises.
    """
    try:
        with lost_as_unavailable():
            yield
    except DatabaseLost as error:
        if isinstance(error.__cause__, BrokenPipeError):
            raise error.__cause__ from None  # it was our own standard output that closed
        said = without_password(str(error), database_url)
        raise ConfigurationFailed(
            f"The database {masked(database_url)} cannot be used: {said}"
        ) from None
    except MigrationError as error:
        raise ConfigurationFailed(f"The schema does not fit: {error}.") from error


async def require_database(database_url: str, role_prefix: str) -> ServerFacts:
    """See to it that the database answers, within 5 s.

    Raises:
        ConfigurationFailed: it does not.
    """
    with needing_database(database_url):
        return await server_facts(database_url, role_prefix)
