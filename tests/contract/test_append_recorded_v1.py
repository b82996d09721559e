"""What does the recorder's way into the log refuse, and what does it leave behind when it does?

Raw calls, as anybody with the right could send them; the recorder itself is tested beside it.
"""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel
from psycopg.errors import InsufficientPrivilege

from sql.connection import Connection
from tests.contract.recorded_calls import append_raw, call_raw
from tests.examples_log import (
    METADATA,
    a_claim,
    a_command,
    append,
    appended,
    closed_gate,
    column,
    conflict,
    connected,
    log_of,
    rows,
    superuser,
    until,
)

TRACKING = "SELECT consumer, application, notification_id FROM event_store.tracking"
MEBIBYTE = 2**20


async def tracking_of(url: str) -> list[tuple[Any, ...]]:
    async with superuser(url) as connection:
        return await rows(connection, TRACKING)


@pytest.mark.parametrize("role", ["relay", "worker", "query"])
async def test_only_the_api_may_append_or_track(database_url: str, role: str) -> None:
    async with connected(database_url, role) as connection:
        with pytest.raises(InsufficientPrivilege, match="append_recorded_v1"):
            await append_raw(connection, ("s-1", 1))
        with pytest.raises(InsufficientPrivilege, match="track_v1"):
            await connection.execute("SELECT event_store.track_v1('a', 'b', 1)")
    assert await log_of(database_url) == []


@pytest.mark.parametrize("role", ["api", "relay", "worker", "query"])
@pytest.mark.parametrize(
    "change",
    [
        b"INSERT INTO event_store.events DEFAULT VALUES",
        b"INSERT INTO event_store.tracking VALUES ('a', 'b', 1)",
        b"UPDATE event_store.tracking SET notification_id = 0",
        b"DELETE FROM event_store.tracking",
        b"TRUNCATE event_store.tracking",
    ],
)
async def test_no_process_writes_the_tables_itself(
    database_url: str, role: str, change: bytes
) -> None:
    async with connected(database_url, role) as connection:
        with pytest.raises(InsufficientPrivilege, match="permission denied"):
            await connection.execute(change)


@pytest.mark.parametrize("level", [IsolationLevel.REPEATABLE_READ, IsolationLevel.SERIALIZABLE])
async def test_refuses_other_isolation_levels(database_url: str, level: IsolationLevel) -> None:
    async with connected(database_url) as connection:
        await connection.set_isolation_level(level)
        with pytest.raises(psycopg.errors.InvalidTransactionState, match="READ COMMITTED"):
            async with connection.transaction():
                await append_raw(connection, ("s-1", 1))
    assert await log_of(database_url) == []


@pytest.mark.parametrize("first", [0, 1])
async def test_an_empty_stream_begins_at_0_or_1(database_url: str, first: int) -> None:
    async with connected(database_url) as connection:
        assert await append_raw(connection, ("s-1", first), ("s-1", first + 1)) == (1, 2)
        assert await append_raw(connection, ("s-1", first + 2)) == (3, 3)
    assert await log_of(database_url) == [(n, "s-1", first + n - 1) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "events",
    [
        [("new-1", 2)],
        [("new-1", -1)],
        [("new-1", 1), ("new-1", 3)],
        [("new-1", 1), ("new-1", 1)],
        [("new-1", 2), ("new-1", 1)],
        [("new-1", 0), ("new-1", 2)],
        [("s-1", 0)],
        [("s-1", 1)],
        [("s-1", 3)],
        [("s-1", 2), ("s-1", 4)],
        [("new-1", 1), ("s-1", 1), ("new-1", 2)],
    ],
)
async def test_a_version_that_does_not_follow_rolls_everything_back(
    database_url: str, events: list[tuple[str, int]]
) -> None:
    async with connected(database_url) as connection:
        await append_raw(connection, ("s-1", 1), tracking=("me", "upstream", 1))
        with pytest.raises(psycopg.errors.UniqueViolation, match="does not follow in stream"):
            await append_raw(connection, ("other-1", 1), *events, tracking=("me", "upstream", 2))
    assert await log_of(database_url) == [(1, "s-1", 1)]
    assert await tracking_of(database_url) == [("me", "upstream", 1)]


