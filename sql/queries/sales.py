"""What was sold: by day, by month, by product?

Amounts are sums of exact numbers and come as integers of minor units, however large.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sql.queries.reader import Page, Reader, live_page

DAILY: Final = "sales_daily"
PRODUCTS: Final = "product_sales"

_COUNTS: Final = (
    "orders_placed",
    "orders_confirmed",
    "orders_cancelled",
    "orders_rejected",
    "orders_expired",
    "lines",
    "units",
    "cancelled_units",
    "returned_units",
)
_AMOUNTS: Final = (
    "gross_minor",
    "discount_minor",
    "tax_minor",
    "shipping_minor",
    "grand_minor",
    "cancelled_minor",
    "cancelled_grand_minor",
    "returned_minor",
    "refund_due_minor",
)
SALES_FIGURES: Final = (*_COUNTS, *_AMOUNTS)
_SUMS: Final = ", ".join(f"sum({figure}) AS {figure}" for figure in SALES_FIGURES)
PRODUCT_FIGURES: Final = (
    "orders",
    "lines",
    "units",
    "gross_minor",
    "discount_minor",
    "cancelled_units",
    "cancelled_minor",
    "returned_units",
    "returned_minor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesFilter:
    """Which sales to report; `first` and `last` are days or the first days of months."""

    clock: str
    first: date
    last: date
    currency: str | None = None
    channel: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class SalesKey:
    """The place of a row in a report."""

    period: date
    currency: str
    channel: str
    country: str


_WHERE: Final = (
    "clock = %(clock)s AND {period} BETWEEN %(first)s AND %(last)s"
    " AND (%(currency)s::text IS NULL OR currency = %(currency)s::text)"
    " AND (%(channel)s::text IS NULL OR channel = %(channel)s::text)"
    " AND (%(country)s::text IS NULL OR country = %(country)s::text)"
)
_AFTER: Final = (
    " AND ({period}, currency, channel, country)"
    " > (%(after_period)s, %(after_currency)s, %(after_channel)s, %(after_country)s)"
)


async def sales_by_period(
    reader: Reader, period: str, wanted: SalesFilter, after: SalesKey | None, limit: int
) -> Page:
    """List sales per `day` or `month`, currency, channel and country, in that order.

    Beside the rows stand the sums per currency over everything that was asked for, pages or not.
    """
    table = {"day": "sales_daily", "month": "sales_monthly"}[period]
    values = _values(wanted) | {"limit": limit}
    where = _WHERE.format(period=period)
    totals = (
        "(SELECT coalesce(json_agg(total ORDER BY total.currency), '[]') FROM"
        f" (SELECT currency, {_SUMS} FROM read_models.{table} WHERE {where} GROUP BY currency)"
        " AS total)"
    )
    if after is not None:
        where += _AFTER.format(period=period)
        values |= {
            "after_period": after.period,
            "after_currency": after.currency,
            "after_channel": after.channel,
            "after_country": after.country,
        }
    order = f"{period}, currency, channel, country"
    figures = ", ".join(SALES_FIGURES)
    select = (
        f"SELECT {period}, currency, channel, country, {figures} FROM read_models.{table}"
        f" WHERE {where} ORDER BY {order} LIMIT %(limit)s"
    )
    return _whole(await reader.page(live_page(DAILY, select, order, totals), values))


async def best_products(reader: Reader, wanted: SalesFilter, sku: str | None, limit: int) -> Page:
    """List the products that sold best by gross, over the days asked for, per currency."""
    sums = ", ".join(f"sum({figure}) AS {figure}" for figure in PRODUCT_FIGURES)
    select = (
        "SELECT sku, currency,"
        # A day with returns alone knows no name.
        " coalesce((array_agg(name ORDER BY day DESC) FILTER (WHERE name <> ''))[1], '') AS name,"
        f" {sums} FROM read_models.product_sales"
        " WHERE clock = %(clock)s AND day BETWEEN %(first)s AND %(last)s"
        " AND (%(currency)s::text IS NULL OR currency = %(currency)s::text)"
        " AND (%(sku)s::text IS NULL OR sku = %(sku)s::text)"
        " GROUP BY sku, currency ORDER BY sum(gross_minor) DESC, sku, currency LIMIT %(limit)s"
    )
    values = _values(wanted) | {"sku": sku, "limit": limit}
    order = "gross_minor DESC, sku, currency"
    return _whole(await reader.page(live_page(PRODUCTS, select, order), values))


def _values(wanted: SalesFilter) -> dict[str, object]:
    return {
        "clock": wanted.clock,
        "first": wanted.first,
        "last": wanted.last,
        "currency": wanted.currency,
        "channel": wanted.channel,
        "country": wanted.country,
    }


def _whole(page: Page) -> Page:
    """Turn the database's exact sums into integers, which is what minor units are."""
    for row in page.rows:
        for figure in row.keys() & {*SALES_FIGURES, *PRODUCT_FIGURES}:
            row[figure] = int(row[figure])
    return page
