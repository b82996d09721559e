"""What can be asked about products? The catalogue is open to everybody."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Query as Parameters
from pydantic import Field

from api.cursors import decode_cursor
from api.fields import Code, Currency, Instant, Sku, parse_instant
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
    refuse_parameter,
)
from api.read_bodies import ProductPage, ProductRead
from api.routes import Answer
from domain.errors import ProductNotFound
from domain.events import product_stream
from domain.product import ProductStatus
from projections.product_list import PRODUCT_LIST
from sql.queries import products
from sql.queries.folded import folded_row
from sql.queries.reader import Row

TAG: Final = "Products"
_AT: Final = "2026-11-20T10:15:00Z"

PriceListParameter = Annotated[
    Code | None, Field(description="with `currency`: adds the price that holds `at` that moment")
]
CurrencyParameter = Annotated[Currency | None, Field(description="goes with `price_list`")]
AtParameter = Annotated[Instant | None, Field(description="without it: now")]


class PriceQuery(Fresh):
    """Whose current price to show."""

    price_list: PriceListParameter = None
    currency: CurrencyParameter = None
    at: AtParameter = None


class ProductsQuery(Paged):
    """Which products to list."""

    state: ProductStatus | None = None
    price_list: PriceListParameter = None
    currency: CurrencyParameter = None
    at: AtParameter = None


async def get_product(ask: Asked, sku: Sku, query: Annotated[PriceQuery, Parameters()]) -> Answer:
    """Read a product, with its current price if a price list and a currency are named."""
    require_pair(query)
    reads = ask.services.reads
    page = await reads.fresh(
        products.LIST, query.min_position, lambda: products.product_by_sku(reads.reader, sku)
    )
    if not page.rows:
        page = await folded_row(reads.reader, PRODUCT_LIST, product_stream(sku), (sku,))
    row = page.only()
    if row is None:
        raise ProductNotFound(f"there is no product {sku}")
    row.pop("last_position", None)
    body = {**with_price(row, query), **freshness(page)}
    if query.price_list is not None:
        return found(body)  # what it costs changes without its version
    return found_version(ask, body, row["version"])


async def list_products(ask: Asked, query: Annotated[ProductsQuery, Parameters()]) -> Answer:
    """List products by sku, with their current prices if a list and a currency are named."""
    require_pair(query)
    filters = {"list": "products", **query.filters()}
    after = decode_cursor(query.cursor, filters, read_place)
    reads = ask.services.reads
    page = await reads.fresh(
        products.LIST,
        query.min_position,
        lambda: products.list_products(reads.reader, query.state, after or "", query.limit + 1),
    )
    body = page_body("products", page, query.limit, filters, ("sku",))
    body["products"] = [with_price(row, query) for row in body["products"]]
    return found(body)


def read_place(place: list[str]) -> str:
    """Read the place of a product in the list from a cursor.

    Raises:
        ValueError: it is none.
    """
    (sku,) = place
    return sku


def require_pair(query: PriceQuery | ProductsQuery) -> None:
    """See to it that a price list and a currency come together.

    Raises:
        RequestRefused: only one of them is there.
    """
    if (query.price_list is None) != (query.currency is None):
        missing = "currency" if query.currency is None else "price_list"
        raise refuse_parameter(missing, "price_list and currency go together")


def with_price(row: Row, query: PriceQuery | ProductsQuery) -> Mapping[str, Any]:
    """Add the price that holds at the moment asked for, if a list and currency were named."""
    if query.price_list is None:
        return row
    at = query.at or datetime.now(UTC)
    return {
        **row,
        "current_price": next(filter(lambda price: holds(price, query, at), prices(row)), None),
    }


def prices(row: Row) -> list[dict[str, Any]]:
    """Answer the prices of a product as they stand in its row."""
    return row["prices"]


def holds(price: Mapping[str, Any], query: PriceQuery | ProductsQuery, at: datetime) -> bool:
    """Tell whether this is the price of the list and currency at that moment."""
    return (
        price["price_list"] == query.price_list
        and price["currency"] == query.currency
        and not price["withdrawn"]
        and parse_instant(price["valid_from"]) <= at
        and (price["valid_to"] is None or at < parse_instant(price["valid_to"]))
    )


PRICE_EXAMPLE: Final[dict[str, Any]] = {
    "price_id": "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05",
    "price_list": "retail",
    "currency": "GBP",
    "amount_minor": 295,
    "tax_included": True,
    "valid_from": _AT,
    "valid_to": None,
    "withdrawn": False,
    "position": 3,
}
PRODUCT_EXAMPLE: Final[dict[str, Any]] = {
    "sku": "85123A",
    "name": "White hanging heart T-light holder",
    "status": "active",
    "tax_class": "standard",
    "requires_shipping": True,
    "returnable": True,
    "weight_grams": 180,
    "return_window_days": 30,
    "discontinued_reason": None,
    "prices": [PRICE_EXAMPLE],
    "version": 3,
    "recorded_at": _AT,
    "current_price": PRICE_EXAMPLE,
}

PRODUCT_QUERIES: Final = (
    QueryRoute(
        "/v1/products/{sku}",
        get_product,
        QuerySettings(
            summary="Read a product",
            tag=TAG,
            answer=ProductRead,
            example={**PRODUCT_EXAMPLE, **FRESHNESS_EXAMPLE},
            refusals=("product_not_found", *FRESHNESS_PROBLEMS),
            has_etag=True,
        ),
    ),
    QueryRoute(
        "/v1/products",
        list_products,
        QuerySettings(
            summary="List products",
            tag=TAG,
            answer=ProductPage,
            example={"products": [PRODUCT_EXAMPLE], "next_cursor": None, **FRESHNESS_EXAMPLE},
            refusals=FRESHNESS_PROBLEMS,
        ),
    ),
)
