"""FI-12: a worker is killed wherever it can be. Is every event in the tables exactly once?

In each of two groups a row of workers waits for the right to write; each dies at another point of
its work, and the next one goes on. The group of sums is the one to ask: an event that is applied
twice or not at all shows in its numbers.
"""

import asyncio
from contextlib import ExitStack
from subprocess import Popen

from tests.delivery import Delivery, are_drained, consumers_are_there, deaths, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.messages import Message
from tests.running_workers import (
    ANALYTICS,
    GROUPS,
    OPERATIONAL,
    checkpoint_of,
    eventually,
    head_of,
    log_name,
    sending,
    signed,
    waiting_messages,
)
from tests.shop_load import busy_shop

HISTORY = a_history(40, seed=12)
POINTS = {
    ANALYTICS: {
        "projector.after_move": 4,
        "projector.before_commit": 5,
        "projector.after_commit": 6,
        "follower.before_acknowledge": 6,
    },
    OPERATIONAL: {
        "follower.before_read": 20,
        "follower.after_read": 20,
        "follower.after_acknowledge": 10,
        "follower.before_dead_letter": 1,
        "follower.after_dead_letter": 1,
    },
}
"""Where a worker dies, and in which pass: batches by broker follow after a few from the store."""


async def test_every_event_counts_once_wherever_workers_die(delivery: Delivery) -> None:
    report, in_doubt = FaultReport("FI-12 every point"), set[int]()
    with delivery.relay(), ExitStack() as running:
        async with busy_shop(delivery.url, pause_seconds=0.2):
            async with asyncio.TaskGroup() as groups:
                for group in GROUPS:
                    doomed = {
                        point: running.enter_context(
                            delivery.worker(group, failpoints=f"{point}=kill@{number}")
                        )
                        for point, number in POINTS[group].items()
                    }
                    groups.create_task(_until_all_are_dead(delivery, group, doomed, in_doubt))
            running.enter_context(delivery.worker())
            await eventually(lambda: consumers_are_there(delivery.amqp_url))
        report.recovered = len(in_doubt)
        await reckon(delivery.url, report)
        await eventually(lambda: are_drained(delivery))
    assert await waiting_messages(delivery.amqp_url, "ordertrail.dead") >= 2


async def test_what_was_not_committed_was_not_acknowledged(delivery: Delivery) -> None:
    report, url, amqp_url = FaultReport("FI-12 before_commit"), delivery.url, delivery.amqp_url
    head, log = len(HISTORY) - 1, await log_name(url)
    await append(url, HISTORY[:head])
    with delivery.worker(OPERATIONAL, failpoints="projector.before_commit=kill@2") as doomed:
        await eventually(lambda: consumers_are_there(amqp_url, OPERATIONAL))
        async with sending(amqp_url) as send:
            await send(signed(HISTORY[head - 1 : head], log))
            await eventually(lambda: are_drained(delivery, OPERATIONAL))
            await append(url, HISTORY[head:])
            await send(signed(HISTORY[head:], log))
        await deaths({"before_commit": doomed})
    assert await checkpoint_of(url, OPERATIONAL) == head
    await eventually(lambda: _waits_again(amqp_url))
    report.recovered = 1
    with delivery.worker(OPERATIONAL):
        await reckon(url, report, OPERATIONAL)


async def _waits_again(amqp_url: str) -> bool:
    return await waiting_messages(amqp_url, "ordertrail.operational.0") == 1


async def _until_all_are_dead(
    delivery: Delivery, group: str, doomed: dict[str, Popen[bytes]], in_doubt: set[int]
) -> None:
    while doomed:
        if any(point.endswith("dead_letter") for point in doomed):
            await eventually(lambda: consumers_are_there(delivery.amqp_url, group))
            async with sending(delivery.amqp_url, f"ordertrail.{group}.0") as send:
                await send(Message({}, b"no slice"))
        await deaths(doomed)
        killed_at, head = await checkpoint_of(delivery.url, group), await head_of(delivery.url)
        in_doubt |= set(range(killed_at + 1, head + 1))
