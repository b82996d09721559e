"""Does a page cost what it shows, however many orders there are?"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from sql.connection import Connection
from sql.queries import orders, products
from sql.queries.events import FeedFilter, read_feed, read_history
from sql.queries.reader import Page, Reader
from tests.projecting import make_tables, query_connection
from tests.running_workers import superuser

ORDERS = 5_000
LIMIT = 20
SCANNED_MAX = 2 * LIMIT
LAST = orders.OrderKey(
    datetime(2026, 1, 10, 17, 20, tzinfo=UTC), "00000000-0000-0000-0000-000000002000"
)
CUSTOMER_ID = "00000000-0000-0000-0000-000000000007"

FILL = f"""
INSERT INTO read_models.{{table}}__g1 ({{columns}})
SELECT {{values}} FROM generate_series(1, {ORDERS}) AS n
"""
PARK = f"""
INSERT INTO read_models.parked_keys
       (projection, generation, kind, key, since_position, code, detail)
SELECT %s, 1, 'row', jsonb_build_array(lpad(n::text, 32, '0')::uuid)::text, n, 'rows_refused', ''
  FROM generate_series(1, {ORDERS}) AS n
"""
COLUMNS = {
    "order_id": "lpad(n::text, 32, '0')::uuid",
    "order_number": "'W26-' || n",
    "placed_at": "'2026-01-01Z'::timestamptz + n * interval '7 min'",
    "customer_id": "lpad((n % 50)::text, 32, '0')::uuid",
    "lifecycle": "CASE WHEN n % 20 = 0 THEN 'cancelled' ELSE 'pending' END",
    "payment_state": "'none'",
    "fulfilment_state": "'unfulfilled'",
    "return_state": "'none'",
    "currency": "'GBP'",
    "channel": "CASE WHEN n % 9 = 0 THEN 'staff' ELSE 'web' END",
    "country": "'GB'",
    "item_count": "1",
    "units": "1",
    "grand_minor": "100",
    "cancelled_minor": "0",
    "flagged_stages": "'{}'",
    "progress": "'[]'",
    "payments": "'[]'",
    "version": "1",
    "last_position": "n",
}


Values = Mapping[str, object] | Sequence[object]


class Explaining(Reader):
    """Asks for the plan instead of the rows, and counts what was scanned to make them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.scanned = 0

    async def page(self, query: str, values: Values = ()) -> Page:
        await self.rows(query, values)
        return Page(0, [])

    async def rows(self, query: str, values: Values = ()) -> list[dict[str, Any]]:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"
        row = await (await self._connection.execute(explain.encode(), values)).fetchone()
        assert row is not None
        self.scanned = scanned_rows(row[0][0]["Plan"])
        return [{"head_position": 0, "position": None}]


def scanned_rows(plan: Mapping[str, Any]) -> int:
    """Count the rows that scans of tables and indexes looked at, kept or not."""
    own = 0
    if "Relation Name" in plan or "Index Name" in plan:
        looked_at = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        own = round(looked_at * plan["Actual Loops"])
    return own + sum(scanned_rows(child) for child in plan.get("Plans", ()))


@pytest.fixture
async def reader(database_url: str) -> AsyncGenerator[Explaining]:
    await make_tables(database_url)
    async with superuser(database_url) as connection:
        for table, extra in (
            ("order_list", {"skus": "ARRAY['SKU-' || n % 1000]"}),
            ("customer_orders", {}),
        ):
            columns = {**COLUMNS, **extra}
            fill = FILL.format(
                table=table, columns=", ".join(columns), values=", ".join(columns.values())
            )
            await connection.execute(fill.encode())
            await connection.execute(f"ANALYZE read_models.{table}__g1".encode())
    async with query_connection(database_url) as connection:
        yield Explaining(connection)


@pytest.mark.parametrize("after", [None, LAST])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"lifecycle": "cancelled"},
        {"channel": "staff"},
        {"customer_id": CUSTOMER_ID},
        {"placed_from": LAST.placed_at},
        {"sku": "SKU-77"},
    ],
    ids=str,
)
async def test_a_page_of_orders_looks_at_little_more_than_it_shows(
    reader: Explaining, wanted: dict[str, Any], after: orders.OrderKey | None
) -> None:
    await orders.list_orders(reader, orders.OrderFilter(**wanted), after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX + 2 * (ORDERS // 1000 if "sku" in wanted else 0)


async def test_a_page_of_a_customers_orders_looks_at_little_more_than_it_shows(
    reader: Explaining,
) -> None:
    await orders.list_customer_orders(reader, CUSTOMER_ID, LAST, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


async def test_one_thing_is_looked_up_by_its_key(reader: Explaining) -> None:
    await orders.order_by_id(reader, LAST.order_id)
    await orders.order_by_number(reader, "W26-1")
    await products.product_by_sku(reader, "SKU")
    assert reader.scanned <= SCANNED_MAX


async def test_what_is_parked_costs_no_more_where_much_is_parked(
    reader: Explaining, database_url: str
) -> None:
    for projection in ("order_detail", "order_list", "product_list"):
        async with superuser(database_url) as connection:
            await connection.execute(PARK.encode(), (projection,))
    await orders.list_orders(reader, orders.OrderFilter(), None, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX
    await orders.order_by_id(reader, LAST.order_id)
    assert 0 < reader.scanned <= SCANNED_MAX
    await products.product_by_sku(reader, "SKU")
    assert 0 < reader.scanned <= SCANNED_MAX


async def test_the_log_is_read_from_where_the_reader_stands(reader: Explaining) -> None:
    await read_feed(reader, FeedFilter(category="order"), 5, LIMIT)
    await read_history(reader, "order-x", 0, LIMIT)
    assert reader.scanned <= SCANNED_MAX