async def test_streams_may_take_turns_in_one_call(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await append_raw(connection, ("a", 1), ("b", 0), ("a", 2), ("b", 1)) == (1, 4)
    assert await log_of(database_url) == [(1, "a", 1), (2, "b", 0), (3, "a", 2), (4, "b", 1)]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"data": '{"n":1'}, psycopg.errors.InvalidTextRepresentation),
        ({"data": "NaN"}, psycopg.errors.InvalidTextRepresentation),
        ({"data": ""}, psycopg.errors.InvalidTextRepresentation),
        ({"metadata": "{]"}, psycopg.errors.InvalidTextRepresentation),
        ({"data": None}, psycopg.errors.NotNullViolation),
        ({"metadata": None}, psycopg.errors.NotNullViolation),
        ({"data": '"a\0b"'}, psycopg.DataError),
        ({"event_type": "a\0b"}, psycopg.DataError),
        ({"event_type": ""}, psycopg.errors.StringDataRightTruncation),
        ({"event_type": "t" * 501}, psycopg.errors.StringDataRightTruncation),
        ({"data": f'"{"x" * (MEBIBYTE - 1)}"'}, psycopg.errors.StringDataRightTruncation),
        ({"data": f'"{"é" * (MEBIBYTE // 2)}"'}, psycopg.errors.StringDataRightTruncation),
        ({"metadata": f'"{"x" * MEBIBYTE}"'}, psycopg.errors.StringDataRightTruncation),
    ],
)
async def test_what_the_log_cannot_hold_rolls_everything_back(
    database_url: str, change: dict[str, Any], refusal: type[psycopg.Error]
) -> None:
    async with connected(database_url) as connection:
        with pytest.raises(refusal):
            await append_raw(connection, ("a", 1), ("b", 1), tracking=("me", "them", 1), **change)
    assert await log_of(database_url) == []
    assert await tracking_of(database_url) == []


async def test_the_largest_event_is_taken(database_url: str) -> None:
    data = f'"{"x" * (MEBIBYTE - 2)}"'
    async with connected(database_url) as connection:
        await append_raw(connection, ("s" * 500, 1), data=data, event_type="t" * 500)
        assert await column(connection, "SELECT data::text FROM event_store.events") == [data]


@pytest.mark.parametrize(
    "arguments",
    [
        ([], [], [], [], [], []),
        (["s"], [1], [1], ["t"], ["1"], []),
        (["s"], [1, 1], [1, 2], ["t"], ["1"], [METADATA]),
        (["s"], [2], [1], ["t"], ["1"], [METADATA]),
        (["s"], [0], [1], ["t"], ["1"], [METADATA]),
        (["s"], [None], [1], ["t"], ["1"], [METADATA]),
        (["s", "s"], [1, 2], [1, 0], ["t", "t"], ["1", "1"], [METADATA] * 2),
        (["s"], [1] * 10_001, range(10_001), ["t"] * 10_001, ["1"] * 10_001, [METADATA] * 10_001),
        (None, None, None, None, None, None),
    ],
)
async def test_calls_that_do_not_fit_together_are_refused(
    database_url: str, arguments: tuple[Any, ...]
) -> None:
    lists = [None if each is None else list(each) for each in arguments]
    async with connected(database_url) as connection:
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            await call_raw(connection, *lists, None, None, None)
    assert await log_of(database_url) == []


async def test_a_stream_has_one_order_whoever_writes_it(database_url: str) -> None:
    """Both ways judge by the same head."""
    async with connected(database_url) as connection:
        assert await append(connection, a_command("a", a_claim("s-1", events=2))) == [
            appended(1, 2)
        ]
        with pytest.raises(psycopg.errors.UniqueViolation, match="stands at 2"):
            await append_raw(connection, ("s-1", 2))
        assert await append_raw(connection, ("s-1", 3)) == (3, 3)
        outcomes = await append(
            connection, a_command("b", a_claim("s-1", 2)), a_command("c", a_claim("s-1", 3))
        )
    assert outcomes == [conflict(3), appended(4, 4)]
    assert await log_of(database_url) == [(n, "s-1", n) for n in (1, 2, 3, 4)]


async def test_waits_at_the_same_gate_and_judges_by_what_came_before(database_url: str) -> None:
    async with connected(database_url) as first, connected(database_url) as second:
        async with first.transaction(), superuser(database_url) as observer:
            await append(first, a_command("a", a_claim("s-1")))
            waiting = asyncio.create_task(append_raw(second, ("s-1", 2), ("s-2", 1)))

            async def waits() -> bool:
                query = "SELECT pid FROM pg_locks WHERE NOT granted AND relation ="
                return bool(await column(observer, f"{query} 'event_store.append_gate'::regclass"))

            await until(waits)
        assert await waiting == (2, 3)
    assert await log_of(database_url) == [(1, "s-1", 1), (2, "s-1", 2), (3, "s-2", 1)]


