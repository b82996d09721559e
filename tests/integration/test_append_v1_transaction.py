"""In which transactions does `append_v1` run, and can its caller bend it?"""

import asyncio
import time

import psycopg
import pytest
from psycopg import IsolationLevel

from sql.connection import Connection
from tests.examples_log import (
    DUPLICATE,
    a_claim,
    a_command,
    append,
    appended,
    assert_dense,
    closed_gate,
    column,
    conflict,
    connected,
    rows,
    superuser,
    until,
)

HIJACK = """
CREATE SCHEMA hijack;
GRANT USAGE ON SCHEMA hijack TO PUBLIC;
CREATE TABLE hijack.events (LIKE event_store.events);
CREATE TABLE hijack.commands (LIKE event_store.commands);
CREATE TABLE hijack.append_gate ();
GRANT ALL ON ALL TABLES IN SCHEMA hijack TO PUBLIC;
CREATE FUNCTION hijack.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT ''''';
CREATE FUNCTION hijack.cardinality(anyarray) RETURNS int LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION hijack.clock_timestamp() RETURNS timestamptz LANGUAGE sql
    AS $$SELECT timestamptz '1970-01-01Z'$$;
CREATE FUNCTION hijack.not_equal(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE OPERATOR hijack.<> (LEFTARG = int, RIGHTARG = int, FUNCTION = hijack.not_equal);
"""


@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
async def test_refuses_other_isolation_levels(database_url: str, level: IsolationLevel) -> None:
    async with connected(database_url) as connection:
        await connection.set_isolation_level(level)
        with pytest.raises(psycopg.errors.InvalidTransactionState, match="READ COMMITTED"):
            async with connection.transaction():
                await append(connection, a_command("a", a_claim("s-1")))
    assert await assert_dense(database_url) == 0


@pytest.mark.parametrize("setting", ["off", "local", "on"])
async def test_the_commit_is_durable_whatever_the_session_says(
    database_url: str, setting: str
) -> None:
    async with connected(database_url, synchronous_commit=setting) as connection:
        async with connection.transaction():
            await append(connection, a_command("a", a_claim("s-1")))
            inside = await column(connection, "SHOW synchronous_commit")
        outside = await column(connection, "SHOW synchronous_commit")
    assert (inside, outside) == (["on"], [setting])


async def test_gives_up_at_a_gate_that_stays_closed(database_url: str) -> None:
    async with (
        closed_gate(database_url),
        connected(database_url, lock_timeout="0") as connection,
    ):
        began = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable) as refusal:
            await append(connection, a_command("a", a_claim("s-1")))
        seconds = time.monotonic() - began
    assert refusal.value.sqlstate == "55P03"
    assert 1.9 <= seconds < 4


async def test_judges_by_what_was_committed_while_it_waited(database_url: str) -> None:
    async with connected(database_url) as first, connected(database_url) as second:
        async with first.transaction():
            await append(first, a_command("a", a_claim("s-1", events=2)))
            waiting = asyncio.create_task(
                append(
                    second,
                    a_command("stale", a_claim("s-1", 0)),
                    a_command("a", a_claim("s-1", 0)),
                    a_command("fresh", a_claim("s-1", 2)),
                )
            )
            async with superuser(database_url) as observer:
                await until(lambda: is_waiting(observer))
        assert await waiting == [conflict(2), DUPLICATE, appended(3, 3)]
    assert await assert_dense(database_url) == 3


async def test_a_reader_sees_nothing_of_an_append_before_its_commit(database_url: str) -> None:
    async with connected(database_url) as writer, connected(database_url, "query") as reader:
        async with writer.transaction():
            await append(writer, a_command("a", a_claim("s-1")))
            assert await rows(reader, "SELECT position FROM event_store.events") == []
        assert await rows(reader, "SELECT position FROM event_store.events") == [(1,)]


async def test_readers_do_not_wait_at_the_gate(database_url: str) -> None:
    async with closed_gate(database_url), connected(database_url, "query") as reader:
        await reader.execute("SET lock_timeout = '1s'")
        assert await rows(reader, "SELECT position FROM event_store.events") == []


async def test_temporary_tables_of_the_caller_have_no_effect(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute("CREATE TEMP TABLE events (LIKE event_store.events)")
        await connection.execute("CREATE TEMP TABLE commands (LIKE event_store.commands)")
        await connection.execute("CREATE TEMP TABLE append_gate ()")
        outcomes = await append(connection, a_command("a", a_claim("s-1")))
        assert await rows(connection, "SELECT position FROM pg_temp.events") == []
        assert await rows(connection, "SELECT last_position FROM pg_temp.commands") == []
    assert outcomes == [appended(1, 1)]
    assert await assert_dense(database_url) == 1


async def test_the_search_path_of_the_caller_has_no_effect(database_url: str) -> None:
    async with superuser(database_url) as owner:
        await owner.execute(HIJACK)
    async with connected(database_url) as connection:
        await connection.execute("SET search_path = hijack, event_store, pg_catalog")
        async with connection.transaction():
            stored = await append(connection, a_command("a", a_claim("s-1")))
            durable = await column(connection, "SELECT pg_catalog.current_setting('lock_timeout')")
        stale = await append(connection, a_command("b", a_claim("s-1", 7)))
        hijacked = await rows(connection, "SELECT * FROM hijack.events")
        await connection.execute("SET search_path = pg_catalog")
        current = await column(
            connection,
            "SELECT recorded_at > now() - interval '1 hour' FROM event_store.events",
        )
    assert (stored, durable, stale) == ([appended(1, 1)], ["2s"], [conflict(1)])
    assert (hijacked, current) == ([], [True])


async def is_waiting(observer: Connection) -> bool:
    query = (
        "SELECT pid FROM pg_locks WHERE NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND relation = 'event_store.append_gate'::regclass"
    )
    return bool(await column(observer, query))
