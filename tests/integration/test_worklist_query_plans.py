"""Does a page of shipments or returns cost what it shows, however many there are?"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest

from sql.queries import returns, shipments
from tests.integration.test_api_query_plans import (
    CUSTOMER_ID,
    FILL,
    LIMIT,
    SCANNED_MAX,
    Explaining,
)
from tests.projecting import make_tables, query_connection
from tests.running_workers import superuser

LAST_ID = "00000000-0000-0000-0000-000000002000"
LAST_AT = datetime(2026, 1, 10, 17, 20, tzinfo=UTC)
ORDER_ID = "00000000-0000-0000-0000-000000000123"
COLUMNS = {
    "order_id": "lpad((n % 500)::text, 32, '0')::uuid",
    "customer_id": "lpad((n % 50)::text, 32, '0')::uuid",
    "currency": "'GBP'",
    "channel": "'web'",
    "country": "'GB'",
    "placed_at": "'2026-01-01Z'::timestamptz",
    "lines": "'[]'::jsonb",
    "version": "1",
    "recorded_at": "'2026-01-01Z'::timestamptz",
    "last_position": "n",
}
AT = "'2026-01-01Z'::timestamptz + n * interval '7 min'"
TABLES = {
    "fulfilment_queue": {
        **COLUMNS,
        "shipment_id": "lpad(n::text, 32, '0')::uuid",
        "location": "CASE WHEN n % 9 = 0 THEN 'EAST' ELSE 'MAIN' END",
        "status": "CASE WHEN n % 20 = 0 THEN 'packed' ELSE 'delivered' END",
        "carrier": "'sandbox'",
        "service": "'standard'",
        "ship_by": AT,
    },
    "returns_worklist": {
        **COLUMNS,
        "return_id": "lpad(n::text, 32, '0')::uuid",
        "status": "CASE WHEN n % 20 = 0 THEN 'requested' ELSE 'closed' END",
        "requested_at": AT,
        "resolution": "'refund'",
    },
}


@pytest.fixture
async def reader(database_url: str) -> AsyncGenerator[Explaining]:
    await make_tables(database_url)
    async with superuser(database_url) as connection:
        for table, columns in TABLES.items():
            fill = FILL.format(
                table=table, columns=", ".join(columns), values=", ".join(columns.values())
            )
            await connection.execute(fill.encode())
            await connection.execute(f"ANALYZE read_models.{table}__g1".encode())
    async with query_connection(database_url) as connection:
        yield Explaining(connection)


@pytest.mark.parametrize("after", [None, shipments.ShipmentKey(LAST_AT, LAST_ID)])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"status": "packed"},
        {"location": "EAST"},
        {"location": "EAST", "status": "packed"},
        {"order_id": ORDER_ID},
        {"customer_id": CUSTOMER_ID},
    ],
    ids=str,
)
async def test_a_page_of_shipments_looks_at_little_more_than_it_shows(
    reader: Explaining, wanted: dict[str, Any], after: shipments.ShipmentKey | None
) -> None:
    await shipments.list_shipments(reader, shipments.ShipmentFilter(**wanted), after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, returns.ReturnKey(LAST_AT, LAST_ID)])
@pytest.mark.parametrize(
    "wanted",
    [{}, {"status": "requested"}, {"order_id": ORDER_ID}, {"customer_id": CUSTOMER_ID}],
    ids=str,
)
async def test_a_page_of_returns_looks_at_little_more_than_it_shows(
    reader: Explaining, wanted: dict[str, Any], after: returns.ReturnKey | None
) -> None:
    await returns.list_returns(reader, returns.ReturnFilter(**wanted), after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


async def test_one_thing_is_looked_up_by_its_key(reader: Explaining) -> None:
    await shipments.shipment_by_id(reader, LAST_ID)
    assert reader.scanned <= SCANNED_MAX
    await returns.return_by_id(reader, LAST_ID)
    assert reader.scanned <= SCANNED_MAX
