"""Which figures are measured, in which order, each on a database of its own?

Every database is checked when its figures are taken (`ordertrail check`).
"""

import subprocess
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from benchmarks.append import Sizes, measure_append
from benchmarks.carry_order import CarrySizes, measure_carry_order
from benchmarks.checked import require_checked
from benchmarks.contention import measure_contention
from benchmarks.figures import Figure, say
from benchmarks.hot_product import measure_hot_product
from benchmarks.hot_stock import HotStockSizes, measure_hot_stock
from benchmarks.large_log import LargeLog, measure_large_log
from benchmarks.live_projection import LiveSizes, measure_live_projection
from benchmarks.machine import machine, server_settings
from benchmarks.measured_system import PROGRAM, any_port, database_server, settings
from benchmarks.order_mix import MixSizes, measure_order_mix
from benchmarks.peak_memory import MemorySizes, measure_peak_memory
from benchmarks.place_order import Rounds, measure_place_order
from benchmarks.rebuild_rate import measure_rebuild
from benchmarks.visible import measure_visible
from cli.embedded_postgres import EmbeddedPostgres

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Suite:
    """How much is measured. Units: seconds, events."""

    append: Sizes
    place_order: Rounds
    visible_seconds: int
    hot_product: Rounds
    live: LiveSizes
    rebuild_events: int
    large_log: LargeLog
    memory: MemorySizes
    contention: Rounds
    carry_order: CarrySizes
    hot_stock: HotStockSizes
    order_mix: MixSizes


def measure_all(suite: Suite, only: Collection[str] = ()) -> tuple[list[Figure], dict[str, Any]]:
    """Measure every figure, or those of the named parts, on one private server in turn."""
    unknown = set(only) - set(PARTS)
    if unknown:
        raise SystemExit(f"There is no part {sorted(unknown)}; there are: {', '.join(PARTS)}.")
    try:
        with database_server() as server:
            facts = {**machine(), "postgresql": server_settings(server.url)}
            say(f"{facts['cpu']}, {facts['cores']} cores")
            figures: list[Figure] = []
            for name, measure in PARTS.items():
                if not only or name in only:
                    figures += measure(server, suite)
            return figures, facts
    except KeyboardInterrupt:
        say("ended; nothing was written")
        raise SystemExit(INTERRUPTED) from None


def _append(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _database(server, "append")
    figures = measure_append(url, suite.append)
    require_checked(url)
    return figures


def _place_order(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    """Measure A3, and A7 at half of its rate."""
    url, visible_url = _migrated(server, "place_order"), _migrated(server, "visible")
    orders = measure_place_order(url, suite.place_order)
    require_checked(url)
    figures = [orders, *measure_visible(visible_url, orders.value / 2, suite.visible_seconds)]
    require_checked(visible_url)
    return figures


def _hot_product(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "hot_product")
    figure = measure_hot_product(url, suite.hot_product)
    require_checked(url)
    return [figure]


def _live_projection(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "live_projection")
    figures = measure_live_projection(url, suite.live)
    require_checked(url)
    return figures


def _rebuild(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "rebuild")
    figure = measure_rebuild(url, suite.rebuild_events)
    require_checked(url)
    return [figure]


def _large_log(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    return measure_large_log(lambda name: _database(server, name), suite.large_log)


def _memory(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "memory")
    figures = measure_peak_memory(url, suite.memory)
    require_checked(url)
    return figures


def _contention(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "contention")
    figures = measure_contention(url, suite.contention)
    require_checked(url)
    return figures


def _carry_order(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    """Measure B1, B4 and B5."""
    alone, url = _migrated(server, "place_order_alone"), _migrated(server, "carry_order")
    figures = measure_carry_order(alone, url, server.pid, suite.carry_order)
    require_checked(url)
    return figures


def _hot_stock(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "hot_stock")
    figure = measure_hot_stock(url, server.pid, suite.hot_stock)
    require_checked(url)
    return [figure]


def _order_mix(server: EmbeddedPostgres, suite: Suite) -> list[Figure]:
    url = _migrated(server, "order_mix")
    figure = measure_order_mix(url, server.pid, suite.order_mix)
    require_checked(url)
    return [figure]


PARTS: Final[dict[str, Callable[[EmbeddedPostgres, Suite], list[Figure]]]] = {
    "append": _append,
    "place-order": _place_order,
    "hot-product": _hot_product,
    "live-projection": _live_projection,
    "rebuild": _rebuild,
    "large-log": _large_log,
    "memory": _memory,
    "contention": _contention,
    "carry-order": _carry_order,
    "hot-stock": _hot_stock,
    "order-mix": _order_mix,
}


def _database(server: EmbeddedPostgres, name: str) -> str:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.url_of(name)


def _migrated(server: EmbeddedPostgres, name: str) -> str:
    url = _database(server, name)
    subprocess.run(
        [str(PROGRAM), "migrate", "up"],
        check=True,
        env=settings(url, any_port()),
        stdout=sys.stderr,
    )
    return url
