"""What kind of server is at the other end, and is it set up to keep what it says it kept?

Asked before an operator's command starts, and by `ordertrail doctor`; answers within 4 s or not
at all.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

from sql.database_lost import DatabaseLost, lost_as_unavailable

ANSWER_SECONDS_MAX: Final = 4.0
DURABILITY: Final = ("fsync", "full_page_writes", "synchronous_commit")

_FACTS: Final = """
SELECT current_setting('server_version_num')::int,
       current_setting('server_version'),
       (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY (%s)),
       clock_timestamp(),
       pg_is_in_recovery(),
       (SELECT coalesce(array_agg(rolname::text), '{}') FROM pg_roles
         WHERE starts_with(rolname::text, %s) AND pg_has_role(oid, 'MEMBER'))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """A server as it describes itself. `roles`: those with our prefix that this login may take."""

    version_number: int
    version: str
    durability: Mapping[str, str]
    clock: datetime
    is_in_recovery: bool
    roles: frozenset[str]


async def server_facts(database_url: str, role_prefix: str = "ordertrail") -> ServerFacts:
    """Ask a server about itself.

    Raises:
        DatabaseLost: it cannot be reached, refuses the login, or does not answer in time.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            return await _ask(database_url, f"{role_prefix}_")
    except TimeoutError as error:
        raise DatabaseLost(f"no answer within {ANSWER_SECONDS_MAX:g} s") from error


async def _ask(database_url: str, roles_begin_with: str) -> ServerFacts:
    with lost_as_unavailable():
        connection = await psycopg.AsyncConnection[TupleRow].connect(
            database_url, autocommit=True, application_name="ordertrail doctor"
        )
        async with connection:
            cursor = await connection.execute(_FACTS, (list(DURABILITY), roles_begin_with))
            row: Any = await cursor.fetchone()
    assert row is not None
    return ServerFacts(
        version_number=row[0],
        version=row[1],
        durability=row[2],
        clock=row[3],
        is_in_recovery=row[4],
        roles=frozenset(row[5]),
    )
