"""Does the relay bring the whole log to the broker, in order, by one hand at a time?"""

import json

import aio_pika
import pytest

from tests.examples_log import superuser
from tests.histories import a_history, append
from tests.running_workers import (
    SIGNING_KEY,
    broker_options,
    bystanding,
    eventually,
    first_message,
    relay_checkpoint,
    relaying,
)
from workers.options import RelayOptions
from workers.relay import run_relay
from workers.slice import open_slice, read_label
from workers.topology import TopologyMismatch

HISTORY = a_history(700, seed=3)
ALL = list(range(1, len(HISTORY) + 1))


async def test_publishes_the_whole_log_in_order_and_then_what_comes(
    database_url: str, amqp_url: str
) -> None:
    await append(database_url, HISTORY[:-3])
    async with bystanding(amqp_url) as seen, relaying(database_url, amqp_url):
        await eventually(lambda: len(seen.positions) >= len(HISTORY) - 3)
        await append(database_url, HISTORY[-3:])
        await eventually(lambda: len(seen.positions) >= len(HISTORY))
        await eventually(lambda: _is_at(database_url, len(HISTORY)))
    assert seen.positions == ALL
    assert len(seen.messages) < len(HISTORY) / 50, "a backlog travels in large slices"


async def _is_at(database_url: str, position: int) -> bool:
    return await relay_checkpoint(database_url) == position


async def test_messages_are_persistent_signed_and_name_the_log(
    database_url: str, amqp_url: str
) -> None:
    await append(database_url, HISTORY[:5])
    async with bystanding(amqp_url) as seen, relaying(database_url, amqp_url):
        await eventually(lambda: len(seen.messages) == 1)
    (message,) = seen.messages
    async with superuser(database_url) as connection:
        row = await (
            await connection.execute(
                "SELECT c.system_identifier || '/' || k.timeline_id || '/' || d.oid"
                " FROM pg_control_system() c, pg_control_checkpoint() k, pg_database d"
                " WHERE d.datname = current_database()"
            )
        ).fetchone()
    assert row is not None
    assert message.headers["log"] == row[0]
    assert message.content_type == "application/cloudevents-batch+json"
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    label = read_label(message.headers)
    assert len(open_slice(label, message.body, SIGNING_KEY.encode())) == 5
    assert [event["id"] for event in json.loads(message.body)] == ["1", "2", "3", "4", "5"]


async def test_goes_on_from_its_checkpoint(database_url: str, amqp_url: str) -> None:
    await append(database_url, HISTORY[:10])
    async with relaying(database_url, amqp_url):
        await eventually(lambda: _is_at(database_url, 10))
    await append(database_url, HISTORY[10:12])
    async with bystanding(amqp_url) as seen, relaying(database_url, amqp_url):
        await eventually(lambda: _is_at(database_url, 12))
    assert seen.positions == [11, 12]


async def test_a_second_relay_stands_by_and_takes_over(database_url: str, amqp_url: str) -> None:
    await append(database_url, HISTORY[:10])
    async with bystanding(amqp_url) as seen, relaying(database_url, amqp_url):
        await eventually(lambda: _is_at(database_url, 10))
        async with relaying(database_url, amqp_url):
            await eventually(lambda: _sessions(database_url, 2))
            await append(database_url, HISTORY[10:12])
            await eventually(lambda: _is_at(database_url, 12))
            assert seen.positions == ALL[:12], "only one of them publishes"
            async with superuser(database_url) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
                    " WHERE l.locktype = 'advisory' AND l.granted AND l.database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            await append(database_url, HISTORY[12:14])
            assert await eventually(lambda: _is_at(database_url, 14)) < 10
    assert sorted(set(seen.positions)) == ALL[:14]


async def _sessions(database_url: str, count: int) -> bool:
    async with superuser(database_url) as connection:
        row = await (
            await connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ordertrail relay'"
                " AND datname = current_database()"
            )
        ).fetchone()
    return row is not None and row[0] >= count


async def test_declares_the_queues_so_that_nothing_is_published_into_the_void(
    database_url: str, amqp_url: str
) -> None:
    await append(database_url, HISTORY[:10])
    async with relaying(database_url, amqp_url):
        await eventually(lambda: _is_at(database_url, 10))
    for queue in ("ordertrail.operational.0", "ordertrail.analytics.0"):
        assert (await first_message(amqp_url, queue)).headers["last_position"] == 10


async def test_waits_while_no_queue_is_bound_and_goes_on_when_one_is(
    database_url: str, amqp_url: str
) -> None:
    await append(database_url, HISTORY[:10])
    async with relaying(database_url, amqp_url, groups=()) as counters:
        await eventually(lambda: counters.returned >= 2)
        assert await relay_checkpoint(database_url) == 0
        async with bystanding(amqp_url) as seen:
            await eventually(lambda: _is_at(database_url, 10))
    assert set(seen.positions) == set(ALL[:10])


async def test_refuses_to_start_when_a_queue_exists_with_other_arguments(
    database_url: str, amqp_url: str
) -> None:
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        arguments: dict[str, str | int | bool] = {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-delivery-limit": 20,
            "x-max-length-bytes": 5_000,
            "x-overflow": "drop-head",
        }
        name = "ordertrail.operational.0"
        await channel.declare_queue(name, durable=True, arguments=dict(arguments))
        options = RelayOptions(
            database_url=database_url, role="ordertrail_relay", broker=broker_options(amqp_url)
        )
        with pytest.raises(TopologyMismatch, match="x-max-length-bytes") as caught:
            await run_relay(options)
        assert (caught.value.name, caught.value.argument) == (name, "x-max-length-bytes")
        await channel.declare_queue(name, passive=True)
