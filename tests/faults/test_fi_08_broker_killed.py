"""FI-08: the broker is killed under load and started again. Is anything lost, does all come back?

The orders go on meanwhile: nothing on the way of a command talks to the broker.
"""

from collections.abc import Callable
from pathlib import Path

import aio_pika

from cli.local_rabbitmq import LocalRabbitMQ
from tests.running_workers import (
    GROUPS,
    assert_tables_are_the_fold_of,
    caught_up,
    checkpoint_of,
    eventually,
    head_of,
    positions_in,
    program,
    read_log,
    relay_checkpoint,
    waiting_consumers,
)
from tests.shop_load import busy_shop

WITNESS = "witness"
CONSUMERS_BACK_SECONDS_MAX = 60


async def test_consumers_come_back_confirmed_messages_are_there_and_tables_are_the_fold(
    own_database_url: str, own_rabbitmq: Callable[[], LocalRabbitMQ], tmp_path: Path
) -> None:
    broker, url = own_rabbitmq(), own_database_url
    await _declare_witness(broker.url)
    log = tmp_path / "log"
    with (
        program(url, broker.url, "relay", log=log) as relay,
        program(url, broker.url, "worker", log=log) as worker,
    ):
        async with busy_shop(url) as shop:
            await eventually(lambda: _all_consume(broker.url))
            await eventually(lambda: _checkpoint_passed(url, 100))
            broker.kill()
            placed = shop.orders
            confirmed = await relay_checkpoint(url)
            await eventually(lambda: shop.orders > placed + 100)
            broker.start()
            seconds = await eventually(lambda: _all_consume(broker.url))
            await eventually(lambda: _relay_passed(url, confirmed))
        assert await caught_up(url) < CONSUMERS_BACK_SECONDS_MAX
        head = await head_of(url)
        await eventually(lambda: _relay_passed(url, head - 1))
        assert (relay.poll(), worker.poll()) == (None, None), log.read_text()
    assert seconds < CONSUMERS_BACK_SECONDS_MAX
    assert set(await positions_in(broker.url, WITNESS, head)) == set(range(1, head + 1))
    await assert_tables_are_the_fold_of(url, await read_log(url))


async def _declare_witness(amqp_url: str) -> None:
    """Bind a queue that nobody consumes: what was confirmed must be in it at the end."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        exchange = await channel.declare_exchange("ordertrail.log", "fanout", durable=True)
        queue = await channel.declare_queue(
            WITNESS, durable=True, arguments={"x-queue-type": "quorum"}
        )
        await queue.bind(exchange)


async def _all_consume(amqp_url: str) -> bool:
    for group in GROUPS:
        if await waiting_consumers(amqp_url, f"ordertrail.{group}.0") != 1:
            return False
    return True


async def _checkpoint_passed(database_url: str, position: int) -> bool:
    return await checkpoint_of(database_url) > position


async def _relay_passed(database_url: str, position: int) -> bool:
    return await relay_checkpoint(database_url) > position
