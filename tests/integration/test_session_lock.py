"""Who holds the right to write a checkpoint, and how is it lost?"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from sql.database_lost import DatabaseLost, lost_as_unavailable
from sql.relay_session import RelaySession
from sql.session_lock import CheckpointLost, SessionLock
from tests.examples_log import superuser
from tests.running_workers import eventually

ROLE = "ordertrail_worker"


@asynccontextmanager
async def _a_lock(database_url: str, key: str = "projector test") -> AsyncGenerator[SessionLock]:
    async with await SessionLock.open(database_url, ROLE, key) as lock:
        yield lock


async def test_one_session_holds_a_right_and_another_gets_it_afterwards(database_url: str) -> None:
    async with _a_lock(database_url) as second:
        async with _a_lock(database_url) as first, _a_lock(database_url, "another") as other:
            await first.acquire()
            assert await first.try_acquire()
            assert await other.try_acquire()
            assert not await second.try_acquire()
            waiting = asyncio.create_task(second.acquire())
            await first.keep_alive()
            assert not waiting.done()
        await asyncio.wait_for(waiting, 5)
        assert second.is_held


async def test_a_holder_that_falls_silent_loses_the_right_within_ten_seconds(
    database_url: str,
) -> None:
    async with _a_lock(database_url) as silent, _a_lock(database_url) as standby:
        await silent.acquire()
        started_at = time.monotonic()
        await asyncio.wait_for(standby.acquire(), 10)
        assert time.monotonic() - started_at > 6, "it lost the right by silence, nothing else"
        with pytest.raises(DatabaseLost):
            await silent.keep_alive()
        await standby.keep_alive()


async def test_silence_inside_a_transaction_is_bounded_as_well(database_url: str) -> None:
    async with _a_lock(database_url) as silent, superuser(database_url) as connection:
        await silent.acquire()
        async with silent.conn.transaction():
            await silent.conn.execute("SELECT 1")
            cursor = await connection.execute(
                "SELECT setting FROM pg_settings WHERE name = 'idle_session_timeout'"
            )
            assert await cursor.fetchone() == ("0",), "the settings are those of the session only"
            own = await silent.conn.execute("SHOW idle_in_transaction_session_timeout")
            assert await own.fetchone() == ("8s",)
            await silent.keep_alive()


async def test_a_holder_whose_session_was_ended_is_told(database_url: str) -> None:
    async with _a_lock(database_url) as lock:
        await lock.acquire()
        async with superuser(database_url) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(%s)", (lock.conn.info.backend_pid,)
            )

        async def is_told() -> bool:
            try:
                await lock.keep_alive()
            except DatabaseLost:
                return True
            return False

        await eventually(is_told)


async def test_a_server_that_is_not_there_is_a_lost_database() -> None:
    with pytest.raises(DatabaseLost):
        await SessionLock.open("postgresql://nobody@127.0.0.1:1/nothing", ROLE, "key")


async def test_the_relays_checkpoint_moves_only_from_where_it_was_left(database_url: str) -> None:
    session = await RelaySession.open(database_url, "ordertrail_relay")
    await session.acquire()
    await session.advance(5)
    assert session.checkpoint == 5
    async with superuser(database_url) as connection:
        await connection.execute("UPDATE messaging.relay_checkpoints SET position = 7")
    with pytest.raises(CheckpointLost):
        await session.advance(9)
    await session.close()
    again = await RelaySession.open(database_url, "ordertrail_relay")
    await again.acquire()
    assert again.checkpoint == 7
    await again.close()


async def test_a_session_that_was_ended_inside_a_transaction_is_lost_too(
    database_url: str,
) -> None:
    async with _a_lock(database_url) as silent:
        await silent.conn.execute("SET idle_in_transaction_session_timeout = '50ms'")
        with pytest.raises(DatabaseLost, match="idle-in-transaction"):
            await _be_silent_in_a_transaction(database_url, silent)


async def _be_silent_in_a_transaction(database_url: str, lock: SessionLock) -> None:
    with lost_as_unavailable():
        async with lock.conn.transaction():
            await lock.conn.execute("SELECT 1")
            await eventually(lambda: _is_gone(database_url, lock.conn.info.backend_pid))
            await lock.conn.execute("SELECT 1")


async def _is_gone(database_url: str, pid: int) -> bool:
    async with superuser(database_url) as connection:
        found = await connection.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,))
        return found.rowcount == 0
