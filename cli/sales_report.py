"""What does the query API say was sold, once it has seen everything up to a position?"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from cli.failures import CommandFailed

CURRENCY: Final = "GBP"
PAGE_ROWS: Final = 200
PAUSE_SECONDS: Final = 0.2
UNAVAILABLE: Final = 503
MONTH_CHARACTERS: Final = 7


@dataclass(slots=True)
class SalesReport:
    """The sales of one currency. Units: minor units; months as `2026-11`."""

    business_time_zone: str
    as_of_position: int = 0
    orders: int = 0
    cancelled: int = 0
    confirmed: int = 0
    rejected: int = 0
    lines: int = 0
    gross_minor: int = 0
    shipping_minor: int = 0
    grand_minor: int = 0
    cancelled_minor: int = 0
    returned_minor: int = 0
    returned_units: int = 0
    by_month: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    by_country: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def add(self, row: dict[str, Any]) -> None:
        """Count a row of the report by month."""
        self.orders += row["orders_placed"]
        self.cancelled += row["orders_cancelled"]
        self.confirmed += row["orders_confirmed"]
        self.rejected += row["orders_rejected"]
        self.lines += row["lines"]
        self.gross_minor += row["gross_minor"]
        self.shipping_minor += row["shipping_minor"]
        self.grand_minor += row["grand_minor"]
        self.cancelled_minor += row["cancelled_minor"]
        self.returned_minor += row["returned_minor"]
        self.returned_units += row["returned_units"]
        self.by_month[row["month"][:MONTH_CHARACTERS]] += row["gross_minor"]
        self.by_country[row["country"]] += row["gross_minor"]

    @property
    def decided(self) -> int:
        """How many orders were confirmed or rejected."""
        return self.confirmed + self.rejected

    def largest_countries(self) -> list[tuple[str, int]]:
        """List the countries, the largest first."""
        return sorted(self.by_country.items(), key=lambda item: (-item[1], item[0]))


async def read_sales(
    client: httpx2.AsyncClient,
    *,
    min_position: int,
    seconds_max: float,
    channel: str | None = None,
    on_wait: Callable[[], None] = lambda: None,
) -> SalesReport:
    """Read the sales by month and country from a read side that has seen `min_position`.

    Raises:
        CommandFailed: it did not see it in time, or does not answer the question.
    """
    wanted: dict[str, str] = {"currency": CURRENCY, "limit": str(PAGE_ROWS)}
    if channel is not None:
        wanted["channel"] = channel
    fresh = {"min_position": str(min_position)}
    page = await ask(client, "/v1/reports/sales-monthly", {**wanted, **fresh}, seconds_max, on_wait)
    report = SalesReport(page["business_time_zone"], page["as_of_position"])
    while True:
        for row in page["rows"]:
            report.add(row)
        if page["next_cursor"] is None:
            return report
        following = {**wanted, **fresh, "cursor": page["next_cursor"]}
        page = await ask(client, "/v1/reports/sales-monthly", following, seconds_max, on_wait)


async def ask(
    client: httpx2.AsyncClient,
    path: str,
    parameters: dict[str, str],
    seconds_max: float,
    on_wait: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Ask a query until the read side is fresh enough to answer it.

    Raises:
        CommandFailed: it did not become so in time, or refuses to answer.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds_max
    while True:
        try:
            answer = await client.get(path, params=parameters)
        except httpx2.TransportError as error:
            said = f"does not answer: {str(error) or type(error).__name__}"
        else:
            if answer.is_success:
                return answer.json()
            said = f"answers {answer.status_code} to {path}: {answer.text[:500]}"
            if answer.status_code != UNAVAILABLE:
                raise CommandFailed(f"The API at {client.base_url} {said}")
        if loop.time() > deadline:
            raise CommandFailed(f"The API at {client.base_url} {said}")
        on_wait()
        await asyncio.sleep(PAUSE_SECONDS)
