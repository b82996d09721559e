"""Does the read side say what was sent, and what does it say?"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.markup import escape

from cli.demo_checks import Check
from cli.demo_fates import RISKY
from cli.demo_orders import CURRENCY, DemoShop
from cli.demo_outcome import Outcome
from cli.demo_run import Placed
from cli.failures import CommandFailed
from cli.output import bar, money, table
from cli.progress import progress
from cli.sales_report import SalesReport, ask, read_sales

FRESH_SECONDS_MAX: Final = 120.0
LOOK_SECONDS: Final = 0.5
BEST_SHOWN: Final = 8
COUNTRIES_SHOWN: Final = 6
SPARKS: Final = "▁▂▃▄▅▆▇█"
DAYS_SHOWN: Final = 60
PAGE_ROWS: Final = "200"


@dataclass(slots=True)
class ReadSide:
    """What the query API says. Units: pence; days as `2026-11-20`."""

    sales: SalesReport
    by_day: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_sku: dict[str, int] = field(default_factory=dict[str, int])
    best: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def best_skus(shop: DemoShop) -> list[str]:
    """Name the skus that will sell best, as far as the orders say."""
    gross: defaultdict[str, int] = defaultdict(int)
    for order in shop.orders:
        for line in order.lines:
            gross[line.product.sku] += line.gross_minor
    return sorted(gross, key=lambda sku: (-gross[sku], sku))[:BEST_SHOWN]


async def read_everything(
    client: httpx2.AsyncClient, skus: Sequence[str], min_position: int
) -> ReadSide:
    """Ask the query API for all figures, from read tables that have seen `min_position`.

    Raises:
        CommandFailed: they did not see it in time.
    """
    fresh = {"min_position": str(min_position), "currency": CURRENCY}
    sales = await read_sales(client, min_position=min_position, seconds_max=FRESH_SECONDS_MAX)
    read = ReadSide(sales)
    for sku in skus:
        page = await ask(
            client, "/v1/reports/product-sales", {**fresh, "sku": sku}, FRESH_SECONDS_MAX
        )
        read.by_sku[sku] = sum(row["gross_minor"] for row in page["rows"])
    best = {**fresh, "limit": str(BEST_SHOWN)}
    page = await ask(client, "/v1/reports/product-sales", best, FRESH_SECONDS_MAX)
    read.best = page["rows"]
    wanted = {**fresh, "limit": PAGE_ROWS}
    while True:
        page = await ask(client, "/v1/reports/sales-daily", wanted, FRESH_SECONDS_MAX)
        for row in page["rows"]:
            read.by_day[row["day"]] += row["gross_minor"]
        if page["next_cursor"] is None:
            return read
        wanted["cursor"] = page["next_cursor"]


async def until_decided(client: httpx2.AsyncClient, placed: Placed, before: ReadSide) -> None:
    """Wait until every order is confirmed or rejected, but for those that people decide on.

    Raises:
        CommandFailed: for a while none is.
    """
    total = sum(order.fate not in RISKY for order in placed.orders)
    decided, decided_at = 0, time.monotonic()
    with progress("Carrying orders out", total, "orders") as advance:
        while decided < total:
            sales = await read_sales(client, min_position=0, seconds_max=FRESH_SECONDS_MAX)
            more = sales.decided - before.sales.decided - decided
            if more > 0:
                decided, decided_at = decided + more, time.monotonic()
                advance(more)
            elif time.monotonic() - decided_at > FRESH_SECONDS_MAX:
                raise CommandFailed(f"{total - decided} orders were not carried out in time.")
            else:
                await asyncio.sleep(LOOK_SECONDS)


async def head_position(client: httpx2.AsyncClient) -> int:
    """Answer where the log ends.

    Raises:
        CommandFailed: the API does not say it.
    """
    feed = await ask(client, "/v1/events", {"limit": "1"}, FRESH_SECONDS_MAX)
    return feed["head_position"]


def show(console: Console, read: ReadSide, placed: Placed) -> None:
    """Show what the read side says, with a picture."""
    gross = f"gross {CURRENCY}"
    months = sorted(read.sales.by_month.items())
    largest = max((amount for _, amount in months), default=0)
    console.print()
    console.print(
        table(
            "What the read side says",
            ("month", gross, ""),
            [
                (month, money(amount), f"[cyan]{bar(amount, largest, 36)}[/]")
                for month, amount in months
            ],
            numbers=gross,
        )
    )
    days = [amount for _, amount in sorted(read.by_day.items())][-DAYS_SHOWN:]
    console.print(f"\n[dim]the last {len(days)} days with sales[/]  [cyan]{sparks(days)}[/]\n")
    console.print(_countries(read.sales))
    console.print()
    console.print(
        table(
            None,
            ("best sellers", "name", "orders", "units", gross),
            [
                (
                    str(row["sku"]),
                    escape(str(row["name"])),
                    f"{row['orders']:,}",
                    f"{row['units']:,}",
                    money(row["gross_minor"]),
                )
                for row in read.best
            ],
            numbers=f"orders, units, {gross}",
        )
    )
    console.print()
    console.print(speed_line(placed))


def _countries(sales: SalesReport) -> Any:  # noqa: ANN401 - something that rich can print
    countries = sales.largest_countries()
    rows = [(name, money(amount)) for name, amount in countries[:COUNTRIES_SHOWN]]
    if others := countries[COUNTRIES_SHOWN:]:
        rows.append((f"{len(others)} more", money(sum(amount for _, amount in others))))
    return table(None, ("country", f"gross {CURRENCY}"), rows, numbers=f"gross {CURRENCY}")


def speed_line(placed: Placed) -> str:
    """Tell how fast orders were accepted and how soon they could be read."""
    rate = placed.expected.orders / placed.seconds if placed.seconds else 0.0
    line = (
        f"[bold]{placed.expected.orders:,} orders[/] in {placed.seconds:.1f} s, {rate:,.0f}/s. "
        f"Accepted: p50 {percentile(placed.answered_ms, 0.5):.0f} ms, "
        f"p99 {percentile(placed.answered_ms, 0.99):.0f} ms."
    )
    if placed.visible_ms:
        line += (
            f"\nVisible after that: p50 {percentile(placed.visible_ms, 0.5):.0f} ms, "
            f"p99 {percentile(placed.visible_ms, 0.99):.0f} ms."
        )
    return line


def as_document(
    read: ReadSide, outcome: Outcome, placed: Placed, checks: Iterable[Check]
) -> dict[str, Any]:
    """Write the result as one object."""
    sales = read.sales
    return {
        "orders": sales.orders,
        "cancelled": sales.cancelled,
        "gross_minor": sales.gross_minor,
        "by_month": dict(sorted(sales.by_month.items())),
        "by_country": dict(sales.largest_countries()),
        "funnel": asdict(outcome.funnel),
        "pieces": asdict(outcome.pieces),
        "money": asdict(outcome.money),
        "provider_books": asdict(outcome.books),
        "orders_per_second": round(placed.expected.orders / placed.seconds, 1),
        "accepted_ms": {
            "p50": round(percentile(placed.answered_ms, 0.5), 2),
            "p99": round(percentile(placed.answered_ms, 0.99), 2),
        },
        "visible_ms": {
            "p50": round(percentile(placed.visible_ms, 0.5), 2),
            "p99": round(percentile(placed.visible_ms, 0.99), 2),
        },
        "wrong": [
            {"name": check.name, "sent": check.sent, "read": check.read}
            for check in checks
            if not check.holds
        ],
    }


def sparks(values: Sequence[int]) -> str:
    """Draw a series in one line."""
    largest = max(values, default=0)
    if largest <= 0:
        return ""
    steps = len(SPARKS) - 1
    return "".join(SPARKS[max(0, round(steps * value / largest))] for value in values)


def percentile(values: Sequence[float], share: float) -> float:
    """Tell the value below which a share of the values lies."""
    if not values:
        return 0.0
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
