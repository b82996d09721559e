"""Where do the fulfilments of orders stand?"""

from datetime import datetime
from typing import Final

from domain.events import fulfilment_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

STATUS: Final = "process_status"

_COLUMNS: Final = (
    "order_id, customer_id, currency, placed_at, stage, stage_since, last_event, timers,"
    " next_timer, next_due_at, troubles, is_stuck, money_at_risk_minor, refusals, last_refusal,"
    " version, recorded_at"
)
_OLDEST_FIRST: Final = 'stage_since, order_id COLLATE "C"'
_BY_ORDER: Final = live_page(
    STATUS,
    f"SELECT {_COLUMNS} FROM read_models.process_status WHERE order_id = %(order_id)s",
    units=THIS_UNIT,
)


async def process_of(reader: Reader, order_id: str) -> Page:
    """Look the fulfilment of an order up."""
    values = {"order_id": order_id, **unit_values((order_id,), fulfilment_stream(order_id))}
    return await reader.page(_BY_ORDER, values)


async def list_processes(
    reader: Reader,
    stage: str | None,
    *,
    stuck: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Page:
    """List fulfilments, oldest stage first, after a place in the list."""
    conditions = ["is_stuck"] if stuck else []
    values: dict[str, object] = {"limit": limit}
    if stage is not None:
        conditions.append("stage = %(stage)s")
        values["stage"] = stage
    if after is not None:
        conditions.append("(stage_since, order_id) > (%(after_since)s, %(after_order)s)")
        values |= {"after_since": after[0], "after_order": after[1]}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = (
        f"SELECT {_COLUMNS} FROM read_models.process_status{where}"
        " ORDER BY stage_since, process_status.order_id LIMIT %(limit)s"
    )
    return await reader.page(live_page(STATUS, select, _OLDEST_FIRST), values)
