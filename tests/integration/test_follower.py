"""Do the read tables follow the log, whatever the broker does with the messages?"""

import asyncio
import random
from dataclasses import replace

import aio_pika
import pytest

from domain.errors import ProjectionFailed, UndecodableEvent
from tests.examples_log import superuser
from tests.histories import a_history, append
from tests.messages import Message
from tests.running_workers import (
    ANALYTICS,
    OPERATIONAL,
    PATIENCE_SECONDS,
    assert_tables_are_the_fold_of,
    caught_up,
    checkpoint_of,
    dead_letters,
    eventually,
    log_name,
    make_read_tables,
    projecting,
    projector_options,
    relaying,
    sending,
    signed,
    waiting_messages,
)
from workers.metrics import FollowerCounters
from workers.projector import run_projector

HISTORY = a_history(250, seed=5)
LONG = a_history(1_500, seed=6)
QUEUE = "ordertrail.operational.0"


@pytest.fixture
async def tables(database_url: str) -> str:
    """A database with an empty log and empty read tables."""
    await make_read_tables(database_url)
    return database_url


async def _is_at(database_url: str, position: int) -> bool:
    return await checkpoint_of(database_url, OPERATIONAL) == position


async def test_follows_the_store_where_there_is_no_broker(tables: str) -> None:
    await append(tables, HISTORY[:-5])
    async with projecting(tables):
        await caught_up(tables)
        await append(tables, HISTORY[-5:])
        async with superuser(tables) as connection:
            await connection.execute("NOTIFY ordertrail_log")
        await caught_up(tables)
    await assert_tables_are_the_fold_of(tables, HISTORY)


async def test_looks_every_second_when_nobody_notifies(tables: str) -> None:
    async with projecting(tables):
        await append(tables, HISTORY[:1])
        await caught_up(tables)
        await append(tables, HISTORY[1:2])
        assert await caught_up(tables) < 3


async def test_follows_the_store_where_the_broker_cannot_be_reached(tables: str) -> None:
    await append(tables, HISTORY)
    async with projecting(tables, "amqp://127.0.0.1:1/"):
        await caught_up(tables)
    await assert_tables_are_the_fold_of(tables, HISTORY)


async def test_follows_the_relay_and_leaves_an_empty_queue(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url) as counters, relaying(tables, amqp_url):
        for first in range(0, len(HISTORY), 10):
            await append(tables, HISTORY[first : first + 10])
            async with superuser(tables) as connection:
                await connection.execute("NOTIFY ordertrail_log")
        await caught_up(tables)
        await eventually(lambda: counters[ANALYTICS].attached > 0)
    await assert_tables_are_the_fold_of(tables, HISTORY)
    assert await waiting_messages(amqp_url, QUEUE) == 0
    assert await waiting_messages(amqp_url, "ordertrail.analytics.0") == 0


async def _trusting(
    database_url: str, amqp_url: str, counters: FollowerCounters, position: int
) -> str:
    """Bring a follower to where it goes by the broker, at a position; answer the log's name."""
    log = await log_name(database_url)
    await append(database_url, HISTORY[:position])
    await eventually(lambda: _is_at(database_url, position))
    await eventually(lambda: counters.attached > 0)
    async with sending(amqp_url) as send:
        await send(signed(HISTORY[position - 1 : position], log))
        await eventually(lambda: counters.duplicates > 0)
    return log


async def test_heals_dropped_repeated_and_reordered_messages(tables: str, amqp_url: str) -> None:
    chance = random.Random(11)
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        sent: list[Message] = []
        for first in range(20, len(HISTORY) - 10, 3):
            copies = chance.choice((0, 1, 1, 2))
            sent += [signed(HISTORY[first : first + 3], log)] * copies
        order = sorted(sent, key=lambda _: chance.random())
        order.append(signed(HISTORY[-10:], log))
        async with sending(amqp_url) as send:
            await append(tables, HISTORY[20:])
            await send(*order)
            await eventually(lambda: _is_at(tables, len(HISTORY)))
            await eventually(lambda: counters.duplicates > len(order) / 3)
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)
    assert counters.healed_gap > 0
    assert counters.dead_letters == 0


