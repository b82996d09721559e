"""How does a process connect: under which role, with which limits?

One `DATABASE_URL`, many roles: a connection drops to its role when it starts
(`options=-c role=…`), so a process can do only what its role may. Timeouts are written here,
where a reader looks for them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

Connection = psycopg.AsyncConnection[TupleRow]

CONNECT_TIMEOUT_SECONDS: Final = 5
STATEMENT_TIMEOUT_SECONDS_MAX: Final = 30
ANSWER_SECONDS_MAX: Final = 6.0
"""How long a question of the API waits for a server that says nothing at all. Above its statement
timeout of 5 s, which a server that is well keeps itself."""

CANCEL_SECONDS_MAX: Final = 0.25

_KEEPALIVES: Final = {
    # The server notices a dead client: 5 s + 3 x 2 s.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}


def conninfo(database_url: str, *, role: str, application: str, **settings: str) -> str:
    """Make the connection string of a role with its server settings.

    `settings` are server parameters, by name.
    """
    known = conninfo_to_dict(database_url)
    options = {"role": role, "timezone": "UTC", **_KEEPALIVES, **settings}
    given = str(known.pop("options", "") or "")
    words = " ".join(f"-c {name}={value}" for name, value in options.items())
    changes: dict[str, Any] = {
        **known,
        "options": f"{given} {words}".strip(),
        "application_name": application,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    return make_conninfo("", **changes)


async def connect(database_url: str, *, role: str, application: str, **settings: str) -> Connection:
    """Open an autocommit connection of a role.

    Raises:
        psycopg.OperationalError: no server answers, or it refuses.
    """
    return await psycopg.AsyncConnection[TupleRow].connect(
        conninfo(database_url, role=role, application=application, **settings), autocommit=True
    )


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncGenerator[None]:
    """Wait for the server so long at the most, even if it does not react to a cancellation either.

    A statement whose task is cancelled is cancelled at the server too, for which psycopg waits up
    to ten seconds more: a server that was stopped, or is behind a dead link, will not answer. The
    second timeout ends that wait, and the connection with it.

    Raises:
        TimeoutError: it did not answer in time.
    """
    async with asyncio.timeout(seconds + CANCEL_SECONDS_MAX), asyncio.timeout(seconds):
        yield
