"""Do the sums over a read table come to the sums over all orders (read-models.md §4)?"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.order import Lifecycle
from sql.checks.findings import Column, Findings
from sql.checks.money import Sums
from sql.connection import Connection
from sql.read_tables import SCHEMA


class Summed(NamedTuple):
    """How a table is summed up: per which columns, and which of its sums are which of `Sums`."""

    per: tuple[str, ...]
    columns: Mapping[str, str]


def _count_of(lifecycle: Lifecycle) -> str:
    return f"count(*) FILTER (WHERE lifecycle = '{lifecycle}')"


_DAILY: Final = {
    name: f"sum({name})"
    for name in (
        "orders_placed",
        "orders_cancelled",
        "lines",
        "units",
        "gross_minor",
        "discount_minor",
        "tax_minor",
        "shipping_minor",
        "grand_minor",
        "cancelled_units",
        "cancelled_minor",
        "cancelled_grand_minor",
        "orders_confirmed",
        "orders_rejected",
        "orders_expired",
        "returned_units",
        "returned_minor",
        "refund_due_minor",
    )
}
_PER_ORDER: Final = {
    "orders_placed": "count(*)",
    "lines": "sum(item_count)",
    "units": "sum(units)",
    "grand_minor": "sum(grand_minor)",
    "cancelled_grand_minor": "sum(cancelled_minor)",
    "orders_confirmed": "count(confirmed_at)",
    "orders_cancelled": _count_of(Lifecycle.CANCELLED),
    "orders_rejected": _count_of(Lifecycle.REJECTED),
    "orders_expired": _count_of(Lifecycle.EXPIRED),
}
SUMMED: Final[Mapping[str, Summed]] = {
    "sales_daily": Summed(("clock",), _DAILY),
    "product_sales": Summed(
        ("clock",),
        {
            name: _DAILY[name]
            for name in (
                "lines",
                "units",
                "gross_minor",
                "discount_minor",
                "cancelled_units",
                "cancelled_minor",
                "returned_units",
                "returned_minor",
            )
        },
    ),
    "order_detail": Summed(
        (),
        {
            **_PER_ORDER,
            "gross_minor": "sum(subtotal_minor)",
            "discount_minor": "sum(discount_minor)",
            "tax_minor": "sum(tax_minor)",
            "shipping_minor": "sum(shipping_minor)",
        },
    ),
    "order_list": Summed((), _PER_ORDER),
    "customer_orders": Summed((), _PER_ORDER),
}
"""Projection -> how its rows come to the sums over all orders; the others hold no sums."""


async def check_sums(
    connection: Connection,
    projection: str,
    table: str,
    expected: Mapping[str, Sums],
    findings: Findings,
) -> None:
    """Compare the sums of a table with those of the orders up to its checkpoint."""
    summed = SUMMED[projection]
    per = ", ".join((*summed.per, "currency"))
    query = (
        f"SELECT {per}, {', '.join(summed.columns.values())} FROM {SCHEMA}.{table}"
        f" GROUP BY {per} ORDER BY {per}"
    )
    rows = await (await connection.execute(query.encode())).fetchall()
    found = {tuple(row[: len(summed.per) + 1]): row[len(summed.per) + 1 :] for row in rows}
    clocks: set[tuple[str, ...]] = {group[:-1] for group in found}
    if not summed.per:
        clocks = {()}
    elif not clocks and expected:
        findings.add("sums_missing", table, "there are orders, and no sums of them")
    groups = {(*clock, currency) for clock in clocks for currency in expected} | found.keys()
    for group in sorted(groups):
        findings.checked += 1
        values = found.get(group, (0,) * len(summed.columns))
        sums = expected.get(group[-1], Sums())
        differing = [
            Column(name, str(getattr(sums, name)), str(value))
            for name, value in zip(summed.columns, values, strict=True)
            if value != getattr(sums, name)
        ]
        if differing:
            findings.add(
                "sums_differ",
                f"{table}, {' '.join(group)}",
                "its rows do not come to the sums over all orders",
                differing,
            )