async def test_gives_up_at_a_gate_that_stays_closed(database_url: str) -> None:
    async with closed_gate(database_url), connected(database_url, lock_timeout="0") as connection:
        began = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await append_raw(connection, ("s-1", 1))
        assert 1.9 <= time.monotonic() - began < 4


async def test_who_waits_for_tracking_does_not_keep_the_gate(database_url: str) -> None:
    async with (
        connected(database_url) as holder,
        connected(database_url) as waiter,
        connected(database_url) as other,
        superuser(database_url) as observer,
    ):
        async with holder.transaction():
            await holder.execute("SELECT event_store.track_v1('me', 'upstream', 7)")
            waiting = asyncio.create_task(
                append_raw(waiter, ("s-1", 1), tracking=("me", "upstream", 8))
            )

            async def waits() -> bool:
                query = "SELECT pid FROM pg_stat_activity WHERE pid = %s AND wait_event_type = %s"
                return bool(await column(observer, query, waiter.info.backend_pid, "Lock"))

            await until(waits)
            assert await append_raw(other, ("s-2", 1)) == (1, 1)
        assert await waiting == (2, 2)
    assert await tracking_of(database_url) == [("me", "upstream", 8)]


@pytest.mark.parametrize("setting", ["off", "local", "on"])
@pytest.mark.parametrize("call", ["append", "track"])
async def test_the_commit_is_durable_whatever_the_session_says(
    database_url: str, setting: str, call: str
) -> None:
    async with connected(database_url, synchronous_commit=setting) as connection:
        async with connection.transaction():
            if call == "append":
                await append_raw(connection, ("s-1", 1))
            else:
                await connection.execute("SELECT event_store.track_v1('a', 'b', 1)")
            assert await column(connection, "SHOW synchronous_commit") == ["on"]
        assert await column(connection, "SHOW synchronous_commit") == [setting]


async def test_tables_and_the_search_path_of_the_caller_have_no_effect(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute("CREATE TEMP TABLE events (LIKE event_store.events)")
        await connection.execute("CREATE TEMP TABLE tracking (LIKE event_store.tracking)")
        await connection.execute("CREATE TEMP TABLE append_gate ()")
        await connection.execute("SET search_path = pg_temp, event_store, pg_catalog")
        await append_raw(connection, ("s-1", 1), tracking=("me", "upstream", 1))
        hijacked = await rows(
            connection, "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM tracking)"
        )
    assert hijacked == [(0, 0)]
    assert await log_of(database_url) == [(1, "s-1", 1)]
    assert await tracking_of(database_url) == [("me", "upstream", 1)]


async def test_instants_of_the_log_never_run_backwards(database_url: str) -> None:
    """A clock that was set back: the event before stands in the future."""
    future = "2999-01-01 00:00:00+00"
    async with connected(database_url, "log_owner") as owner:
        await owner.execute(
            "INSERT INTO event_store.events VALUES (1, 's-1', 1, 't', 1, '{}', '{}', %s, %s)",
            (future, future),
        )
    async with connected(database_url) as connection:
        await append_raw(connection, ("s-1", 2))
        instants = await rows(
            connection,
            "SELECT recorded_at = %s, occurred_at = recorded_at, schema_version"
            " FROM event_store.events ORDER BY position",
            future,
        )
    assert instants == [(True, True, 1), (True, True, 1)]


async def test_says_nothing_in_the_append_transaction(database_url: str) -> None:
    """NOTIFY takes a lock of the whole server when it commits."""
    async with connected(database_url) as listener, connected(database_url) as connection:
        await listener.execute("LISTEN ordertrail_log")
        await append_raw(connection, ("s-1", 1))
        await connection.execute("SELECT pg_notify('ordertrail_log', 'after it')")
        heard = [each.payload async for each in listener.notifies(timeout=5, stop_after=1)]
    assert heard == ["after it"]


async def sequential_scans(connection: Connection) -> int:
    await connection.execute("SELECT pg_stat_force_next_flush()")
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    query = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'events'"
    (scans,) = await column(connection, query)
    return int(scans)


async def test_never_scans_the_log_from_end_to_end(database_url: str) -> None:
    """In a database that nobody has analysed, with plans made when it was empty."""
    async with superuser(database_url) as owner:
        await owner.execute("ALTER TABLE event_store.events SET (autovacuum_enabled = false)")
        before = await sequential_scans(owner)
        async with connected(database_url) as connection:
            for call in range(1, 13):
                await append_raw(connection, *[(f"s-{n}", call) for n in range(250)])
            await connection.execute("SELECT pg_stat_force_next_flush()")
        assert await sequential_scans(owner) == before
