"""FI-08: the broker is killed under load and started again. Is anything lost, does all come back?

The orders go on meanwhile: nothing on the way of a command talks to the broker.
"""

import asyncio

import aio_pika

from tests.delivery import Delivery, consumers_are_there, reckon
from tests.fault_report import FaultReport
from tests.running_workers import (
    caught_up,
    checkpoint_of,
    eventually,
    head_of,
    positions_in,
    relay_checkpoint,
)
from tests.shop_load import busy_shop

WITNESS = "ordertrail.witness"
CONSUMERS_BACK_SECONDS_MAX = 60


async def test_consumers_come_back_confirmed_messages_are_there_and_tables_are_the_fold(
    delivery: Delivery,
) -> None:
    report, url, broker = FaultReport("FI-08 kill -9"), delivery.url, delivery.broker
    await _declare_witness(broker.url)
    with delivery.relay() as relay, delivery.worker() as worker:
        async with busy_shop(url, pause_seconds=0.1) as shop:
            await eventually(lambda: consumers_are_there(broker.url))
            await eventually(lambda: _checkpoint_passed(url, 100))
            broker.kill()
            placed = shop.orders
            confirmed = await relay_checkpoint(url)
            await eventually(lambda: shop.orders > placed + 30)
            report.recovered = await head_of(url) - confirmed
            await asyncio.to_thread(broker.start)
            report.seconds_to_recover = await eventually(lambda: consumers_are_there(broker.url))
            await eventually(lambda: _relay_passed(url, confirmed))
        assert await caught_up(url) < CONSUMERS_BACK_SECONDS_MAX
        head = await head_of(url)
        await eventually(lambda: _relay_passed(url, head - 1))
        assert (relay.poll(), worker.poll()) == (None, None), delivery.log.read_text()
    assert report.seconds_to_recover < CONSUMERS_BACK_SECONDS_MAX
    published = await positions_in(broker.url, WITNESS, head)
    assert set(published) == set(range(1, head + 1))
    report.notes["repeated_on_the_wire"] = len(published) - head
    await reckon(url, report)


async def _declare_witness(amqp_url: str) -> None:
    """Bind a queue that nobody consumes: what was confirmed must be in it at the end."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        exchange = await channel.declare_exchange("ordertrail.log", "fanout", durable=True)
        queue = await channel.declare_queue(
            WITNESS, durable=True, arguments={"x-queue-type": "quorum"}
        )
        await queue.bind(exchange)


async def _checkpoint_passed(database_url: str, position: int) -> bool:
    return await checkpoint_of(database_url) > position


async def _relay_passed(database_url: str, position: int) -> bool:
    return await relay_checkpoint(database_url) > position
