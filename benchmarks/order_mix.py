"""B3: how many orders per second does a mix of transactions like TPC-C's bring through?

The transactions of `benchmarks/mix_terminals.py` on 64 connections, unpaced, while everything of B1
runs. The clock stops when every order that was paid is confirmed and the money of every parcel that
was packed is taken. The figure counts orders that were placed, and is not tpmC: other transactions,
other data, no pacing and no audit.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

import uvloop

from benchmarks.carried import CONFIRMED, Count, Tally, wait_until_at_rest
from benchmarks.conserved import require_conserved
from benchmarks.figures import Figure, percentile, say
from benchmarks.http_load import CONNECTIONS
from benchmarks.mix_terminals import DECK, PRODUCTS, Mix, Terminal, a_deck
from benchmarks.order_requests import prepare_catalogue, prepare_stock
from benchmarks.whole_system import WholeSystem, whole_system
from cli.progress import progress

PLACED_BEFORE: Final = 200
CAPTURED: Final = "payment-captured"


@dataclass(frozen=True, slots=True)
class MixSizes:
    """How many transactions are sent."""

    transactions: int


def measure_order_mix(database_url: str, server_pid: int, sizes: MixSizes) -> Figure:
    """Measure B3 on a migrated database."""
    with whole_system(database_url, server_pid) as system:
        prepare_catalogue(system.url, PRODUCTS)
        prepare_stock(system.url, PRODUCTS)
        wait_until_at_rest(database_url)
        mix, tally = Mix([]), Tally(database_url)
        uvloop.run(_run(system, mix, ["place"] * PLACED_BEFORE))
        wait_until_at_rest(database_url)
        before, placed_before = system.cpu_seconds(), mix.done["placed"]
        started = time.perf_counter()
        uvloop.run(_run(system, mix, a_deck(sizes.transactions, mix.chance)))
        sent_seconds = time.perf_counter() - started
        seconds = _wait_until_done(tally, mix) - started
        wait_until_at_rest(database_url)
        cpu = {part: used - before[part] for part, used in system.cpu_seconds().items()}
        conserved = require_conserved(
            database_url,
            system.books(),
            accepted=mix.done["placed"],
            undecided=mix.done["placed"] - mix.done["paid"],
        )
    placed = mix.done["placed"] - placed_before
    say(
        f"mix: {sizes.transactions:,} transactions sent in {sent_seconds:.1f} s, all done after"
        f" {seconds:.1f} s; {dict(mix.done)}; p50 / p99 in ms: {_shown_times(mix)}; CPU ms per"
        f" order: {', '.join(f'{part} {used * 1_000 / placed:.2f}' for part, used in cpu.items())}"
    )
    shares = ", ".join(f"{kind} {count}" for kind, count in DECK.items())
    return Figure(
        "B3_tpcc_like_mix_not_tpmc_orders_per_second",
        round(placed / seconds),
        "orders/s",
        None,
        "",
        placed,
        f"{sizes.transactions:,} transactions ({shares}), unpaced, {CONNECTIONS} connections,"
        f" {PRODUCTS:,} skus by NURand, {mix.done['refused']:,} orders refused,"
        f" {mix.done['packed']:,} parcels sent; {conserved}",
    )


async def _run(system: WholeSystem, mix: Mix, deck: list[str]) -> None:
    mix.deck = deck
    terminals = [await Terminal.open(mix, system.url) for _ in range(CONNECTIONS)]
    with progress("Transactions", len(deck), "transactions") as advance:
        async with asyncio.TaskGroup() as working:
            for terminal in terminals:
                working.create_task(terminal.work(advance))
    for terminal in terminals:
        terminal.close()


def _wait_until_done(tally: Tally, mix: Mix) -> float:
    wanted = mix.done["paid"] + mix.done["packed"]

    def done(count: Counter[str]) -> Count:
        return count[CONFIRMED] + count[CAPTURED], wanted

    return tally.wait("Carrying orders", "orders and parcels", done)


def _shown_times(mix: Mix) -> str:
    times = {kind: sorted(mix.milliseconds[kind]) for kind in DECK if mix.milliseconds[kind]}
    return ", ".join(
        f"{kind} {percentile(taken, 0.5):.1f} / {percentile(taken, 0.99):.1f}"
        for kind, taken in times.items()
    )
