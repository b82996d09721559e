"""B2: what does it cost when every order wants the same product, and 100,000 already do?

B1's load over a catalogue of 3,000 products, once with lines drawn from all of them and once with
one product that stands in every order, on whose stock 100,000 reservations are open. Those are made
beforehand by `ReserveStock` through the command handler, 500 lines of an order at a time. Rounds
taken in turn against one system and one database.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import uuid_utils

from benchmarks.carried import wait_until_at_rest
from benchmarks.carry_order import Carried, carry
from benchmarks.conserved import require_conserved
from benchmarks.figures import Figure, median, say
from benchmarks.hot_product import PRODUCTS
from benchmarks.order_requests import LOCATION, prepare_catalogue, prepare_stock, sku_of
from benchmarks.place_order import WARM_UP_SECONDS, Rounds
from benchmarks.whole_system import whole_system
from cli.progress import progress
from commands.envelope import CommandEnvelope
from commands.reserve_stock import ReserveStock, WantedStock
from domain.envelope import Actor, ActorKind
from sql.store import open_store

LINES_PER_COMMAND: Final = 500
PREPARER: Final = Actor(ActorKind.SYSTEM, "benchmark")


@dataclass(frozen=True, slots=True)
class HotStockSizes:
    """How long each side is sent to, how often, and how many reservations are open before."""

    rounds: Rounds
    reservations: int


def measure_hot_stock(database_url: str, server_pid: int, sizes: HotStockSizes) -> Figure:
    """Measure B2 on a migrated database."""
    hot: list[Carried] = []
    spread: list[Carried] = []
    warm_up_seconds = min(WARM_UP_SECONDS, sizes.rounds.seconds)
    with whole_system(database_url, server_pid) as system:
        prepare_catalogue(system.url, PRODUCTS)
        prepare_stock(system.url, PRODUCTS)
        asyncio.run(_keep_open(database_url, sizes.reservations))
        wait_until_at_rest(database_url)
        accepted = sum(
            carry(system, warm_up_seconds, products=PRODUCTS, is_hot=is_hot).answered
            for is_hot in (True, False)
        )
        for number in range(1, sizes.rounds.count + 1):
            seconds = sizes.rounds.seconds
            hot.append(carry(system, seconds, products=PRODUCTS, is_hot=True))
            spread.append(carry(system, seconds, products=PRODUCTS))
            accepted += hot[-1].answered + spread[-1].answered
            say(
                f"one hot sku, round {number}: {hot[-1].orders_per_second:,.0f}/s, over"
                f" {PRODUCTS:,} skus {spread[-1].orders_per_second:,.0f}/s; CPU ms per order:"
                f" {hot[-1].shown_cpu()}; spread {spread[-1].shown_cpu()}"
            )
        conserved = require_conserved(database_url, system.books(), accepted=accepted)
    return Figure(
        "B2_hot_sku_placed_to_confirmed_orders_per_second",
        round(median([each.orders_per_second for each in hot])),
        "orders/s",
        round(median([each.orders_per_second for each in spread])),
        f"the same orders over {PRODUCTS:,} skus",
        sum(each.orders for each in hot),
        f"B1's orders, one of 3 lines always the same sku, on which {sizes.reservations:,}"
        f" reservations are open; {conserved}",
    )


async def _keep_open(database_url: str, count: int) -> None:
    """Reserve a piece of the hot product so many times, for a day."""
    async with open_store(
        database_url, role_prefix="ordertrail", code_version="benchmark"
    ) as store:
        with progress("Reserving the hot product", count, "reservations") as advance:
            for first in range(0, count, LINES_PER_COMMAND):
                command = _reservations(min(LINES_PER_COMMAND, count - first))
                await store.handler.handle(command, _envelope(command.order_id))
                advance(len(command.lines))


def _reservations(count: int) -> ReserveStock:
    now = datetime.now(UTC)
    return ReserveStock(
        actor=PREPARER,
        asked_at=now,
        order_id=str(uuid_utils.uuid7()),
        lines=tuple(
            WantedStock(
                reservation_id=str(uuid_utils.uuid7()),
                line_id=str(line),
                sku=sku_of(0),
                location=LOCATION,
                quantity=1,
            )
            for line in range(1, count + 1)
        ),
        expires_at=now + timedelta(days=1),
    )


def _envelope(order_id: str) -> CommandEnvelope:
    return CommandEnvelope(
        principal=f"{PREPARER.kind}:{PREPARER.id}",
        idempotency_key=order_id,
        fingerprint=sha256(order_id.encode()).digest(),
        actor=PREPARER,
        command_id=order_id,
        correlation_id=order_id,
    )
