"""B1, B4, B5: how fast are orders carried from PlaceOrder to confirmed, and at what cost?

B1: A3's orders, paid with a card that is authorised at once, sent as in A3 while everything runs:
each is placed, its stock reserved, its payment authorised by the sandbox over HTTP, its stock made
firm, the order confirmed and its parcel planned. The clock stops when the last one is confirmed.
Against the same requests to an API that runs alone, rounds taken in turn.

B4: from the answer of `POST /v1/orders` to the notice that `order_detail` covers the confirmation,
at half of B1's rate, in the round whose p99 is the middle one. Both databases are vacuumed before,
so that nothing is cleaned up meanwhile that B1 or the API alone left behind. B5: what all processes
use of the processor per order, in B1's rounds until the read models stand at the head, and at half
of that rate.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psycopg
import uvloop

from benchmarks.carried import Tally, orders_decided, wait_until_at_rest
from benchmarks.conserved import require_conserved
from benchmarks.figures import Figure, median, percentile, say
from benchmarks.http_load import CONNECTIONS, Answered, Load, closed_loop, open_loop
from benchmarks.made_logs import vacuum
from benchmarks.measured_system import any_port, api_server, settings
from benchmarks.order_requests import make_orders, prepare_catalogue, prepare_stock
from benchmarks.place_order import ORDERS_PER_SECOND_MAX, WARM_UP_SECONDS, Rounds
from benchmarks.visible import Look, hear, seen_at
from benchmarks.whole_system import WholeSystem, whole_system

METHOD: Final = "card-ok"
MILLISECONDS: Final = 1_000

_CONFIRMED: Final = (
    "SELECT placed.position, confirmed.position FROM event_store.events placed"
    " JOIN event_store.events confirmed USING (stream)"
    " WHERE placed.type = 'order-placed' AND confirmed.type = 'order-confirmed'"
    " AND placed.position >= %s"
)


@dataclass(frozen=True, slots=True)
class CarrySizes:
    """How long each side of B1 is sent to, how often; the same for B4."""

    rounds: Rounds
    visible: Rounds


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a load. Units: orders; seconds of the clock; `cpu`: seconds by part."""

    answered: int
    orders: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def orders_per_second(self) -> float:
        """Tell how many were carried through in a second."""
        return self.orders / self.seconds

    @property
    def cpu_milliseconds_per_order(self) -> float:
        """Tell what all parts used for one order."""
        return sum(self.cpu.values()) * MILLISECONDS / self.orders

    def shown_cpu(self) -> str:
        """Write what each part used for one order."""
        each = {part: used * MILLISECONDS / self.orders for part, used in self.cpu.items()}
        return ", ".join(f"{part} {used:.2f}" for part, used in each.items())


