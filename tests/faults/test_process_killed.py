"""The fulfilment process is killed wherever it waits: do the orders' journeys end the same?

One process after the other dies at another point, each with an order of its own on the way and
parcels of earlier ones to be handed over. The sandbox's books say whether anybody was charged
twice.
"""

from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Final

from domain.order import Lifecycle
from domain.order_events import OrderLinesShipped
from domain.payment_events import PaymentCaptured
from domain.shipment_events import ShipmentPlanned
from tests.checking import assert_checked
from tests.running_process import Counter, a_counter, a_process, a_sandbox, books_of
from tests.running_workers import OPERATIONAL, caught_up, eventually, projecting

POINTS: Final = (
    "fulfilment.before_advance@1",
    "outside.before_call@1",
    "outside.after_call@1",
    "fulfilment.after_advance@1",
    "consumer.before_move@2",
    "fulfilment.before_advance@2",
    "outside.before_call@2",
    "fulfilment.after_advance@3",
    "append.before_commit@2",
    "append.after_commit@2",
    "append.after_commit@4",
    "load.after_query@3",
)
CONSUMERS: Final = 2


def order_id(number: int) -> str:
    return f"0196a000-0000-7000-8000-00000000f{number:03}"


async def test_every_order_ends_the_same_wherever_the_process_dies(
    module_database_url: str, tmp_path: Path
) -> None:
    url = module_database_url
    orders = [order_id(number) for number in range(len(POINTS))]
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter:
        await counter.open_shop(pieces=2 * len(POINTS))
        for number, point in enumerate(POINTS):
            log = tmp_path / f"{number}.log"
            name, _, passes = point.partition("@")
            with a_process(url, sandbox, log, FAILPOINTS=f"{name}=kill@{passes}") as doomed:
                await eventually(lambda log=log, doomed=doomed: is_active(log) or is_dead(doomed))
                await counter.place(orders[number])
                await pack_what_is_planned(counter, orders[:number])
                await eventually(partial(is_dead, doomed))
        with a_process(url, sandbox, tmp_path / "last.log"):
            for each in orders:
                await counter.until(each, Lifecycle.CONFIRMED, Lifecycle.COMPLETED)
                shipment_id = await counter.pack(each)
                await counter.until_happened(OrderLinesShipped, each)
                await counter.until_happened(PaymentCaptured, each)
                await counter.deliver(shipment_id)
            for each in orders:
                await counter.until(each, Lifecycle.COMPLETED)
        sums = books_of(sandbox)
    total = 2_500 * len(orders)
    assert (sums["authorised_minor"], sums["captured_minor"]) == (total, total)
    assert (sums["voided_minor"], sums["refunded_minor"]) == (0, 0)
    async with projecting(url):
        await caught_up(url, OPERATIONAL)
    await assert_checked(url)


def is_dead(process: Popen[bytes]) -> bool:
    return process.poll() is not None


def is_active(log: Path) -> bool:
    return log.read_text().count("follower.active") == CONSUMERS


async def pack_what_is_planned(counter: Counter, orders: list[str]) -> None:
    planned = {
        event.data.order_id
        for event in await counter.log()
        if isinstance(event.data, ShipmentPlanned)
    }
    for each in orders:
        if each in planned:
            await counter.pack(each)


async def test_a_timer_fires_though_the_process_dies_as_it_does(
    module_database_url: str, tmp_path: Path
) -> None:
    """The order was to be paid long ago, so its timer is due as soon as it is set."""
    url, log = module_database_url, tmp_path / "first.log"
    async with a_sandbox(tmp_path) as sandbox, a_counter(url) as counter, projecting(url):
        await counter.open_shop()
        await counter.place(order_id(0), method="card-retry")
        with a_process(url, sandbox, log, FAILPOINTS="timers.before_fire=kill@1") as doomed:
            await eventually(partial(is_dead, doomed))
        with a_process(url, sandbox, tmp_path / "last.log"):
            await counter.until(order_id(0), Lifecycle.EXPIRED)
