"""A7: how soon does an accepted order stand in order_detail, over RabbitMQ?

Orders are sent at a fixed rate through the HTTP API while relay and worker run; a watcher asks for
the checkpoint of order_detail every 2 ms, which is what a reader would see. An order is visible at
the first look that finds the checkpoint at or above its position, so the figures are up to 2 ms
above the truth.
"""

import asyncio
import time
from bisect import bisect_left
from dataclasses import dataclass
from operator import attrgetter

import psycopg
import uvloop

from benchmarks.figures import Figure, percentile, say
from benchmarks.http_load import Answered, open_loop
from benchmarks.measured_system import (
    PROGRAM,
    any_port,
    api_server,
    broker,
    processes,
    settings,
    wait_for,
)
from benchmarks.order_requests import make_orders, prepare_catalogue
from projections.registry import DEFAULT_GROUPS
from sql.projection_notifier import CHANNEL

LOOK_SECONDS = 0.002
WARM_UP_SECONDS = 3
VISIBLE_SECONDS_MAX = 60
HEARD_SECONDS = 0.1
_CHECKPOINT = (
    "SELECT c.position FROM read_models.checkpoints c JOIN read_models.generations g"
    " USING (projection, generation) WHERE c.projection = 'order_detail' AND g.state = 'live'"
)


@dataclass(slots=True)
class Look:
    """Where order_detail stood at a time. Units: `time.perf_counter` seconds."""

    position: int
    at: float


def measure_visible(database_url: str, orders_per_second: float, seconds: int) -> list[Figure]:
    """Measure A7 at a rate, on a migrated database."""
    with broker() as rabbitmq:
        environment = settings(database_url, any_port(), rabbitmq.url)
        workers = [
            [str(PROGRAM), "worker", "--group", group]
            for group, names in DEFAULT_GROUPS.items()
            if names
        ]
        with api_server(environment, "relay") as url, processes(workers, environment):
            prepare_catalogue(url)
            wait_for(f"{url}/readyz")
            uvloop.run(_run(database_url, url, orders_per_second, WARM_UP_SECONDS))
            answers, looks = uvloop.run(_run(database_url, url, orders_per_second, seconds))
    failed = [answer.status for answer in answers if answer.status != 201]  # noqa: PLR2004
    assert not failed, f"{len(failed)} orders were refused, the first with {failed[0]}"
    waits = sorted(
        (seen_at(looks, answer.position) - answer.answered_at) * 1000 for answer in answers
    )
    accepted = sorted((answer.answered_at - answer.sent_at) * 1000 for answer in answers)
    say(
        f"at {orders_per_second:,.0f} orders/s: accepted after"
        f" {percentile(accepted, 0.5):.1f} / {percentile(accepted, 0.99):.1f} ms (p50 / p99),"
        f" then visible after {percentile(waits, 0.5):.1f} / {percentile(waits, 0.99):.1f} ms"
    )
    return [
        Figure(
            f"A7_accepted_to_visible_{name}_milliseconds",
            round(max(percentile(waits, share), 0), 1),
            "ms",
            None,
            "",
            len(answers),
            f"{orders_per_second:,.0f} orders/s of 3 lines, over RabbitMQ, all processes and the"
            " load generator on this machine",
        )
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]


async def _run(
    database_url: str, url: str, orders_per_second: float, seconds: int
) -> tuple[list[Answered], list[Look]]:
    orders = make_orders(int(orders_per_second * seconds))
    looks: list[Look] = []
    last = asyncio.get_running_loop().create_future()
    watcher = asyncio.create_task(watch(database_url, looks, last))
    answers = await open_loop(url, orders, orders_per_second)
    last.set_result(max(answer.position for answer in answers))
    await asyncio.wait_for(watcher, VISIBLE_SECONDS_MAX)
    return answers, looks


def seen_at(looks: list[Look], position: int) -> float:
    """Tell when a position was first seen in order_detail."""
    return looks[bisect_left(looks, position, key=attrgetter("position"))].at


async def watch(database_url: str, looks: list[Look], last: "asyncio.Future[int]") -> None:
    """Look where order_detail stands until it has the position that `last` is told."""
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with connection:
        while not (last.done() and looks and looks[-1].position >= last.result()):
            row = await (await connection.execute(_CHECKPOINT)).fetchone()
            assert row is not None
            if not looks or row[0] > looks[-1].position:
                looks.append(Look(int(row[0]), time.perf_counter()))
            await asyncio.sleep(LOOK_SECONDS)


async def hear(database_url: str, looks: list[Look], last: "asyncio.Future[int]") -> None:
    """Hear where order_detail stands, after the commit, until it has the position `last` is told.

    As a query that waits for its position does, and cheaper than looking: it disturbs less.
    """
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        while not (last.done() and looks and looks[-1].position >= last.result()):
            async for heard in connection.notifies(timeout=HEARD_SECONDS, stop_after=1):
                projection, _, position = heard.payload.partition(":")
                if projection == "order_detail":
                    looks.append(Look(int(position), time.perf_counter()))
