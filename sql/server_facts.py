"""What kind of server is at the other end, and is it set up to keep what it says it kept?

Asked before an operator's command starts, and by `ordertrail doctor`; answers within 2.5 s or not
at all.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.rows import TupleRow

from sql.database_lost import DatabaseLost, lost_as_unavailable

ANSWER_SECONDS_MAX: Final = 2.5
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
    """A server as it describes itself.

    Units: `clock_ahead_seconds` of the server's clock before ours, give or take half of
    `clock_unsure_seconds`. `roles`: those with our prefix that this login may take.
    """

    version_number: int
    version: str
    durability: Mapping[str, str]
    clock_ahead_seconds: float
    clock_unsure_seconds: float
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
            asked_at = time.time()
            cursor = await connection.execute(_FACTS, (list(DURABILITY), roles_begin_with))
            row: Any = await cursor.fetchone()
            answered_at = time.time()
    assert row is not None
    clock: datetime = row[3]
    return ServerFacts(
        version_number=row[0],
        version=row[1],
        durability=row[2],
        clock_ahead_seconds=clock.timestamp() - (asked_at + answered_at) / 2,
        clock_unsure_seconds=answered_at - asked_at,
        is_in_recovery=row[4],
        roles=frozenset(row[5]),
    )
