"""FI-07: the active relay and worker die, stop, or lose their link. Does a standby take over?

Within ten seconds of any of it (DEL-04). Whoever was stopped or cut off finds its session ended
when it comes back, has written nothing, and is the standby from then on.
"""

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from subprocess import Popen

from tests.delivery import TAKEOVER_SECONDS_MAX, Delivery, holder, reckon, sessions
from tests.fault_report import FaultReport
from tests.long import duration
from tests.proxy import FaultyLink, a_faulty_link
from tests.running_workers import caught_up, eventually, head_of, relay_checkpoint
from tests.shop_load import busy_shop

RIGHTS = ("relay", "projector operational", "projector analytics")


@dataclass(frozen=True, slots=True)
class Pair:
    """A relay and a worker that are active, and those that wait; the active ones' way there."""

    delivery: Delivery
    active: list[Popen[bytes]]
    standby: list[Popen[bytes]]
    link: FaultyLink


async def a_pair(delivery: Delivery, url: str, closing: AsyncExitStack) -> Pair:
    """Start two relays and two workers on a log, one after the other."""
    link = await closing.enter_async_context(a_faulty_link(url))
    processes: list[list[Popen[bytes]]] = []
    for waiting, address in enumerate((link.url, url)):
        processes.append(
            [
                closing.enter_context(delivery.relay(url=address)),
                closing.enter_context(delivery.worker(url=address)),
            ]
        )
        await eventually(lambda waiting=waiting: _are_there(url, waiting + 1))
    return Pair(delivery, processes[0], processes[1], link)


async def _are_there(url: str, count: int) -> bool:
    """Say whether every right has a holder, and so many sessions in all."""
    return all([await holder(url, right) for right in RIGHTS]) and all(
        [await sessions(url, right) == count for right in RIGHTS]
    )


async def taken_over(url: str, before: dict[str, int | None]) -> float:
    """Wait until other sessions have all rights, and the relay goes on; answer how long it took."""

    async def is_so() -> bool:
        now = await holders(url)
        return all(now[right] not in {None, before[right]} for right in RIGHTS)

    head = await head_of(url)

    async def goes_on() -> bool:
        return await is_so() and await relay_checkpoint(url) > head

    return await eventually(goes_on)


async def holders(url: str) -> dict[str, int | None]:
    """Tell the session of every right's holder."""
    return {right: await holder(url, right) for right in RIGHTS}


async def test_the_standby_takes_over_within_ten_seconds_and_the_first_stands_by(
    delivery: Delivery,
) -> None:
    with delivery.servers.database() as other_url:
        async with AsyncExitStack() as closing:
            stopped, cut = await asyncio.gather(
                a_pair(delivery, delivery.url, closing), a_pair(delivery, other_url, closing)
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(_stopped(stopped, delivery.url))
                group.create_task(_cut_off(cut, other_url))


async def _stopped(pair: Pair, url: str) -> None:
    """Stop the active ones, wake them, and kill those that took over."""
    report = FaultReport("FI-07 SIGSTOP, kill -9")
    async with busy_shop(url, pause_seconds=0.2):
        before = await holders(url)
        for process in pair.active:
            process.send_signal(signal.SIGSTOP)
        report.notes["stopped_seconds"] = round(await taken_over(url, before), 1)
        await asyncio.sleep(duration(0, 20))
        for process in pair.active:
            process.send_signal(signal.SIGCONT)
        await eventually(lambda: _are_there(url, 2))
        before = await holders(url)
        for process in pair.standby:
            process.kill()
        report.notes["killed_seconds"] = round(await taken_over(url, before), 1)
    assert report.notes["stopped_seconds"] < TAKEOVER_SECONDS_MAX
    assert report.notes["killed_seconds"] < TAKEOVER_SECONDS_MAX
    await _finish(pair, url, report)


async def _cut_off(pair: Pair, url: str) -> None:
    """Cut the active ones off from the log, and mend the link."""
    report = FaultReport("FI-07 cut link")
    async with busy_shop(url, pause_seconds=0.2):
        before = await holders(url)
        pair.link.black_hole()
        report.notes["cut_off_seconds"] = round(await taken_over(url, before), 1)
        await asyncio.sleep(duration(0, 20))
        pair.link.mend()
        await eventually(lambda: _are_there(url, 2))
    assert report.notes["cut_off_seconds"] < TAKEOVER_SECONDS_MAX
    await _finish(pair, url, report)


async def _finish(pair: Pair, url: str, report: FaultReport) -> None:
    await caught_up(url)
    assert [process.poll() for process in pair.active] == [None, None]
    report.seconds_to_recover = max(report.notes.values())
    await reckon(url, report)
