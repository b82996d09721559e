"""What is there of a product, and what is short?"""

from typing import Final

from domain.events import stock_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

AVAILABILITY: Final = "stock_availability"

_COLUMNS: Final = (
    "sku, location, on_hand, quarantined, safety_stock, reserved, allocated, backordered,"
    " available, backorder_limit, next_expected_at, version, recorded_at"
)
_BY_PLACE: Final = live_page(
    AVAILABILITY,
    f"SELECT {_COLUMNS} FROM read_models.stock_availability"
    " WHERE sku = %(sku)s AND location = %(location)s",
    units=THIS_UNIT,
)
_PAGE: Final = live_page(
    AVAILABILITY,
    f"SELECT {_COLUMNS} FROM read_models.stock_availability"
    " WHERE (sku, location) > (%(after_sku)s, %(after_location)s)"
    " AND (%(skus)s::text[] IS NULL OR sku = ANY (%(skus)s::text[]))"
    " AND (%(location)s::text IS NULL OR location = %(location)s::text)"
    " ORDER BY sku, location LIMIT %(limit)s",
    "sku, location",
)
_SHORT_PAGE: Final = live_page(
    AVAILABILITY,
    f"SELECT {_COLUMNS} FROM read_models.stock_availability"
    " WHERE (sku, location) > (%(after_sku)s, %(after_location)s)"
    " AND available <= safety_stock AND (NOT %(out)s OR available <= 0)"
    " AND (%(skus)s::text[] IS NULL OR sku = ANY (%(skus)s::text[]))"
    " AND (%(location)s::text IS NULL OR location = %(location)s::text)"
    " ORDER BY sku, location LIMIT %(limit)s",
    "sku, location",
)


async def stock_at(reader: Reader, sku: str, location: str) -> Page:
    """Look the stock of a product at a location up."""
    units = unit_values((sku, location), stock_stream(sku, location))
    return await reader.page(_BY_PLACE, {"sku": sku, "location": location, **units})


async def list_stock(
    reader: Reader,
    after: tuple[str, str],
    limit: int,
    *,
    skus: list[str] | None,
    location: str | None,
    level: str | None,
) -> Page:
    """List stock by sku and location, after one of them; `level`: `low`, `out` or everything."""
    values = {
        "after_sku": after[0],
        "after_location": after[1],
        "limit": limit,
        "skus": skus,
        "location": location,
    }
    if level is None:
        return await reader.page(_PAGE, values)
    return await reader.page(_SHORT_PAGE, {**values, "out": level == "out"})