def measure_carry_order(
    alone_url: str, database_url: str, server_pid: int, sizes: CarrySizes
) -> list[Figure]:
    """Measure B1, B4 and B5 on two migrated databases of a server."""
    with (
        api_server(settings(alone_url, any_port())) as alone,
        whole_system(database_url, server_pid) as system,
    ):
        for url in (alone, system.url):
            prepare_catalogue(url)
            prepare_stock(url)
        loads, carried, accepted = _take_rounds(alone, system, sizes.rounds)
        rate = median([each.orders_per_second for each in carried])
        conserved = require_conserved(database_url, system.books(), accepted=accepted)
        for url in (alone_url, database_url):
            vacuum(url)
        halves: list[_HalfRate] = []
        for _ in range(sizes.visible.count):
            halves.append(_at_half_rate(system, rate / 2, sizes.visible.seconds))
            accepted += len(halves[-1].answers)
        conserved = require_conserved(database_url, system.books(), accepted=accepted)
    halves.sort(key=lambda each: percentile(each.confirmed, 0.99))
    half = _middle(halves)
    cost = sorted(carried, key=lambda each: each.cpu_milliseconds_per_order)[len(carried) // 2]
    return [
        Figure(
            "B1_placed_to_confirmed_orders_per_second",
            round(rate),
            "orders/s",
            round(median([load.requests_per_second for load in loads])),
            "A3 alone: the same requests to an API without the other processes",
            sum(each.orders for each in carried),
            f"3 lines, paid by card over HTTP; API, relay, RabbitMQ, fulfilment, sandbox, projector"
            f" operational; {CONNECTIONS} connections, load by {loads[0].generator}; {conserved}",
        ),
        *_latency_figures(halves, rate / 2, str(conserved)),
        Figure(
            "B5_cpu_milliseconds_per_order",
            round(cost.cpu_milliseconds_per_order, 2),
            "ms",
            round(half.carried.cpu_milliseconds_per_order, 2),
            f"at {rate / 2:,.0f} orders/s (n = {half.carried.orders:,})",
            sum(each.orders for each in carried),
            f"all processes of B1, user and system, until the read models have it: at full load"
            f" {cost.shown_cpu()}; at half of it {half.carried.shown_cpu()}; {conserved}",
        ),
    ]


def _take_rounds(
    alone: str, system: WholeSystem, rounds: Rounds
) -> tuple[list[Load], list[Carried], int]:
    warm_up_seconds = min(WARM_UP_SECONDS, rounds.seconds)
    _load(alone, warm_up_seconds)
    accepted = carry(system, warm_up_seconds).answered
    loads: list[Load] = []
    carried: list[Carried] = []
    for number in range(1, rounds.count + 1):
        loads.append(_load(alone, rounds.seconds))
        carried.append(carry(system, rounds.seconds))
        accepted += carried[-1].answered
        say(
            f"placed to confirmed, round {number}: {carried[-1].orders_per_second:,.0f}/s"
            f" ({carried[-1].orders:,} orders in {carried[-1].seconds:.1f} s),"
            f" the API alone {loads[-1].requests_per_second:,.0f}/s;"
            f" CPU ms per order: {carried[-1].shown_cpu()}"
        )
    return loads, carried, accepted


def carry(
    system: WholeSystem, seconds: int, *, products: int | None = None, is_hot: bool = False
) -> Carried:
    """Send orders for some seconds, and wait until each is confirmed and visible."""
    tally, before = Tally(system.database_url), system.cpu_seconds()
    started = time.perf_counter()
    load = _load(system.url, seconds, products=products, is_hot=is_hot)
    ended = tally.wait("Carrying orders", "orders", orders_decided)
    wait_until_at_rest(system.database_url)
    orders = tally.count["order-confirmed"]
    return Carried(load.answered, orders, ended - started, _since(before, system))


@dataclass(frozen=True, slots=True)
class _HalfRate:
    """What orders at a fixed rate met. Units: milliseconds, ascending."""

    answers: list[Answered]
    accepted: list[float]
    confirmed: list[float]
    carried: Carried


def _at_half_rate(system: WholeSystem, orders_per_second: float, seconds: int) -> _HalfRate:
    before, started = system.cpu_seconds(), time.perf_counter()
    answers, looks = uvloop.run(_send(system, orders_per_second, seconds))
    wait_until_at_rest(system.database_url)
    cpu = _since(before, system)
    failed = [answer.status for answer in answers if answer.status != 201]  # noqa: PLR2004
    assert not failed, f"{len(failed)} orders were refused, the first with {failed[0]}"
    with psycopg.connect(system.database_url) as connection:
        first = min(answer.position for answer in answers)
        positions = dict(connection.execute(_CONFIRMED, (first,)).fetchall())
    waits = sorted(
        (seen_at(looks, positions[answer.position]) - answer.answered_at) * MILLISECONDS
        for answer in answers
        if answer.position in positions
    )
    accepted = sorted((each.answered_at - each.sent_at) * MILLISECONDS for each in answers)
    carried = Carried(len(answers), len(waits), time.perf_counter() - started, cpu)
    say(
        f"at {orders_per_second:,.0f} orders/s (p50 / p95 / p99): accepted after"
        f" {_shown(accepted)} ms, then confirmed and visible after {_shown(waits)} ms;"
        f" CPU ms per order: {carried.shown_cpu()}"
    )
    return _HalfRate(answers, accepted, waits, carried)


async def _send(
    system: WholeSystem, orders_per_second: float, seconds: int
) -> tuple[list[Answered], list[Look]]:
    orders = make_orders(max(1, int(orders_per_second * seconds)), method=METHOD)
    tally = Tally(system.database_url)
    looks: list[Look] = []
    last: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    watcher = asyncio.create_task(hear(system.database_url, looks, last))
    answers = await open_loop(system.url, orders, orders_per_second)
    await asyncio.to_thread(tally.wait, "Carrying orders", "orders", orders_decided)
    last.set_result(tally.position)
    await watcher
    return answers, looks


def _middle(halves: list[_HalfRate]) -> _HalfRate:
    """Choose the middle one of rounds that ascend by their p99."""
    return halves[len(halves) // 2]


def _latency_figures(
    halves: list[_HalfRate], orders_per_second: float, conserved: str
) -> list[Figure]:
    """Give the figures of the middle round."""
    half = _middle(halves)
    worst = ", ".join(f"{percentile(each.confirmed, 0.99):.0f}" for each in halves)
    return [
        Figure(
            f"B4_placed_to_confirmed_visible_{name}_milliseconds",
            round(percentile(half.confirmed, share), 1),
            "ms",
            None,
            "",
            len(half.confirmed),
            f"{orders_per_second:,.0f} orders/s of 3 lines, paid by card, from the answer to the"
            f" confirmation in order_detail, over RabbitMQ, all processes and the load generator on"
            f" this machine; the middle one of {len(halves)} rounds, whose p99 were {worst} ms;"
            f" {conserved}",
        )
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]


def _load(url: str, seconds: int, *, products: int | None = None, is_hot: bool = False) -> Load:
    count = seconds * ORDERS_PER_SECOND_MAX
    kind = {} if products is None else {"products": products}
    load = closed_loop(url, make_orders(count, **kind, is_hot=is_hot, method=METHOD), seconds)
    assert not load.failed, f"{load.failed} of {load.answered} requests failed"
    return load


def _since(before: Mapping[str, float], system: WholeSystem) -> dict[str, float]:
    return {part: used - before[part] for part, used in system.cpu_seconds().items()}


def _shown(values: list[float]) -> str:
    return " / ".join(f"{percentile(values, share):.1f}" for share in (0.5, 0.95, 0.99))
