"""FI-13: the active worker is stopped inside a transaction. Can it still write when it wakes up?

Its session has ended meanwhile, and with it the transaction: what it had written is gone, a standby
has applied the same events, and the queue's consumer is that standby's.
"""

import asyncio
import signal
from contextlib import ExitStack

from tests.delivery import (
    TAKEOVER_SECONDS_MAX,
    Delivery,
    consumers_are_there,
    holder,
    reckon,
    sessions,
)
from tests.examples_log import rows, superuser
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_workers import ANALYTICS, checkpoint_of, eventually, head_of, waiting_messages
from tests.shop_load import busy_shop

RIGHT = "projector analytics"
QUEUE = "ordertrail.analytics.0"
IN_TRANSACTION = """
SELECT pid FROM pg_stat_activity
 WHERE application_name = 'ordertrail projector analytics' AND datname = current_database()
   AND xact_start < clock_timestamp() - interval '0.5 s'
"""
BATCH = 6
SLEEP_SECONDS = 4


async def test_a_worker_that_was_stopped_inside_a_transaction_writes_nothing(
    delivery: Delivery,
) -> None:
    report = FaultReport("FI-13 SIGSTOP")
    asleep = f"projector.before_commit=sleep:{SLEEP_SECONDS}@{BATCH}"
    with delivery.relay(), ExitStack() as running:
        stopped = running.enter_context(delivery.worker(ANALYTICS, failpoints=asleep))
        await eventually(lambda: consumers_are_there(delivery.amqp_url, ANALYTICS))
        standby = running.enter_context(delivery.worker(ANALYTICS))
        await eventually(lambda: _are_there(delivery.url))
        first = await holder(delivery.url, RIGHT)
        async with busy_shop(delivery.url, pause_seconds=0.2):
            await eventually(lambda: _is_inside(delivery.url))
            stopped.send_signal(signal.SIGSTOP)
            stopped_at, head = (
                await checkpoint_of(delivery.url, ANALYTICS),
                await head_of(delivery.url),
            )
            report.seconds_to_recover = await eventually(lambda: _passed(delivery.url, head))
            assert await holder(delivery.url, RIGHT) not in {None, first}
            await asyncio.sleep(duration(0, 60))
            stopped.send_signal(signal.SIGCONT)
            await eventually(lambda: bool(delivery.said("follower.lost")))
            await eventually(lambda: _are_there(delivery.url))
        assert report.seconds_to_recover < TAKEOVER_SECONDS_MAX
        report.recovered = head - stopped_at
        await reckon(delivery.url, report, ANALYTICS)
        await eventually(lambda: _is_drained(delivery))
        assert (stopped.poll(), standby.poll()) == (None, None)
    assert len(delivery.said("follower.active", group=ANALYTICS)) == 2


async def _are_there(url: str) -> bool:
    return await sessions(url, RIGHT) == 2


async def _is_inside(url: str) -> bool:
    async with superuser(url) as connection:
        return bool(await rows(connection, IN_TRANSACTION))


async def _passed(url: str, position: int) -> bool:
    return await checkpoint_of(url, ANALYTICS) > position


async def _is_drained(delivery: Delivery) -> bool:
    return await waiting_messages(delivery.amqp_url, QUEUE) == 0
