"""FI-09: the broker comes back without anything that it had. Do the projections lose anything?

What was confirmed and not consumed is gone for ever. The relay declares the topology again, the
followers see the hole by the positions, read it from the log, and go by the broker again.
"""

import asyncio

from tests.delivery import Delivery, consumers_are_there, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.running_workers import (
    ANALYTICS,
    GROUPS,
    OPERATIONAL,
    caught_up,
    checkpoint_of,
    eventually,
    projecting,
    relay_checkpoint,
    waiting_slices,
)
from workers.metrics import FollowerCounters

HISTORY = a_history(250, seed=21)
SEEN, CONFIRMED, WHILE_DOWN = 150, 300, 400
TAIL = range(WHILE_DOWN, len(HISTORY), 10)


async def test_what_was_confirmed_and_lost_is_read_from_the_log(delivery: Delivery) -> None:
    report, url, broker = FaultReport("FI-09 wiped"), delivery.url, delivery.broker
    with delivery.relay():
        async with projecting(url, broker.url):
            await append(url, HISTORY[:SEEN])
            await caught_up(url)
            await eventually(lambda: consumers_are_there(broker.url))
        await append(url, HISTORY[SEEN:CONFIRMED])
        await eventually(lambda: _is_relayed(url, CONFIRMED))
        assert (await waiting_slices(broker.url, "ordertrail.analytics.0"))[-1][1] == CONFIRMED
        broker.kill()
        delivery.servers.wipe_broker()
        await append(url, HISTORY[CONFIRMED:WHILE_DOWN])
        report.recovered = WHILE_DOWN - await checkpoint_of(url)
        async with projecting(url, broker.url) as counters:
            await asyncio.to_thread(broker.start)
            report.seconds_to_recover = await eventually(lambda: consumers_are_there(broker.url))
            await caught_up(url)
            for first in TAIL:
                await append(url, HISTORY[first : first + 10])
                await caught_up(url)
            await eventually(lambda: all(_by_broker(counters[group]) > 0 for group in GROUPS))
    report.notes["by_broker_afterwards"] = _by_broker(counters[OPERATIONAL])
    assert counters[ANALYTICS].attached == 1
    await reckon(url, report)


async def _is_relayed(url: str, position: int) -> bool:
    return await relay_checkpoint(url) == position


def _by_broker(counters: FollowerCounters) -> int:
    """Tell how many events came by broker: not read from the store, for whatever reason."""
    return counters.events - counters.from_store - counters.healed_gap
