"""Does a subscription see every event of the log once, promptly, whoever writes it?"""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest
from eventsourcing.persistence import Notification, OperationalError, StoredEvent

from sql.connection import connect
from sql.recorded_log import RecordedLog
from sql.recorder import LogApplicationRecorder, LogSubscription
from tests.contract.recorded_calls import a_recorder, append_raw, new_id, stored
from tests.examples_log import a_proxy, column, connected, superuser, until

NEVER = 3600.0
LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND query = 'LISTEN ordertrail_log'"
)


@contextmanager
def following(
    recorder: LogApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()
) -> Generator[LogSubscription]:
    subscription = recorder.subscribe(gt, topics)
    assert isinstance(subscription, LogSubscription)
    with subscription:
        yield subscription


async def take(subscription: LogSubscription, count: int) -> list[int]:
    """Take so many notifications, as a thread of its own does."""

    def read() -> list[Notification]:
        return [next(subscription) for _ in range(count)]

    async with asyncio.timeout(15):
        return [each.id for each in await asyncio.to_thread(read)]


async def listeners(url: str) -> list[int]:
    async with superuser(url) as connection:
        return await column(connection, LISTENERS)


async def test_is_woken_by_another_recorder(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.recorded_log.POLL_SECONDS", NEVER)

    async def listens() -> bool:
        return bool(await listeners(database_url))

    with (
        a_recorder(database_url) as reader,
        a_recorder(database_url) as writer,
        following(reader) as subscription,
    ):
        await until(listens)
        for number in range(1, 6):
            writer.insert_events(stored(new_id(), [1]))
            assert await take(subscription, 1) == [number]


async def test_finds_what_nobody_told_it(database_url: str) -> None:
    async with connected(database_url) as connection:
        with a_recorder(database_url) as recorder, following(recorder) as subscription:
            for number in range(1, 4):
                await append_raw(connection, ("s", number))
                assert await take(subscription, 1) == [number]


async def test_reads_a_long_log_page_by_page(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        recorder.insert_events(stored(new_id(), range(1201)))
        with following(recorder, gt=1) as subscription:
            assert await take(subscription, 1200) == list(range(2, 1202))


async def test_does_not_search_the_same_part_of_the_log_twice(database_url: str) -> None:
    """A rare topic: what has been looked at is not looked at again, whatever was in it."""
    with a_recorder(database_url) as recorder:
        recorder.insert_events(stored(new_id(), range(50)))
        with following(recorder, topics=["rare"]) as subscription:
            await until(lambda: subscription._last_notification_id == 50)
            recorder.insert_events([StoredEvent(new_id(), 1, "rare", b"{}")])
            assert await take(subscription, 1) == [51]


async def test_goes_on_when_its_listening_connection_is_ended(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.recorded_log.POLL_SECONDS", 0.2)
    with a_recorder(database_url) as recorder, following(recorder) as subscription:

        async def listens_anew() -> bool:
            return bool(set(await listeners(database_url)) - ended)

        ended: set[int] = set()
        for number in range(1, 4):
            await until(listens_anew)
            async with superuser(database_url) as observer:
                for victim in await listeners(database_url):
                    await column(observer, "SELECT pg_terminate_backend(%s)", victim)
                    ended.add(victim)
            recorder.insert_events(stored(new_id(), [1]))
            assert await take(subscription, 1) == [number]


async def test_ends_with_the_error_when_the_log_cannot_be_read(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.recorded_log.POOL_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr("sql.recorded_log.POLL_SECONDS", 0.1)
    monkeypatch.setattr("sql.recorded_log.RESEND_PAUSES_SECONDS", (0.01,))
    async with a_proxy(database_url) as (proxy, through):
        log = RecordedLog(through, role="ordertrail_api")
        with following(LogApplicationRecorder(log)) as subscription:
            assert await asyncio.to_thread(log.head) is None
            assert proxy.server is not None
            proxy.server.close()
            await proxy.disconnect_all()
            with pytest.raises(OperationalError):
                await take(subscription, 1)
        log.close()


async def test_an_append_wakes_our_own_followers(database_url: str) -> None:
    async with await connect(
        database_url, role="ordertrail_worker", application="test"
    ) as listener:
        await listener.execute("LISTEN ordertrail_log")
        with a_recorder(database_url) as recorder:
            recorder.insert_events(stored(new_id(), [1, 2, 3]))
        heard = [each.payload async for each in listener.notifies(timeout=10, stop_after=1)]
    assert heard == ["3"]
