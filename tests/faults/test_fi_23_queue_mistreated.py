"""FI-23, FI-24: queues are unbound, overflow, or are deleted. Does the relay go on or wait?

It goes on as long as any queue is bound; when none is, it waits and declares them all again.
Messages that no queue took, that were dropped at the head of a full queue or that went with a
deleted one are nobody's loss: the followers read them from the log, and all of it is told in logs
and counters.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel

from tests.delivery import Delivery, consumers_are_there, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.running_workers import (
    GROUPS,
    OPERATIONAL,
    caught_up,
    checkpoint_of,
    eventually,
    head_of,
    projecting,
    relay_checkpoint,
    relaying,
    waiting_slices,
)
from tests.shop_load import busy_shop
from workers.topology import LOG_EXCHANGE

QUEUE = "ordertrail.operational.0"
OTHER_QUEUE = "ordertrail.analytics.0"
HISTORY = a_history(200, seed=23)
PART_EVENTS = 25
QUEUE_BYTES = 50_000
TRUSTED_EVENTS = 40


@asynccontextmanager
async def a_channel(amqp_url: str) -> AsyncGenerator[AbstractChannel]:
    """Speak to the broker as an operator would."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        yield channel


async def test_the_relay_waits_while_nothing_is_bound_and_the_log_heals_the_rest(
    delivery: Delivery,
) -> None:
    report, url = FaultReport("FI-23 unbound, deleted"), delivery.url
    with delivery.relay() as relay, delivery.worker() as worker:
        async with busy_shop(url, pause_seconds=0.2):
            await eventually(lambda: consumers_are_there(delivery.amqp_url))
            await _go_by_the_broker(url)
            async with a_channel(delivery.amqp_url) as channel:
                await (await channel.get_queue(QUEUE)).unbind(LOG_EXCHANGE)
                unbound_at = await head_of(url)
                await eventually(lambda: _all_passed(url, unbound_at, OPERATIONAL))
                assert not delivery.said("relay.no_queue_bound"), "the other queue is bound"
                await (await channel.get_queue(OTHER_QUEUE)).unbind(LOG_EXCHANGE)
                await eventually(lambda: bool(delivery.said("relay.no_queue_bound")))
                waited_at = await head_of(url)
                await eventually(lambda: _all_passed(url, waited_at))
                for group in GROUPS:
                    await channel.queue_delete(f"ordertrail.{group}.0")
            deleted_at = await head_of(url)
            report.seconds_to_recover = await eventually(
                lambda: consumers_are_there(delivery.amqp_url)
            )
            await eventually(lambda: _relay_passed(url, deleted_at))
        report.recovered = deleted_at - unbound_at
        report.notes["alerts"] = len(delivery.said("relay.no_queue_bound"))
        assert {record["group"] for record in delivery.said("feed.lost")} == set(GROUPS)
        assert (relay.poll(), worker.poll()) == (None, None), delivery.log.read_text()
        await reckon(url, report)


async def test_what_a_full_queue_dropped_is_read_from_the_log(delivery: Delivery) -> None:
    report, url = FaultReport("FI-23 head dropped"), delivery.url
    async with relaying(url, delivery.amqp_url, queue_bytes_max=QUEUE_BYTES):
        for first in range(0, len(HISTORY), PART_EVENTS):
            await append(url, HISTORY[first : first + PART_EVENTS])
            await eventually(lambda last=first: _relay_passed(url, last))
        await eventually(lambda: _relay_passed(url, len(HISTORY) - 1))
        slices = await waiting_slices(delivery.amqp_url, QUEUE)
        assert slices[0][0] > 1, "the head was dropped"
        assert slices[-1][1] == len(HISTORY)
    report.recovered = slices[0][0] - 1
    async with projecting(url, delivery.amqp_url, queue_bytes_max=QUEUE_BYTES) as counters:
        await caught_up(url)
    assert counters[OPERATIONAL].events == len(HISTORY)
    await reckon(url, report)


async def test_a_queue_deleted_under_its_consumer_is_declared_again(delivery: Delivery) -> None:
    report, url = FaultReport("FI-24 queue deleted"), delivery.url
    with delivery.relay() as relay, delivery.worker() as worker:
        async with busy_shop(url, pause_seconds=0.2):
            await eventually(lambda: consumers_are_there(delivery.amqp_url))
            await _go_by_the_broker(url)
            async with a_channel(delivery.amqp_url) as channel:
                await channel.queue_delete(QUEUE)
            deleted_at = await head_of(url)
            await eventually(lambda: bool(delivery.said("feed.lost", group=OPERATIONAL)))
            report.recovered = await head_of(url) - await checkpoint_of(url, OPERATIONAL)
            report.seconds_to_recover = await eventually(
                lambda: consumers_are_there(delivery.amqp_url, OPERATIONAL)
            )
            await eventually(lambda: _all_passed(url, deleted_at))
        assert len(delivery.said("feed.attached", group=OPERATIONAL)) == 2
        assert (relay.poll(), worker.poll()) == (None, None), delivery.log.read_text()
        await reckon(url, report)


async def _go_by_the_broker(url: str) -> None:
    """Wait until workers that consume have been brought enough to rely on the broker."""
    attached_at = await head_of(url)
    await eventually(lambda: _relay_passed(url, attached_at + TRUSTED_EVENTS))


async def _relay_passed(url: str, position: int) -> bool:
    return await relay_checkpoint(url) > position


async def _all_passed(url: str, position: int, *groups: str) -> bool:
    return await checkpoint_of(url, *groups) > position
