"""What does the system say became of the demo's orders: how far they came, pieces, money?

Orders, parcels, returns and the ledger are counted for the orders of this run alone. Stock and the
provider's books know no runs: what they have more than before counts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from cli.demo_catalogue import HOT_PRODUCT
from cli.demo_expected import Funnel, Money, Pieces
from cli.demo_sender import Sender
from cli.failures import CommandFailed

Rows = list[dict[str, Any]]

_ON_THE_WAY = "partially_delivered"


@dataclass(frozen=True, slots=True)
class Standing:
    """What stock and books say at one moment. Shape: `books` as `GET /v1/books` answers."""

    on_hand: int
    kept: int
    hot_left: int
    books: Counter[str]


@dataclass(slots=True)
class Outcome:
    """What became of the orders; `books`: what the provider says itself; `at_start`: on hand."""

    funnel: Funnel = field(default_factory=Funnel)
    pieces: Pieces = field(default_factory=Pieces)
    money: Money = field(default_factory=Money)
    books: Money = field(default_factory=Money)
    at_start: int = 0


async def read_standing(sender: Sender, sandbox_url: str, min_position: int) -> Standing:
    """Read stock, as it is at a position of the log, and the books of the provider.

    Raises:
        CommandFailed: one of them does not answer.
    """
    stock = await sender.list_all("/v1/stock", min_position=str(min_position))
    return Standing(
        on_hand=_sum(stock, "on_hand"),
        kept=_sum(stock, "allocated") + _sum(stock, "reserved"),
        hot_left=_sum((row for row in stock if row["sku"] == HOT_PRODUCT.sku), "available"),
        books=await read_books(sandbox_url),
    )


async def read_books(sandbox_url: str) -> Counter[str]:
    """Read the sums of what the provider did.

    Raises:
        CommandFailed: it does not answer.
    """
    try:
        async with httpx2.AsyncClient(base_url=sandbox_url, trust_env=False) as client:
            answer = await client.get("/v1/books")
            answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise CommandFailed(f"The provider at {sandbox_url} does not answer: {error}") from error
    return Counter(answer.json())


async def read_outcome(
    sender: Sender, order_ids: set[str], before: Standing, sandbox_url: str, min_position: int
) -> Outcome:
    """Read what became of these orders from tables that have seen a position of the log.

    Raises:
        CommandFailed: somebody does not answer.
    """
    fresh = {"min_position": str(min_position)}

    async def own(path: str, **filters: str) -> Rows:
        rows = await sender.list_all(path, **fresh, **filters)
        return [row for row in rows if row["order_id"] in order_ids]

    orders = await own("/v1/orders")
    reasons = Counter[str]()
    for order in orders:
        if order["lifecycle"] == "rejected":
            read = await sender.read(f"/v1/orders/{order['order_id']}", **fresh)
            reasons[read["rejection_reason"]] += 1
    ledger = await own("/v1/payments")
    parcels = await own("/v1/shipments", status="delivered")
    returns = await own("/v1/returns", status="closed")
    after = await read_standing(sender, sandbox_url, min_position)
    return Outcome(
        funnel=_funnel(orders, reasons, ledger, returns),
        pieces=_pieces(parcels, returns, before, after),
        money=_money(ledger),
        books=_of_books(after.books - before.books),
        at_start=before.on_hand,
    )


def _funnel(orders: Rows, reasons: Counter[str], ledger: Rows, returns: Rows) -> Funnel:
    lifecycles = Counter(order["lifecycle"] for order in orders)
    parts = Counter(order["fulfilment_state"] for order in orders)
    return Funnel(
        placed=len(orders),
        stock_kept=len({row["order_id"] for row in ledger}),
        authorised=len({row["order_id"] for row in _done(ledger, "authorize")}),
        confirmed=sum(order["confirmed_at"] is not None for order in orders),
        shipped=len(orders) - parts["unfulfilled"],
        completed=lifecycles["completed"],
        out_of_stock=reasons["out_of_stock"],
        payment_declined=reasons["payment_declined"],
        fraud=reasons["fraud"],
        cancelled=lifecycles["cancelled"],
        delivered_in_part=parts[_ON_THE_WAY],
        returned=len({row["order_id"] for row in returns}),
    )


def _pieces(parcels: Rows, returns: Rows, before: Standing, after: Standing) -> Pieces:
    shipped = sum(_sum(parcel["lines"], "quantity") for parcel in parcels)
    on_hand = after.on_hand - before.on_hand
    return Pieces(
        on_hand=on_hand,
        kept=after.kept - before.kept,
        parcels=len(parcels),
        shipped=shipped,
        returned=sum(_sum(each["lines"], "accepted") for each in returns),
        restocked=on_hand + shipped,
        hot_sold=before.hot_left - after.hot_left,
        hot_left=after.hot_left,
    )


def _money(ledger: Rows) -> Money:
    return Money(
        declined=sum(
            row["operation"] == "authorize" and row["status"] == "failed" for row in ledger
        ),
        authorised_minor=_sum(_done(ledger, "authorize"), "amount_minor"),
        voided_minor=_sum(_done(ledger, "void"), "amount_minor"),
        captured_minor=_sum(_done(ledger, "capture"), "amount_minor"),
        refunded_minor=_sum(_done(ledger, "refund"), "amount_minor"),
    )


def _of_books(books: Counter[str]) -> Money:
    return Money(
        declined=books["declined"],
        authorised_minor=books["authorised_minor"],
        voided_minor=books["voided_minor"],
        captured_minor=books["captured_minor"],
        refunded_minor=books["refunded_minor"],
    )


def _done(ledger: Rows, operation: str) -> Rows:
    return [row for row in ledger if row["operation"] == operation and row["status"] == "done"]


def _sum(rows: Iterable[dict[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)
