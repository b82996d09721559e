"""FI-17: the broker raises its memory alarm. Does the relay wait, say so, and go on afterwards?"""

import asyncio
import time

from tests.delivery import Delivery, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.long import duration
from tests.running_workers import caught_up, eventually, relay_checkpoint

HISTORY = a_history(300, seed=10)


async def test_the_relay_waits_while_publishers_are_blocked_and_followers_go_on(
    delivery: Delivery,
) -> None:
    report, url, broker = FaultReport("FI-17 memory alarm"), delivery.url, delivery.broker
    await append(url, HISTORY[:50])
    with delivery.relay() as relay, delivery.worker() as worker:
        await eventually(lambda: _is_relayed(url, 50))
        broker.control("set_vm_memory_high_watermark", "0")
        try:
            await append(url, HISTORY[50:])
            await eventually(lambda: bool(delivery.said("relay.blocked_by_broker")))
            assert await relay_checkpoint(url) == 50
            await caught_up(url)
            await asyncio.sleep(duration(0, 60))
        finally:
            broker.control("set_vm_memory_high_watermark", "0.4")
        report.recovered = len(HISTORY) - 50
        started_at = time.monotonic()
        await eventually(lambda: _is_relayed(url, len(HISTORY)))
        report.seconds_to_recover = time.monotonic() - started_at
        assert delivery.said("relay.unblocked")
        assert (relay.poll(), worker.poll()) == (None, None)
        await reckon(url, report)


async def _is_relayed(url: str, position: int) -> bool:
    return await relay_checkpoint(url) == position
