"""A9: does a process need more memory the more orders it has seen?

API, relay and one worker for all read models, over RabbitMQ; orders are sent as fast as they are
answered. The most memory that API and worker ever had resident, after all orders against after the
first tenth of them.
"""

from dataclasses import dataclass

import uvloop

from benchmarks.cpu_time import peak_memory_bytes
from benchmarks.figures import Figure, say
from benchmarks.http_load import own_closed_loop
from benchmarks.live_projection import wait_until_followed
from benchmarks.measured_system import PROGRAM, any_port, broker, processes, settings, wait_for
from benchmarks.order_requests import make_orders, prepare_catalogue

MEBIBYTE = 1024 * 1024
SECONDS_MAX = 600
PARTS = ("api", "worker")


@dataclass(frozen=True, slots=True)
class MemorySizes:
    """After how many orders the memory is read, first and last."""

    first_orders: int
    all_orders: int


def measure_peak_memory(database_url: str, sizes: MemorySizes) -> list[Figure]:
    """Measure A9 on a migrated database without orders."""
    with broker() as rabbitmq:
        environment = settings(database_url, any_port(), rabbitmq.url)
        commands = [[str(PROGRAM), name] for name in ("api", "worker", "relay")]
        with processes(commands, environment) as (api, worker, _):
            url = f"http://127.0.0.1:{environment['ORDERTRAIL_PORT']}"
            wait_for(f"{url}/livez")
            prepare_catalogue(url)
            early = _after(database_url, url, sizes.first_orders, (api.pid, worker.pid))
            rest = sizes.all_orders - sizes.first_orders
            late = _after(database_url, url, rest, (api.pid, worker.pid))
    say(f"peak memory: {early} MiB, then {late} MiB")
    return [
        Figure(
            f"A9_peak_memory_{part}_mebibytes",
            late[part],
            "MiB",
            early[part],
            f"after {sizes.first_orders:,} orders",
            sizes.all_orders,
            f"VmHWM after {sizes.all_orders:,} orders of 3 lines, over RabbitMQ, all read models",
        )
        for part in PARTS
    ]


def _after(database_url: str, url: str, orders: int, pids: tuple[int, int]) -> dict[str, float]:
    load = uvloop.run(own_closed_loop([url], make_orders(orders), SECONDS_MAX))
    assert (load.answered, load.failed) == (orders, 0), load
    wait_until_followed(database_url)
    return {
        part: round(peak_memory_bytes(pid) / MEBIBYTE, 1)
        for part, pid in zip(PARTS, pids, strict=True)
    }
