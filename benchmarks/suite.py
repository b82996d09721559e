"""Which figures are measured, in which order, each on a database of its own?"""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.append import Sizes, measure_append
from benchmarks.figures import Figure, say
from benchmarks.machine import machine, server_settings
from benchmarks.measured_system import PROGRAM, any_port, database_server, settings
from benchmarks.place_order import Rounds, measure_place_order
from benchmarks.visible import measure_visible
from cli.embedded_postgres import EmbeddedPostgres


@dataclass(frozen=True, slots=True)
class Suite:
    """How much is measured. Units: seconds."""

    append: Sizes
    place_order_seconds: int
    place_order_rounds: int
    visible_seconds: int


def measure_all(suite: Suite) -> tuple[list[Figure], dict[str, Any]]:
    """Measure every figure on one private server, one after the other."""
    with database_server() as server:
        facts = {**machine(), "postgresql": server_settings(server.url)}
        say(f"{facts['cpu']}, {facts['cores']} cores")
        figures = measure_append(_database(server, "append"), suite.append)
        orders = measure_place_order(
            _migrated(server, "place_order"),
            Rounds(suite.place_order_seconds, suite.place_order_rounds),
        )
        figures.append(orders)
        figures += measure_visible(
            _migrated(server, "visible"), orders.value / 2, suite.visible_seconds
        )
        return figures, facts


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
