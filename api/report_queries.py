"""What can be asked about sales? Reports are for the shop.

A report says which clock its days are of. Sales are booked on the day the order was placed, and
cancellations on that day too; returns on the day on which the pieces were accepted.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Channel, Country, Currency, Sku
from api.pages import page_body
from api.query_route import (
    FRESHNESS_EXAMPLE,
    FRESHNESS_PROBLEMS,
    PAGE_ROWS_DEFAULT,
    Asked,
    Day,
    Fresh,
    Limit,
    Paged,
    QueryRoute,
    QuerySettings,
    found,
    freshness,
    refuse_parameter,
)
from api.read_bodies import ProductSales, SalesDaily, SalesMonthly
from api.routes import Answer
from domain.permissions import require_shop
from sql.queries import sales

TAG: Final = "Reports"

Clock = Annotated[
    Literal["business", "utc"], Field(description="days of the business time zone, or of UTC")
]
FirstDay = Annotated[Day | None, Field(alias="from", description="first day, inclusive")]
LastDay = Annotated[Day | None, Field(alias="to", description="last day, inclusive")]


class SalesQuery(Paged):
    """Which sales to report; without days: all."""

    first: FirstDay = None
    last: LastDay = None
    clock: Clock = "business"
    currency: Currency | None = None
    channel: Channel | None = None
    country: Country | None = None


class ProductSalesQuery(Fresh):
    """Which products' sales to report; without days: all."""

    first: FirstDay = None
    last: LastDay = None
    clock: Clock = "business"
    currency: Currency | None = None
    sku: Sku | None = None
    limit: Limit = PAGE_ROWS_DEFAULT


async def sales_daily(ask: Asked, query: Annotated[SalesQuery, Parameters()]) -> Answer:
    """Report sales per day, currency, channel and country, oldest first, with totals."""
    return await report(ask, query, "day", lambda day: day)


async def sales_monthly(ask: Asked, query: Annotated[SalesQuery, Parameters()]) -> Answer:
    """Report sales per month, currency, channel and country, oldest first, with totals.

    A month is named by its first day; `from` and `to` may be any day of a month.
    """
    return await report(ask, query, "month", lambda day: day.replace(day=1))


async def report(
    ask: Asked, query: SalesQuery, period: str, first_day_of: Callable[[date], date]
) -> Answer:
    """Answer a page of a report by `day` or `month`."""
    require_shop(ask.actor)
    first, last = days(query)
    wanted = sales.SalesFilter(
        clock=query.clock,
        first=first_day_of(first),
        last=last,
        currency=query.currency,
        channel=query.channel,
        country=query.country,
    )
    filters = {"list": f"sales-{period}", **query.filters()}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        sales.DAILY,
        query.min_position,
        lambda: sales.sales_by_period(reads.reader, period, wanted, after, query.limit + 1),
    )
    place = (period, "currency", "channel", "country")
    return found(
        {
            **page_body("rows", page, query.limit, filters, place),
            "totals": page.beside,
            "clock": query.clock,
            "business_time_zone": ask.services.business_time_zone,
        }
    )


def days(query: SalesQuery | ProductSalesQuery) -> tuple[date, date]:
    """Tell which days are asked for.

    Raises:
        RequestRefused: the last one lies before the first one.
    """
    first, last = query.first or date.min, query.last or date.max
    if last < first:
        raise refuse_parameter("to", "`to` is not before `from`")
    return first, last


def read_place(place: list[str]) -> sales.SalesKey:
    """Read the place of a row in a report from a cursor.

    Raises:
        ValueError: it is none.
    """
    period, currency, channel, country = place
    return sales.SalesKey(date.fromisoformat(period), currency, channel, country)


async def product_sales(ask: Asked, query: Annotated[ProductSalesQuery, Parameters()]) -> Answer:
    """Report the products that sold best by gross over the days asked for."""
    require_shop(ask.actor)
    first, last = days(query)
    wanted = sales.SalesFilter(clock=query.clock, first=first, last=last, currency=query.currency)
    reads = ask.services.reads
    page = await reads.fresh(
        sales.PRODUCTS,
        query.min_position,
        lambda: sales.best_products(reads.reader, wanted, query.sku, query.limit),
    )
    return found(
        {
            "rows": page.rows,
            "clock": query.clock,
            "business_time_zone": ask.services.business_time_zone,
            **freshness(page),
        }
    )


_FIGURES: Final[dict[str, Any]] = {
    "currency": "GBP",
    "orders_placed": 120,
    "orders_cancelled": 1,
    "lines": 2570,
    "units": 14_400,
    "gross_minor": 5_471_200,
    "discount_minor": 0,
    "tax_minor": 911_866,
    "shipping_minor": 41_300,
    "grand_minor": 5_512_500,
    "cancelled_units": 12,
    "cancelled_minor": 3_540,
    "cancelled_grand_minor": 3_540,
    "orders_confirmed": 118,
    "orders_rejected": 1,
    "orders_expired": 0,
    "returned_units": 6,
    "returned_minor": 1_770,
    "refund_due_minor": 1_770,
}
_ABOUT: Final[dict[str, Any]] = {
    "clock": "business",
    "business_time_zone": "Europe/London",
    **FRESHNESS_EXAMPLE,
}


def _example(period: str, first_day: str) -> dict[str, Any]:
    row = {period: first_day, **_FIGURES, "channel": "web", "country": "GB"}
    return {"rows": [row], "totals": [_FIGURES], "next_cursor": None, **_ABOUT}


REPORT_QUERIES: Final = (
    QueryRoute(
        "/v1/reports/sales-daily",
        sales_daily,
        QuerySettings(
            summary="Sales by day",
            tag=TAG,
            answer=SalesDaily,
            example=_example("day", "2026-11-20"),
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
    QueryRoute(
        "/v1/reports/sales-monthly",
        sales_monthly,
        QuerySettings(
            summary="Sales by month",
            tag=TAG,
            answer=SalesMonthly,
            example=_example("month", "2026-11-01"),
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
    QueryRoute(
        "/v1/reports/product-sales",
        product_sales,
        QuerySettings(
            summary="Best-selling products",
            tag=TAG,
            answer=ProductSales,
            example={
                "rows": [
                    {
                        "sku": "85123A",
                        "currency": "GBP",
                        "name": "White hanging heart T-light holder",
                        "orders": 42,
                        "lines": 44,
                        "units": 310,
                        "gross_minor": 91_450,
                        "discount_minor": 0,
                        "cancelled_units": 6,
                        "cancelled_minor": 1_770,
                        "returned_units": 0,
                        "returned_minor": 0,
                    }
                ],
                **_ABOUT,
            },
            refusals=("forbidden", *FRESHNESS_PROBLEMS),
        ),
    ),
)
