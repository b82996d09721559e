"""What shall come back, and what is known of one return?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.events import return_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

WORKLIST: Final = "returns_worklist"

_COLUMNS: Final = (
    "return_id::text, order_id::text, customer_id::text, currency, channel, country, placed_at,"
    " status, requested_at, send_by, resolution, lines, refund_due_minor, version, recorded_at"
)
_BY_ID: Final = live_page(
    WORKLIST,
    f"SELECT {_COLUMNS} FROM read_models.returns_worklist WHERE return_id = %(return_id)s::uuid",
    units=THIS_UNIT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFilter:
    """Which returns to list; None leaves a thing open."""

    status: str | None = None
    order_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnKey:
    """The place of a return in the list, oldest first."""

    requested_at: datetime
    return_id: str


_CONDITIONS: Final = {
    "status": "status = %(status)s",
    "order_id": "order_id = %(order_id)s::uuid",
    "customer_id": "customer_id = %(customer_id)s::uuid",
}
_AFTER: Final = "(requested_at, return_id) > (%(after_requested_at)s, %(after_return_id)s::uuid)"


async def return_by_id(reader: Reader, return_id: str) -> Page:
    """Look a return up by its id."""
    units = unit_values((return_id,), return_stream(return_id))
    return await reader.page(_BY_ID, {"return_id": return_id, **units})


async def list_returns(
    reader: Reader, wanted: ReturnFilter, after: ReturnKey | None, limit: int
) -> Page:
    """List returns, oldest first, after a place in the list."""
    given = {name: value for name in _CONDITIONS if (value := getattr(wanted, name)) is not None}
    conditions = [_CONDITIONS[name] for name in given]
    values: dict[str, object] = {**given, "limit": limit}
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_requested_at": after.requested_at, "after_return_id": after.return_id}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = (
        f"SELECT {_COLUMNS} FROM read_models.returns_worklist{where}"
        " ORDER BY requested_at, returns_worklist.return_id LIMIT %(limit)s"
    )
    page = live_page(WORKLIST, select, 'requested_at, return_id COLLATE "C"')
    return await reader.page(page, values)
