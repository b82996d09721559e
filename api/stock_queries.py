"""What can be asked about stock?

How much can be sold is open to everybody; how much there is, and for whom it is kept, the shop
alone sees.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Location, Skus, StockItemId, place_of
from api.pages import page_body
from api.query_route import (
    FRESHNESS_EXAMPLE,
    FRESHNESS_PROBLEMS,
    Asked,
    Fresh,
    Paged,
    QueryRoute,
    QuerySettings,
    found,
    found_version,
    freshness,
)
from api.routes import Answer
from api.stock_read_bodies import StockPage, StockRead
from domain.envelope import Actor
from domain.events import stock_stream
from domain.permissions import speaks_for_shop
from domain.stock_errors import StockItemNotFound
from projections.stock_availability import STOCK_AVAILABILITY
from sql.queries import stock
from sql.queries.folded import folded_row
from sql.queries.reader import Row

TAG: Final = "Stock"
_OF_THE_SHOP: Final = (
    "on_hand",
    "quarantined",
    "safety_stock",
    "reserved",
    "allocated",
    "backordered",
)


class StockQuery(Paged):
    """Which stock to list."""

    skus: Annotated[
        Skus | None, Field(description="of these products only, separated by commas")
    ] = None
    location: Annotated[Location | None, Field(description="at this location only")] = None
    level: Annotated[
        Literal["low", "out"] | None,
        Field(
            description="`low`: no more than the safety stock can be sold; `out`: nothing can be"
        ),
    ] = None


async def get_stock(
    ask: Asked, stock_item: StockItemId, query: Annotated[Fresh, Parameters()]
) -> Answer:
    """Read the stock of a product at a location."""
    sku, location = place_of(stock_item)
    reads = ask.services.reads
    page = await reads.fresh(
        stock.AVAILABILITY,
        query.min_position,
        lambda: stock.stock_at(reads.reader, sku, location),
    )
    if not page.rows:
        stream = stock_stream(sku, location)
        page = await folded_row(reads.reader, STOCK_AVAILABILITY, stream, (sku, location))
    row = page.only()
    if row is None:
        raise StockItemNotFound(f"{sku} is not kept at {location}")
    row.pop("last_position", None)
    return found_version(ask, {**shown_to(ask.actor, row), **freshness(page)}, row["version"])


async def list_stock(ask: Asked, query: Annotated[StockQuery, Parameters()]) -> Answer:
    """List stock by sku and location."""
    filters = {"list": "stock", **query.filters()}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        stock.AVAILABILITY,
        query.min_position,
        lambda: stock.list_stock(
            reads.reader,
            after or ("", ""),
            query.limit + 1,
            skus=None if query.skus is None else query.skus.split(","),
            location=query.location,
            level=query.level,
        ),
    )
    body = page_body("stock", page, query.limit, filters, ("sku", "location"))
    body["stock"] = [shown_to(ask.actor, row) for row in body["stock"]]
    return found(body)


def read_place(place: list[str]) -> tuple[str, str]:
    """Read the place of a stock in the list from a cursor.

    Raises:
        ValueError: it is none.
    """
    sku, location = place
    return sku, location


def shown_to(actor: Actor, row: Row) -> Mapping[str, Any]:
    """Leave out what is none of a customer's business."""
    return row if speaks_for_shop(actor) else {**row, **dict.fromkeys(_OF_THE_SHOP)}


STOCK_EXAMPLE: Final[dict[str, Any]] = {
    "sku": "85123A",
    "location": "MAIN",
    "on_hand": 238,
    "quarantined": 0,
    "safety_stock": 12,
    "reserved": 6,
    "allocated": 20,
    "backordered": 0,
    "available": 200,
    "backorder_limit": 100,
    "next_expected_at": "2026-12-01T00:00:00Z",
    "version": 9,
    "recorded_at": "2026-11-20T10:15:00Z",
}

STOCK_QUERIES: Final = (
    QueryRoute(
        "/v1/stock/{stock_item}",
        get_stock,
        QuerySettings(
            summary="Read the stock of a product at a location",
            tag=TAG,
            answer=StockRead,
            example={**STOCK_EXAMPLE, **FRESHNESS_EXAMPLE},
            refusals=("stock_item_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/stock",
        list_stock,
        QuerySettings(
            summary="List stock",
            tag=TAG,
            answer=StockPage,
            example={"stock": [STOCK_EXAMPLE], "next_cursor": None, **FRESHNESS_EXAMPLE},
            refusals=FRESHNESS_PROBLEMS,
        ),
    ),
)
