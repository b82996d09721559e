"""FI-17: the broker raises its memory alarm. Does the relay wait, say so, and go on afterwards?"""

from collections.abc import Callable

from cli.local_rabbitmq import LocalRabbitMQ
from tests.histories import a_history, append
from tests.running_workers import (
    OPERATIONAL,
    assert_tables_are_the_fold_of,
    caught_up,
    eventually,
    projecting,
    relay_checkpoint,
    relaying,
)

HISTORY = a_history(300, seed=10)
GROUPS = (OPERATIONAL,)


async def test_the_relay_waits_while_publishers_are_blocked_and_followers_go_on(
    own_database_url: str, own_rabbitmq: Callable[[], LocalRabbitMQ]
) -> None:
    broker, url = own_rabbitmq(), own_database_url
    await append(url, HISTORY[:50])
    async with (
        relaying(url, broker.url, GROUPS) as relay,
        projecting(url, broker.url, GROUPS),
    ):
        await eventually(lambda: relay.checkpoint == 50)
        broker.control("set_vm_memory_high_watermark", "0")
        await append(url, HISTORY[50:])
        await eventually(lambda: relay.blocked > 0)
        assert await relay_checkpoint(url) == 50
        await caught_up(url, OPERATIONAL)
        broker.control("set_vm_memory_high_watermark", "0.4")
        await eventually(lambda: relay.checkpoint == len(HISTORY))
    await assert_tables_are_the_fold_of(url, HISTORY, OPERATIONAL)
