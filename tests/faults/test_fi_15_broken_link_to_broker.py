"""FI-15: the link between relay and broker breaks in six ways. Is any event lost on the wire?

Six relays, each with a log and a link of its own, publish to one broker; each link breaks in a way
of its own, all at once. A relay that hears nothing any more gives up within the time that a publish
may take, connects anew and publishes again from its checkpoint.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.delivery import Delivery, reckon
from tests.fault_report import FaultReport
from tests.histories import a_history, append
from tests.long import duration
from tests.proxy import FaultyLink, a_faulty_link
from tests.running_workers import (
    PATIENCE_SECONDS,
    Bystander,
    bystanding,
    caught_up,
    eventually,
    log_name,
    projecting,
    relay_checkpoint,
)

HISTORY = a_history(120, seed=15)
BEFORE = 40
RECONNECTED_SECONDS_MAX = 30.0
"""Twice what the heartbeat allows (three times 6 s); a publish that hangs ends after 10 s."""

ACKNOWLEDGEMENT = bytes.fromhex("0000000d 003c 0050")
"""How the frame of a confirm begins after type and channel: its length, then basic.ack."""
SLICE = b"last_position"
"""What the header of a slice says before its body comes."""

BYTES_PER_SECOND = 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A relay with its log, and the link by which it reaches the broker."""

    url: str
    link: FaultyLink
    log: str


async def black_hole(line: Line) -> None:
    """Lose everything; new connections too, until it is mended."""
    line.link.black_hole()
    await asyncio.sleep(duration(4, 40))
    line.link.mend()


async def reset(line: Line) -> None:
    """End every connection with a RST, in the middle of a slice."""
    cut = line.link.cut_after(SLICE, by_server=False)
    await asyncio.wait_for(cut.happened.wait(), RECONNECTED_SECONDS_MAX)
    line.link.reset()


async def half_open(line: Line) -> None:
    """Let the broker lose its connections without the relay hearing of it."""
    line.link.half_open()


async def one_byte(line: Line) -> None:
    """Bring single bytes for a while, which costs this proxy more than it costs the relay."""
    line.link.trickle(1)
    await asyncio.sleep(duration(3, 60))
    line.link.mend()


async def slow(line: Line) -> None:
    """Bring 1 KB a second for a while: no slice gets through in the time of a publish."""
    line.link.trickle(128, BYTES_PER_SECOND)
    await asyncio.sleep(duration(5, 60))
    line.link.mend()


async def inside_a_confirm(line: Line) -> None:
    """End the connection in the middle of the frame that confirms."""
    cut = line.link.cut_after(ACKNOWLEDGEMENT, 4)
    await asyncio.wait_for(cut.happened.wait(), RECONNECTED_SECONDS_MAX)


FAULTS: dict[str, Callable[[Line], Awaitable[None]]] = {
    "black hole": black_hole,
    "RST": reset,
    "half-open": half_open,
    "1-byte slices": one_byte,
    "1 KB/s": slow,
    "cut confirm": inside_a_confirm,
}


@asynccontextmanager
async def a_line(delivery: Delivery, link: FaultyLink) -> AsyncGenerator[Line]:
    """Run a relay on a log of its own."""
    with (
        delivery.servers.database() as url,
        delivery.relay(url=url, amqp_url=link.url),
    ):
        yield Line(url, link, await log_name(url))


async def test_whatever_the_link_does_the_relay_brings_every_event(delivery: Delivery) -> None:
    async with (
        bystanding(delivery.amqp_url) as seen,
        AsyncExitStack() as closing,
    ):
        lines: dict[str, Line] = {}
        for fault in FAULTS:
            link = await closing.enter_async_context(a_faulty_link(delivery.amqp_url))
            lines[fault] = await closing.enter_async_context(a_line(delivery, link))
        async with asyncio.TaskGroup() as group:
            for fault, line in lines.items():
                group.create_task(_break(fault, line, seen))


async def _break(fault: str, line: Line, seen: Bystander) -> None:
    report = FaultReport(f"FI-15 {fault}")
    await append(line.url, HISTORY[:BEFORE])
    await eventually(lambda: _is_relayed(line.url, BEFORE))
    appending = asyncio.create_task(append(line.url, HISTORY[BEFORE:]))
    breaking = asyncio.ensure_future(FAULTS[fault](line))
    await appending
    report.seconds_to_recover = await eventually(
        lambda: _is_relayed(line.url, len(HISTORY)), PATIENCE_SECONDS + duration(0, 60)
    )
    await breaking
    await eventually(lambda: len(HISTORY) in _of_log(seen, line.log))
    positions = _of_log(seen, line.log)
    assert set(positions) == set(range(1, len(HISTORY) + 1)), fault
    assert report.seconds_to_recover < RECONNECTED_SECONDS_MAX + duration(0, 60)
    report.notes["repeated_on_the_wire"] = len(positions) - len(HISTORY)
    report.recovered = len(HISTORY) - BEFORE
    async with projecting(line.url):
        await caught_up(line.url)
    await reckon(line.url, report)


def _of_log(seen: Bystander, log: str) -> list[int]:
    """Tell the positions of one log that passed, as often as they passed."""
    slices = [
        slice_
        for slice_, message in zip(seen.slices, seen.messages, strict=True)
        if message.headers["log"] == log
    ]
    return [position for first, last in slices for position in range(first, last + 1)]


async def _is_relayed(url: str, position: int) -> bool:
    return await relay_checkpoint(url) == position
