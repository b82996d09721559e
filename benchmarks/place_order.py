"""A3: how much of the HTTP edge's speed is left when orders are decided and stored?

`POST /v1/orders` with three lines, priced, validated, under an idempotency key and durable, at 64
connections against one API process; against the same route answering without decision and store
(`benchmarks/bare_api.py`). The same requests, the same load generator, rounds taken in turn.
"""

import sys
from dataclasses import dataclass

import psycopg

from benchmarks.figures import Figure, median, say
from benchmarks.http_load import CONNECTIONS, Load, closed_loop
from benchmarks.measured_system import any_port, api_server, processes, settings, wait_for
from benchmarks.order_requests import make_orders, prepare_catalogue

ORDERS_PER_SECOND_MAX = 9_000
WARM_UP_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Rounds:
    """How long each side is measured, how often. Units: seconds."""

    seconds: int
    count: int


def measure_place_order(database_url: str, rounds: Rounds) -> Figure:
    """Measure A3 on a migrated database."""
    full = settings(database_url, any_port())
    bare = settings(database_url, any_port())
    bare_command = [sys.executable, "-m", "benchmarks.bare_api"]
    with api_server(full) as url, processes([bare_command], bare):
        bare_url = f"http://127.0.0.1:{bare['ORDERTRAIL_PORT']}"
        wait_for(f"{bare_url}/livez")
        prepare_catalogue(url)
        _load(url, WARM_UP_SECONDS)
        _load(bare_url, WARM_UP_SECONDS)
        before = _head(database_url)
        loads: list[tuple[Load, Load]] = []
        for number in range(1, rounds.count + 1):
            loads.append((_load(url, rounds.seconds), _load(bare_url, rounds.seconds)))
            say(
                f"POST /v1/orders, round {number}: {loads[-1][0].requests_per_second:,.0f}/s,"
                f" without decision and store {loads[-1][1].requests_per_second:,.0f}/s"
            )
        answered = sum(stored.answered for stored, _ in loads)
        # A request that was under way at the end of a round is stored without being counted.
        stored_events = _head(database_url) - before
        assert answered <= stored_events <= answered + 2 * CONNECTIONS * rounds.count, (
            answered,
            stored_events,
        )
    return Figure(
        "A3_place_order_requests_per_second",
        round(median([stored.requests_per_second for stored, _ in loads])),
        "requests/s",
        round(median([bare_load.requests_per_second for _, bare_load in loads])),
        "the same route answering without decision and store",
        answered,
        f"3 lines, idempotency key, durable; {CONNECTIONS} connections, one API process,"
        f" load by {loads[0][0].generator}",
    )


def _load(url: str, seconds: int) -> Load:
    load = closed_loop(url, make_orders(seconds * ORDERS_PER_SECOND_MAX), seconds)
    assert not load.failed, f"{load.failed} of {load.answered} requests failed"
    return load


def _head(database_url: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT max(position) FROM event_store.events").fetchone()
        assert row is not None
        return int(row[0])
