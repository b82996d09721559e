"""Does a page of a worklist cost what it shows, however many things there are?"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.events import return_stream, shipment_stream
from domain.fulfilment_events import Stage
from domain.order_parts import HoldKind
from sql.queries.holds import HOLDS
from sql.queries.processes import PROCESSES, STUCK_ORDERS, stuck_stages
from sql.queries.reservations import (
    BACKORDERS,
    EXPIRING_RESERVATIONS,
    MISSED_PROMISES,
    RESERVATIONS_OF_ORDER,
)
from sql.queries.returns import RETURNS
from sql.queries.shipments import SHIPMENTS
from sql.queries.worklist import Worklist
from tests.integration.test_api_query_plans import (
    CUSTOMER_ID,
    FILL,
    LIMIT,
    ORDERS,
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
        "credit_minor": "0",
    },
    "process_status": {
        "order_id": "lpad(n::text, 32, '0')",
        "customer_id": "lpad((n % 50)::text, 32, '0')",
        "currency": "'GBP'",
        "placed_at": "'2026-01-01Z'::timestamptz",
        "stage": "CASE WHEN n % 20 = 0 THEN 'on_hold' ELSE 'completed' END",
        "stage_since": AT,
        "last_event": "'order-completed'",
        "timers": "'{}'::jsonb",
        "troubles": "'{}'::jsonb",
        "is_stuck": "n % 30 = 0",
        "money_at_risk_minor": "0",
        "refusals": "0",
        "version": "1",
        "recorded_at": "'2026-01-01Z'::timestamptz",
        "last_position": "n",
        "overdue": "'[]'::jsonb",
        "overdue_since": f"CASE WHEN n % 30 = 0 THEN {AT} END",
    },
    "reservations_open": {
        "reservation_id": "lpad(n::text, 32, '0')",
        "sku": "'SKU-' || n % 18",
        "location": "'MAIN'",
        "order_id": "lpad((n % 500)::text, 32, '0')",
        "line_id": "'1'",
        "state": "CASE WHEN n % 3 = 0 THEN 'backordered' ELSE 'reserved' END",
        "asked": "1",
        "reserved": "(n % 3 <> 0)::int",
        "backordered": "(n % 3 = 0)::int",
        "allocated": "0",
        "reserved_at": AT,
        "reserved_position": "n",
        "expires_at": f"CASE WHEN n % 3 <> 0 THEN {AT} END",
        "promised_at": f"CASE WHEN n % 6 = 0 THEN {AT} END",
        "recorded_at": AT,
        "last_position": "n",
    },
    "holds_worklist": {
        "order_id": "lpad(n::text, 32, '0')",
        "customer_id": "lpad((n % 50)::text, 32, '0')",
        "currency": "'GBP'",
        "channel": "'web'",
        "country": "'GB'",
        "placed_at": AT,
        "is_held": "n % 3 = 0",
        "holds": "'[]'::jsonb",
        "kind": "CASE WHEN n % 60 = 0 THEN 'credit' WHEN n % 3 = 0 THEN 'fraud' END",
        "held_at": f"CASE WHEN n % 3 = 0 THEN {AT} END",
        "due_at": f"CASE WHEN n % 3 = 0 THEN {AT} END",
        "risk_score": "90",
        "recorded_at": AT,
        "last_position": "n",
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


@pytest.mark.parametrize("after", [None, (LAST_AT, LAST_ID)])
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
    reader: Explaining, wanted: dict[str, Any], after: tuple[datetime, str] | None
) -> None:
    await SHIPMENTS.rows(reader, wanted, after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, (LAST_AT, LAST_ID)])
@pytest.mark.parametrize(
    "wanted",
    [{}, {"status": "requested"}, {"order_id": ORDER_ID}, {"customer_id": CUSTOMER_ID}],
    ids=str,
)
async def test_a_page_of_returns_looks_at_little_more_than_it_shows(
    reader: Explaining, wanted: dict[str, Any], after: tuple[datetime, str] | None
) -> None:
    await RETURNS.rows(reader, wanted, after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, (LAST_AT, LAST_ID)])
@pytest.mark.parametrize("stuck", [None, True])
@pytest.mark.parametrize("stage", [None, Stage.ON_HOLD])
async def test_a_page_of_processes_looks_at_little_more_than_it_shows(
    reader: Explaining,
    stage: Stage | None,
    after: tuple[datetime, str] | None,
    stuck: bool | None,  # noqa: FBT001
) -> None:
    await PROCESSES.rows(reader, {"stage": stage, "stuck": stuck}, after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, (LAST_AT, LAST_ID)])
@pytest.mark.parametrize(
    ("worklist", "wanted"),
    [
        (STUCK_ORDERS, {}),
        (STUCK_ORDERS, {"stage": Stage.ON_HOLD}),
        (HOLDS, {}),
        (HOLDS, {"kind": HoldKind.CREDIT}),
        (HOLDS, {"due_before": LAST_AT + timedelta(hours=9)}),
        (EXPIRING_RESERVATIONS, {}),
        (EXPIRING_RESERVATIONS, {"expires_before": LAST_AT + timedelta(hours=9)}),
        (MISSED_PROMISES, {}),
    ],
    ids=str,
)
async def test_a_page_of_what_is_due_looks_at_little_more_than_it_shows(
    reader: Explaining,
    worklist: Worklist,
    wanted: dict[str, Any],
    after: tuple[datetime, str] | None,
) -> None:
    await worklist.rows(reader, wanted, after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, (2_000, LAST_ID)])
@pytest.mark.parametrize(
    ("worklist", "wanted"),
    [
        (BACKORDERS, {}),
        (BACKORDERS, {"sku": "SKU-0"}),
        (RESERVATIONS_OF_ORDER, {"order_id": "123".zfill(32)}),
    ],
    ids=str,
)
async def test_a_page_of_what_came_first_looks_at_little_more_than_it_shows(
    reader: Explaining,
    worklist: Worklist,
    wanted: dict[str, Any],
    after: tuple[int, str] | None,
) -> None:
    await worklist.rows(reader, wanted, after, LIMIT)
    assert 0 < reader.scanned <= SCANNED_MAX


@pytest.mark.parametrize("after", [None, (LAST_AT, LAST_ID)])
async def test_missed_promises_of_a_product_are_found_among_its_own(
    reader: Explaining, after: tuple[datetime, str] | None
) -> None:
    await MISSED_PROMISES.rows(reader, {"sku": "SKU-0"}, after, LIMIT)
    own = ORDERS // 18 + 1
    assert 0 < reader.scanned <= 2 * own  # in the index and in the table


async def test_stuck_orders_are_counted_without_a_look_at_the_others(reader: Explaining) -> None:
    await stuck_stages(reader)
    stuck = ORDERS // 30
    assert 0 < reader.scanned <= 2 * stuck + SCANNED_MAX  # in the index and in the table


async def test_one_thing_is_looked_up_by_its_key(reader: Explaining) -> None:
    await SHIPMENTS.row(reader, LAST_ID, shipment_stream(LAST_ID))
    assert reader.scanned <= SCANNED_MAX
    await RETURNS.row(reader, LAST_ID, return_stream(LAST_ID))
    assert reader.scanned <= SCANNED_MAX
