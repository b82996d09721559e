"""FI-12: a worker is killed in the middle of a batch. Is every event in the tables exactly once?

The group of sums is the one to ask: an event applied twice or not at all shows in its numbers.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.local_rabbitmq import LocalRabbitMQ
from tests.running_workers import (
    ANALYTICS,
    assert_tables_are_the_fold_of,
    caught_up,
    checkpoint_of,
    eventually,
    head_of,
    program,
    read_log,
    relay_checkpoint,
    waiting_consumers,
    waiting_messages,
    waiting_slices,
)
from tests.shop_load import busy_shop

QUEUE = "ordertrail.analytics.0"
BATCH = 40
"""The batch in which the worker dies: the first ones come from the store, later ones by broker."""


@pytest.mark.parametrize("point", ["projector.before_commit", "projector.after_commit"])
async def test_every_event_counts_once(
    own_database_url: str, own_rabbitmq: Callable[[], LocalRabbitMQ], tmp_path: Path, point: str
) -> None:
    broker, url, log = own_rabbitmq(), own_database_url, tmp_path / "log"
    worker = ("worker", "--group", ANALYTICS)
    with program(url, broker.url, "relay", log=log):
        async with busy_shop(url):
            with program(
                url, broker.url, *worker, log=log, failpoints=f"{point}=kill@{BATCH}"
            ) as doomed:
                await eventually(lambda: doomed.poll() is not None)
            assert doomed.returncode == -9, log.read_text()
            killed_at = await checkpoint_of(url, ANALYTICS)
            assert killed_at > 0
        await eventually(lambda: _is_relayed(url))
        slices = await waiting_slices(broker.url, QUEUE)
        assert slices[-1][1] == await head_of(url)
        if point == "projector.after_commit":
            assert slices[0][1] <= killed_at, "committed, not acknowledged: delivered again"
        else:
            assert slices[0][0] <= killed_at + 1, "neither committed nor acknowledged"
        with program(url, broker.url, *worker, log=log):
            await caught_up(url, ANALYTICS)
            await eventually(lambda: _is_drained(broker.url))
    await assert_tables_are_the_fold_of(url, await read_log(url), ANALYTICS)


async def _is_relayed(database_url: str) -> bool:
    return await relay_checkpoint(database_url) == await head_of(database_url)


async def _is_drained(amqp_url: str) -> bool:
    if await waiting_consumers(amqp_url, QUEUE) == 0:
        return False
    return await waiting_messages(amqp_url, QUEUE) == 0
