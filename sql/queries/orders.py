"""Which orders are there, and what is known of one?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.events import order_stream
from sql.queries.reader import THIS_UNIT, Page, Reader, live_page, unit_values

DETAIL: Final = "order_detail"
LIST: Final = "order_list"
BY_CUSTOMER: Final = "customer_orders"

_DETAIL_COLUMNS: Final = (
    "order_id::text, order_number, customer_id::text, lifecycle, payment_state, fulfilment_state,"
    " return_state, currency, channel, country, price_list, origin_kind, origin_ref, placed_at,"
    " lines, shipping_lines, item_count, units, subtotal_minor, discount_minor, shipping_minor,"
    " tax_minor, grand_minor, cancelled_minor, shipping_method, payment_method_ref,"
    " allow_backorder, allow_split, policy_version, calc_version, shipping_address,"
    " billing_address, note, notes, cancellation_id, cancellation_reason, cancellation_note,"
    " cancellation_requested_by, cancellation_requested_at, cancelled_at, version, recorded_at,"
    " last_position, pay_by, coupons, confirmed_at, rejection_reason, holds, flagged_stages,"
    " progress, payments, edit"
)
_LIST_COLUMNS: Final = (
    "order_id::text, order_number, placed_at, customer_id::text, lifecycle, payment_state,"
    " fulfilment_state, return_state, currency, channel, country, item_count, units, grand_minor,"
    " version, cancelled_minor, confirmed_at, flagged_stages"
)
_NEWEST_FIRST: Final = 'placed_at DESC, order_id COLLATE "C" DESC'
_BY_ID: Final = live_page(
    DETAIL,
    f"SELECT {_DETAIL_COLUMNS} FROM read_models.order_detail WHERE order_id = %(order_id)s::uuid",
    units=THIS_UNIT,
)
_NUMBERED: Final = "FROM read_models.order_detail WHERE order_number = %(number)s"
_BY_NUMBER: Final = live_page(
    DETAIL,
    f"SELECT {_DETAIL_COLUMNS} {_NUMBERED}",
    # Whose row is not there may be any of those that wait: nobody knows its number yet.
    units=(
        f"unit.kind = 'row' AND unit.key = (SELECT '[\"' || order_id || '\"]' {_NUMBERED})"
        f" OR unit.kind = 'stream' AND unit.key = (SELECT 'order-' || order_id {_NUMBERED})"
        f" OR NOT EXISTS (SELECT {_NUMBERED})"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list; None leaves a thing open. `placed_to` is exclusive."""

    lifecycle: str | None = None
    channel: str | None = None
    customer_id: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class OrderKey:
    """The place of an order in a list, newest first."""

    placed_at: datetime
    order_id: str


_CONDITIONS: Final = {
    "lifecycle": "lifecycle = %(lifecycle)s",
    "channel": "channel = %(channel)s",
    "customer_id": "customer_id = %(customer_id)s::uuid",
    "placed_from": "placed_at >= %(placed_from)s",
    "placed_to": "placed_at < %(placed_to)s",
    "sku": "skus @> ARRAY[%(sku)s]",
}
_AFTER: Final = "(placed_at, order_id) < (%(after_placed_at)s, %(after_order_id)s::uuid)"


async def order_by_id(reader: Reader, order_id: str) -> Page:
    """Look an order up by its id."""
    values = {"order_id": order_id, **unit_values((order_id,), order_stream(order_id))}
    return await reader.page(_BY_ID, values)


async def order_by_number(reader: Reader, number: str) -> Page:
    """Look an order up by its number in the stored form."""
    return await reader.page(_BY_NUMBER, {"number": number})


async def list_orders(
    reader: Reader, wanted: OrderFilter, after: OrderKey | None, limit: int
) -> Page:
    """List orders, newest first, after a place in the list."""
    return await _list(reader, LIST, wanted, after, limit)


async def list_customer_orders(
    reader: Reader, customer_id: str, after: OrderKey | None, limit: int
) -> Page:
    """List the orders of a customer, newest first, after a place in the list."""
    return await _list(reader, BY_CUSTOMER, OrderFilter(customer_id=customer_id), after, limit)


async def _list(
    reader: Reader, table: str, wanted: OrderFilter, after: OrderKey | None, limit: int
) -> Page:
    given = {name: value for name in _CONDITIONS if (value := getattr(wanted, name)) is not None}
    conditions = [_CONDITIONS[name] for name in given]
    values: dict[str, object] = {**given, "limit": limit}
    if after is not None:
        conditions.append(_AFTER)
        values |= {"after_placed_at": after.placed_at, "after_order_id": after.order_id}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = (
        f"SELECT {_LIST_COLUMNS} FROM read_models.{table}{where}"
        f" ORDER BY placed_at DESC, {table}.order_id DESC LIMIT %(limit)s"
    )
    return await reader.page(live_page(table, select, _NEWEST_FIRST), values)
