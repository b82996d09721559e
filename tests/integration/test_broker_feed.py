"""How much does a consumer hold, and what becomes of it?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import aio_pika
import pytest

from tests.histories import a_history
from tests.messages import KEY, RULES, LogInMemory, Message, message
from tests.running_workers import (
    OPERATIONAL,
    PATIENCE_SECONDS,
    broker_options,
    eventually,
    sending,
    waiting_messages,
)
from workers.broker import BrokerLost, close, connect
from workers.broker_feed import BrokerFeed
from workers.consumer import PREFETCH_MESSAGES, Consumer
from workers.follow_rule import Batch
from workers.topology import DEAD_LETTERS, TopologyMismatch, declare_topology

HISTORY = a_history(100, seed=8)
QUEUE = "ordertrail.operational.0"


@asynccontextmanager
async def _consuming(amqp_url: str) -> AsyncGenerator[Consumer]:
    consumer = await Consumer.open(broker_options(amqp_url), OPERATIONAL, lambda: None)
    try:
        yield consumer
    finally:
        await consumer.close()


async def _held(consumer: Consumer, count: int) -> list[bytes]:
    held: list[bytes] = []

    def all_came() -> bool:
        held.extend(delivered.body for delivered in consumer.drain(10_000))
        return len(held) >= count

    await eventually(all_came)
    return held


async def test_a_consumer_never_holds_more_than_its_prefetch(amqp_url: str) -> None:
    async with _consuming(amqp_url) as consumer, sending(amqp_url) as send:
        await send(*[Message({}, b"x")] * (PREFETCH_MESSAGES + 10))
        assert len(await _held(consumer, PREFETCH_MESSAGES)) == PREFETCH_MESSAGES
        await eventually(lambda: _waiting(amqp_url, 10))
        assert not consumer.has_deliveries()


async def _waiting(amqp_url: str, count: int) -> bool:
    return await waiting_messages(amqp_url, QUEUE) == count


async def test_closing_hands_back_what_was_not_acknowledged_in_its_order(amqp_url: str) -> None:
    bodies = [bytes([65 + number]) for number in range(9)]
    async with _consuming(amqp_url) as consumer, sending(amqp_url) as send:
        await send(*[Message({}, body) for body in bodies])
        assert await _held(consumer, 9) == bodies
        await consumer.acknowledge(3)
    async with _consuming(amqp_url) as consumer:
        assert await _held(consumer, 6) == bodies[3:]
        await consumer.acknowledge(6)
    await eventually(lambda: _waiting(amqp_url, 0))


async def test_a_batch_is_drained_up_to_its_number_of_events(amqp_url: str) -> None:
    async with _consuming(amqp_url) as consumer, sending(amqp_url) as send:
        await send(*[message(HISTORY[first : first + 10]) for first in range(0, 50, 10)])
        await send(Message({}, b"last"))
        await eventually(lambda: _waiting(amqp_url, 0))
        drained: list[int] = []
        while sum(drained) < 6:
            drained.append(len(consumer.drain(20)))
            await asyncio.sleep(0)
        assert max(drained) <= 2


async def test_only_one_of_two_consumers_is_active_and_the_other_follows_it(amqp_url: str) -> None:
    async with _consuming(amqp_url) as second:
        async with _consuming(amqp_url) as first:
            del first
        async with _consuming(amqp_url) as third, sending(amqp_url) as send:
            await send(Message({}, b"1"))
            assert await _held(second, 1) == [b"1"]
            assert not third.has_deliveries()
            await second.close()
            assert await _held(third, 1) == [b"1"]


async def test_a_consumer_that_the_broker_cancels_is_lost(amqp_url: str) -> None:
    async with _consuming(amqp_url) as consumer:
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            await channel.queue_delete(QUEUE)
        await eventually(lambda: consumer.is_lost)
        with pytest.raises(BrokerLost):
            await consumer.acknowledge(1)


async def test_a_queue_with_other_arguments_is_named_and_left_alone(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        with pytest.raises(TopologyMismatch) as caught:
            await Consumer.open(broker_options(amqp_url), OPERATIONAL, lambda: None)
        assert caught.value.name == QUEUE
        assert caught.value.argument in str(caught.value)
        await channel.declare_queue(QUEUE, passive=True)


async def test_declaring_again_changes_nothing(amqp_url: str) -> None:
    connection = await connect(broker_options(amqp_url), "test")
    for _ in range(2):
        await declare_topology(connection, broker_options(amqp_url), (OPERATIONAL,))
    await close(connection)
    await close(connection)


async def test_a_broker_that_is_not_there_is_lost() -> None:
    with pytest.raises(BrokerLost):
        await connect(broker_options("amqp://127.0.0.1:1/"), "test")


async def test_a_feed_acknowledges_what_was_settled_and_attaches_again(amqp_url: str) -> None:
    woken = asyncio.Event()
    options = replace(broker_options(amqp_url), signing_key=KEY)
    feed = BrokerFeed(options, OPERATIONAL, RULES, LogInMemory(HISTORY), woken.set)
    try:
        await _attached(feed)
        async with sending(amqp_url) as send:
            await send(message(HISTORY[:4]), message(HISTORY[4:9]))
        position = 0
        while position < 9:
            await asyncio.wait_for(woken.wait(), PATIENCE_SECONDS)
            woken.clear()
            batch = await feed.next(position)
            position = batch.position
            await feed.settle(batch)
        assert await feed.next(position) == Batch(9)
        await feed.detach()
        assert not feed.is_attached()
        await _attached(feed)
        assert await waiting_messages(amqp_url, QUEUE) == 0
        assert not feed.has_deliveries()
    finally:
        await feed.close()


async def _attached(feed: BrokerFeed) -> None:
    def is_attached() -> bool:
        feed.attach_in_background()
        return feed.is_attached()

    await eventually(is_attached)


async def test_a_message_is_not_acknowledged_before_its_dead_letter_is_confirmed(
    amqp_url: str,
) -> None:
    feed = BrokerFeed(
        broker_options(amqp_url), OPERATIONAL, RULES, LogInMemory(HISTORY), lambda: None
    )
    try:
        await _attached(feed)
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            letters = await channel.get_queue(DEAD_LETTERS)
            await letters.unbind(DEAD_LETTERS, DEAD_LETTERS)
        async with sending(amqp_url) as send:
            await send(Message({}, b"garbage"))
        await eventually(feed.has_deliveries)
        await feed.settle(await feed.next(0))
        assert not feed.is_attached(), "a dead letter that came back leaves its message alone"
        await eventually(lambda: _waiting(amqp_url, 1))
    finally:
        await feed.close()
