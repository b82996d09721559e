"""A10: what do decisions cost that build on one another, or race from two processes?

Notes are added to orders, without If-Match, by 20 callers who wait for their answer. First within
one process: all on one order, so that every decision is chained to the one before it, against each
caller on an order of its own. Then over HTTP by 64 connections on the same 100 orders: spread over
two API processes that race, against one process. Rounds taken in turn.
"""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import uuid_utils
import uvloop

from benchmarks.figures import Figure, median, say
from benchmarks.http_load import CONNECTIONS, Load, own_closed_loop
from benchmarks.measured_system import any_port, api_server, settings
from benchmarks.order_requests import OrderRequest, make_orders, prepare_catalogue
from benchmarks.payload import ACTOR
from benchmarks.place_order import Rounds
from commands.add_note import AddNote
from commands.envelope import CommandEnvelope
from commands.handler import CommandHandler
from domain.order_parts import NoteVisibility
from sql.store import open_store

CALLERS: Final = 20
RACED_ORDERS: Final = 100
NOTES_PER_SECOND_MAX: Final = 9_000
TEXT: Final = "Ring twice, please."


def measure_contention(database_url: str, rounds: Rounds) -> list[Figure]:
    """Measure A10 on a migrated database without orders."""
    first, second = settings(database_url, any_port()), settings(database_url, any_port())
    chained: list[float] = []
    spread: list[float] = []
    racing: list[Load] = []
    alone: list[Load] = []
    with api_server(first) as url, api_server(second) as other_url:
        prepare_catalogue(url)
        for number in range(1, rounds.count + 1):
            chained.append(_chained_rate(database_url, _place(url, 1), rounds.seconds))
            spread.append(_chained_rate(database_url, _place(url, CALLERS), rounds.seconds))
            racing.append(_race((url, other_url), _place(url, RACED_ORDERS), rounds.seconds))
            alone.append(_race((url,), _place(url, RACED_ORDERS), rounds.seconds))
            say(
                f"contention, round {number}: one stream {chained[-1]:,.0f}/s, many"
                f" {spread[-1]:,.0f}/s; two processes on {RACED_ORDERS} streams"
                f" {_accepted(racing[-1]):,.0f}/s ({racing[-1].failed:,} turned away), one"
                f" {_accepted(alone[-1]):,.0f}/s"
            )
    turned_away = sum(load.failed for load in racing)
    asked = sum(load.answered for load in racing)
    return [
        Figure(
            "A10_chained_decisions_on_one_stream_per_second",
            round(median(chained)),
            "commands/s",
            round(median(spread)),
            f"{CALLERS} callers, each on a stream of its own",
            round(sum(chained) * rounds.seconds),
            f"{CALLERS} callers in one process, all on one order, a note each, durable",
        ),
        Figure(
            "A10_two_processes_racing_accepted_per_second",
            round(median([_accepted(load) for load in racing])),
            "commands/s",
            round(median([_accepted(load) for load in alone])),
            "one API process",
            asked,
            f"notes on {RACED_ORDERS} orders over HTTP, {CONNECTIONS} connections, two API"
            f" processes; {turned_away:,} of {asked:,} requests turned away after retries (409)",
        ),
    ]


def _chained_rate(database_url: str, orders: Sequence[str], seconds: float) -> float:
    return uvloop.run(_add_notes(database_url, orders, seconds))


async def _add_notes(database_url: str, orders: Sequence[str], seconds: float) -> float:
    """Add notes as 20 callers, each to its order. Units: notes per second."""
    added = 0
    async with open_store(
        database_url, role_prefix="ordertrail", code_version="benchmark"
    ) as store:
        started = time.perf_counter()

        async def caller(order_id: str) -> None:
            nonlocal added
            while time.perf_counter() - started < seconds:
                await _add_note(store.handler, order_id)
                added += 1

        await asyncio.gather(*(caller(orders[each % len(orders)]) for each in range(CALLERS)))
        return added / (time.perf_counter() - started)


async def _add_note(handler: CommandHandler, order_id: str) -> None:
    key = str(uuid_utils.uuid7())
    command = AddNote(
        actor=ACTOR,
        asked_at=datetime.now(UTC),
        order_id=order_id,
        note_id=key,
        text=TEXT,
        visibility=NoteVisibility.INTERNAL,
    )
    await handler.handle(
        command,
        CommandEnvelope(
            principal="staff:benchmark",
            idempotency_key=key,
            fingerprint=b"f" * 32,
            actor=ACTOR,
            command_id=key,
            correlation_id=key,
        ),
    )


def _race(urls: Sequence[str], orders: Sequence[str], seconds: float) -> Load:
    chance = random.Random()
    count = round(seconds * NOTES_PER_SECOND_MAX)
    notes = [_note_request(chance.choice(orders)) for _ in range(count)]
    load = uvloop.run(own_closed_loop(urls, notes, seconds))
    assert load.answered < count, "the load generator ran out of requests"
    return load


def _note_request(order_id: str) -> OrderRequest:
    key = str(uuid_utils.uuid7())
    body = json.dumps({"note_id": key, "text": TEXT}).encode()
    return OrderRequest(order_id, key, body, f"/v1/orders/{order_id}/notes")


def _accepted(load: Load) -> float:
    return load.requests_per_second * (load.answered - load.failed) / max(1, load.answered)


def _place(url: str, count: int) -> list[str]:
    """Place orders that nobody has touched yet, and name them."""
    orders = make_orders(count)
    placed = uvloop.run(own_closed_loop([url], orders, 60))
    assert (placed.answered, placed.failed) == (count, 0), placed
    return [order.order_id for order in orders]
