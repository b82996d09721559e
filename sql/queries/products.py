"""Which products are there, and what is known of one?"""

from typing import Final

from domain.events import product_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

LIST: Final = "product_list"

_COLUMNS: Final = (
    "sku, name, status, tax_class, requires_shipping, returnable, weight_grams,"
    " return_window_days, discontinued_reason, prices, version, recorded_at"
)
_BY_SKU: Final = live_page(
    LIST, f"SELECT {_COLUMNS} FROM read_models.product_list WHERE sku = %(sku)s", units=THIS_UNIT
)
_PAGE: Final = live_page(
    LIST,
    f"SELECT {_COLUMNS} FROM read_models.product_list"
    " WHERE sku > %(after_sku)s"
    " AND (%(status)s::text IS NULL OR status = %(status)s::text)"
    " ORDER BY sku LIMIT %(limit)s",
    "sku",
)


async def product_by_sku(reader: Reader, sku: str) -> Page:
    """Look a product up by its sku."""
    return await reader.page(_BY_SKU, {"sku": sku, **unit_values((sku,), product_stream(sku))})


async def list_products(reader: Reader, status: str | None, after_sku: str, limit: int) -> Page:
    """List products by sku, after one of them."""
    return await reader.page(_PAGE, {"status": status, "after_sku": after_sku, "limit": limit})
