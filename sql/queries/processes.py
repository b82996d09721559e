"""Where do the fulfilments of orders stand, and which orders are stuck?"""

from typing import Final

from sql.queries.reader import Page, Reader, live_page
from sql.queries.worklist import Worklist

PROCESSES: Final = Worklist(
    table="process_status",
    columns=(
        "order_id, customer_id, currency, placed_at, stage, stage_since, last_event, timers,"
        " next_timer, next_due_at, troubles, is_stuck, money_at_risk_minor, refusals, last_refusal,"
        " version, recorded_at, overdue, overdue_since"
    ),
    id="order_id",
    due="stage_since",
    conditions={"stage": "stage = %(stage)s", "stuck": "is_stuck"},
    id_type="text",
)
STUCK_ORDERS: Final = Worklist(
    table="process_status",
    view="stuck_orders",
    columns=(
        "order_id, customer_id, currency, placed_at, stage, entered_at, sla, sla_at, overdue_since,"
        " extract(epoch FROM overdue_by)::bigint AS overdue_by_seconds, waits_for_people, troubles,"
        " money_at_risk_minor, last_event, next_expected, next_expected_at, recorded_at"
    ),
    id="order_id",
    due="overdue_since",
    conditions={"stage": "stage = %(stage)s"},
    id_type="text",
)
_STUCK_STAGES: Final = live_page(
    STUCK_ORDERS.table,
    "SELECT stage, count(*) AS orders, min(overdue_since) AS overdue_since"
    " FROM read_models.stuck_orders GROUP BY stage",
    "stage",
)


async def stuck_stages(reader: Reader) -> Page:
    """Count the stuck orders of each stage that has some, and tell since when the first is one."""
    return await reader.page(_STUCK_STAGES)
