"""Do followers hear of new events, soon, seldom, and never at the cost of the append?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sql.connection import Connection
from sql.log_notifier import LogNotifier
from tests.examples_log import (
    ROLE_PREFIX,
    a_claim,
    a_command,
    a_store,
    an_envelope,
    append,
    column,
    connected,
    notes,
    place_an_order,
    superuser,
    until,
)

END_NOTIFIERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'ordertrail notifier'
"""


class Follower:
    """Listens as a follower does and keeps what it hears."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.heard: list[int] = []

    async def listen(self) -> None:
        """Hear until cancelled."""
        async for notification in self._connection.notifies():
            assert notification.channel == "ordertrail_log"
            self.heard.append(int(notification.payload))

    def has_heard(self, position: int) -> bool:
        """Tell whether the log was said to have grown so far."""
        return position in self.heard


@asynccontextmanager
async def a_follower(url: str, channel: str = "ordertrail_log") -> AsyncGenerator[Follower]:
    async with connected(url, "worker") as connection:
        await connection.execute(f"LISTEN {channel}".encode())
        follower = Follower(connection)
        listening = asyncio.create_task(follower.listen())
        try:
            yield follower
        finally:
            listening.cancel()
            await asyncio.wait([listening])


@asynccontextmanager
async def a_notifier(url: str) -> AsyncGenerator[LogNotifier]:
    notifier = LogNotifier(url, role=f"{ROLE_PREFIX}_api")
    await notifier.open()
    try:
        yield notifier
    finally:
        await notifier.close()


async def test_a_follower_hears_the_position_of_every_commit_or_a_later_one(
    database_url: str,
) -> None:
    async with a_follower(database_url) as follower, a_store(database_url) as store:
        placed = await place_an_order(store)
        await until(lambda: follower.has_heard(placed.position))
        await asyncio.gather(*(store.handler.handle(note, an_envelope()) for note in notes(200)))
        await until(lambda: follower.has_heard(placed.position + 200))
    assert follower.heard == sorted(set(follower.heard))
    assert len(follower.heard) < 100  # 205 events: several commits share a call


async def test_a_follower_can_see_what_it_hears_of(database_url: str) -> None:
    query = "SELECT max(position) FROM event_store.events"
    async with (
        a_follower(database_url) as follower,
        a_store(database_url) as store,
        connected(database_url, "worker") as reader,
    ):
        await place_an_order(store)
        for note in notes(20):
            answer = await store.handler.handle(note, an_envelope())
            await until(lambda position=answer.position: follower.has_heard(position))
            assert await column(reader, query) == [answer.position]


async def test_the_append_itself_notifies_nobody(database_url: str) -> None:
    """NOTIFY takes a lock of the whole server at commit."""
    async with a_follower(database_url) as follower, connected(database_url) as connection:
        await append(connection, a_command("a", a_claim("s-1")))
        await connection.execute("SELECT pg_notify('ordertrail_log', '99')")
        await until(lambda: follower.has_heard(99))
    assert follower.heard == [99]


async def test_a_notifier_whose_session_was_ended_goes_on(database_url: str) -> None:
    async with (
        a_follower(database_url) as follower,
        superuser(database_url) as owner,
        a_notifier(database_url) as notifier,
    ):
        notifier.committed(1)
        await until(lambda: follower.has_heard(1))
        assert await column(owner, END_NOTIFIERS) == [True]
        heard = iter(range(2, 10_000))

        def hears_again() -> bool:
            notifier.committed(next(heard))
            return len(follower.heard) > 1

        await until(hears_again)


async def test_an_older_position_is_never_told_after_a_newer_one(database_url: str) -> None:
    async with a_follower(database_url) as follower, a_notifier(database_url) as notifier:
        for position in (7, 9, 8):
            notifier.committed(position)
        await until(lambda: follower.has_heard(9))
    assert follower.heard == [9]


async def test_appends_go_on_while_nobody_can_be_notified(database_url: str) -> None:
    async with superuser(database_url) as owner, a_store(database_url) as store:
        await until(lambda: has_ended_one(owner))
        placed = await place_an_order(store)
    assert placed.version == 1


async def has_ended_one(owner: Connection) -> bool:
    return await column(owner, END_NOTIFIERS) == [True]
