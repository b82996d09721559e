"""Does a page of the ledger of payments cost what it shows, however many payments there are?"""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from sql.queries import payments
from tests.integration.test_api_query_plans import (
    CUSTOMER_ID,
    FILL,
    LIMIT,
    PARK,
    SCANNED_MAX,
    Explaining,
)
from tests.projecting import make_tables, query_connection
from tests.running_workers import superuser

LAST = ("00000000-0000-0000-0000-000000002000", "00000000-0000-0000-0000-000000002000")
COLUMNS = {
    "payment_id": "lpad(n::text, 32, '0')::uuid",
    "operation_id": "lpad(n::text, 32, '0')::uuid::text",
    "order_id": "lpad((n % 2500)::text, 32, '0')::uuid",
    "customer_id": "lpad((n % 50)::text, 32, '0')::uuid",
    "operation": "'authorize'",
    "amount_minor": "100",
    "currency": "'GBP'",
    "psp_ref": "'pi_' || n",
    "status": "CASE WHEN n % 40 = 0 THEN 'unknown' WHEN n % 40 = 1 THEN 'pending' ELSE 'done' END",
    "occurred_at": "'2026-01-01Z'::timestamptz",
    "recorded_at": "'2026-01-01Z'::timestamptz",
    "version": "2",
    "last_position": "n",
}


@pytest.fixture
async def reader(database_url: str) -> AsyncGenerator[Explaining]:
    await make_tables(database_url)
    fill = FILL.format(
        table="payment_ledger", columns=", ".join(COLUMNS), values=", ".join(COLUMNS.values())
    )
    async with superuser(database_url) as connection:
        await connection.execute(fill.encode())
        await connection.execute(b"ANALYZE read_models.payment_ledger__g1")
        await connection.execute(PARK.encode(), ("payment_ledger",))
    async with query_connection(database_url) as connection:
        yield Explaining(connection)


@pytest.mark.parametrize("after", [None, LAST])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"order_id": LAST[0]},
        {"customer_id": CUSTOMER_ID},
        {"psp_ref": "pi_77"},
        {"status": "unknown"},
        {"status": payments.UNSETTLED},
    ],
    ids=str,
)
async def test_a_page_of_operations_looks_at_little_more_than_it_shows(
    reader: Explaining, wanted: dict[str, Any], after: tuple[str, str] | None
) -> None:
    await payments.list_ledger(reader, payments.LedgerFilter(**wanted), after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


async def test_one_payment_is_looked_up_by_its_key(reader: Explaining) -> None:
    await payments.ledger_of(reader, LAST[0])
    assert 0 < reader.scanned <= SCANNED_MAX