async def test_heals_a_lost_tail_within_a_few_seconds(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        await _trusting(tables, amqp_url, counters, 20)
        await append(tables, HISTORY[20:30])
        seconds = await eventually(lambda: _is_at(tables, 30))
    assert seconds < 5
    assert counters.healed_idle == 10
    await assert_tables_are_the_fold_of(tables, HISTORY[:30], OPERATIONAL)


async def test_goes_by_the_broker_again_after_a_lost_tail(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        await append(tables, HISTORY[20:30])
        await eventually(lambda: _is_at(tables, 30))
        async with sending(amqp_url) as send:
            await send(signed(HISTORY[29:30], log))
            await eventually(lambda: counters.duplicates == 2)
            from_store = counters.from_store
            await append(tables, HISTORY[30:40])
            await send(signed(HISTORY[30:40], log))
            await eventually(lambda: _is_at(tables, 40))
    assert counters.from_store == from_store
    await assert_tables_are_the_fold_of(tables, HISTORY[:40], OPERATIONAL)


async def test_a_message_that_cannot_be_used_becomes_a_dead_letter_and_its_events_are_healed(
    tables: str, amqp_url: str
) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        good = signed(HISTORY[20:25], log)
        spoilt = [
            replace(good, body=good.body[:-9]),
            replace(good, body=b"x" * 1_000_000),
            Message({}, good.body),
            replace(good, headers={**good.headers, "hmac": "00"}),
            signed([replace(HISTORY[0], position=10**6)], log),
            signed(HISTORY[20:25], "7/7/7"),
        ]
        async with sending(amqp_url) as send:
            await send(*spoilt)
        await eventually(lambda: counters.dead_letters == 5)
        await append(tables, HISTORY[20:25])
        await eventually(lambda: _is_at(tables, 25))
        letters = await dead_letters(amqp_url, 5)
        await eventually(lambda: _is_empty(amqp_url))
    assert [letter.headers["reason"] for letter in letters] == [
        "undecodable",
        "undecodable",
        "envelope_mismatch",
        "bad_signature",
        "foreign",
    ]
    assert [letter.headers["origin"] for letter in letters] == [QUEUE] * 5
    assert [letter.body for letter in letters] == [message.body for message in spoilt[:5]]
    assert letters[3].headers["first_position"] == 21
    assert counters.other_log == 1
    await assert_tables_are_the_fold_of(tables, HISTORY[:25], OPERATIONAL)


async def _is_empty(amqp_url: str) -> bool:
    return await waiting_messages(amqp_url, QUEUE) == 0


async def test_a_forged_event_never_reaches_a_table(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await _trusting(tables, amqp_url, counters, 20)
        placed = next(event for event in HISTORY if event.type == "order-placed")
        forged = signed([replace(placed, position=21, stream="order-forged")], log)
        async with sending(amqp_url) as send:
            await send(replace(forged, headers={**forged.headers, "hmac": "f" * 64}))
            await eventually(lambda: counters.dead_letters == 1)
        assert await checkpoint_of(tables, OPERATIONAL) == 20
    await assert_tables_are_the_fold_of(tables, HISTORY[:20], OPERATIONAL)


async def test_heals_a_long_gap_without_sitting_on_deliveries(tables: str, amqp_url: str) -> None:
    async with projecting(tables, amqp_url, (OPERATIONAL,)) as counting:
        counters = counting[OPERATIONAL]
        log = await log_name(tables)
        await append(tables, LONG[:5])
        await eventually(lambda: _is_at(tables, 5))
        await eventually(lambda: counters.attached > 0)
        async with sending(amqp_url) as send:
            await send(signed(LONG[4:5], log))
            await eventually(lambda: counters.duplicates > 0)
            await append(tables, LONG[5:])
            await send(signed(LONG[-5:], log))
            await eventually(lambda: _is_at(tables, len(LONG)))
            assert counters.handed_back == 1
            await eventually(lambda: counters.attached == 2)
            await eventually(lambda: _is_empty(amqp_url))
    await assert_tables_are_the_fold_of(tables, LONG, OPERATIONAL)


async def test_a_queue_deleted_under_its_consumer_is_declared_again(
    tables: str, amqp_url: str
) -> None:
    async with (
        projecting(tables, amqp_url, (OPERATIONAL,)) as counting,
        relaying(tables, amqp_url, (OPERATIONAL,)),
    ):
        counters = counting[OPERATIONAL]
        await append(tables, HISTORY[:20])
        await eventually(lambda: _is_at(tables, 20))
        await eventually(lambda: counters.attached == 1)
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            await channel.queue_delete(QUEUE)
        await append(tables, HISTORY[20:])
        await eventually(lambda: _is_at(tables, len(HISTORY)))
        await eventually(lambda: counters.attached == 2)
        assert await waiting_messages(amqp_url, QUEUE) == 0
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)


async def test_a_second_projector_stands_by_and_takes_over(tables: str) -> None:
    await append(tables, HISTORY[:20])
    groups = (OPERATIONAL,)
    async with projecting(tables, groups=groups) as first:
        await eventually(lambda: _is_at(tables, 20))
        async with projecting(tables, groups=groups) as second:
            await append(tables, HISTORY[20:40])
            await eventually(lambda: _is_at(tables, 40))
            assert second[OPERATIONAL].events == 0
            async with superuser(tables) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
                    " WHERE l.locktype = 'advisory' AND l.granted AND l.database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            await append(tables, HISTORY[40:])
            assert await eventually(lambda: _is_at(tables, len(HISTORY))) < 10
            await eventually(lambda: first[OPERATIONAL].failures == 1)
    await assert_tables_are_the_fold_of(tables, HISTORY, OPERATIONAL)


async def test_an_event_that_cannot_be_applied_stops_the_projector_and_says_which(
    tables: str,
) -> None:
    cancelled = next(event for event in HISTORY if event.type == "order-cancelled")
    impossible = replace(cancelled, position=21, stream="order-nobody", version=1)
    before = HISTORY[:20]
    assert all(event.stream != cancelled.stream for event in before)
    await append(tables, [*before, impossible])
    with pytest.raises(ProjectionFailed) as caught:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await run_projector(projector_options(tables, groups=(OPERATIONAL,)))
    assert caught.value.position == 21
    assert await checkpoint_of(tables, OPERATIONAL) == 20
    await assert_tables_are_the_fold_of(tables, before, OPERATIONAL)


async def test_an_event_that_the_code_cannot_read_stops_the_projector_and_says_where(
    tables: str, amqp_url: str
) -> None:
    await append(tables, [*HISTORY[:20], replace(HISTORY[20], type="order-teleported")])
    with pytest.raises(UndecodableEvent, match="position 21"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await run_projector(projector_options(tables, amqp_url, (OPERATIONAL,)))
    assert await checkpoint_of(tables, OPERATIONAL) == 20
