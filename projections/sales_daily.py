"""What was sold on a day, per currency, channel and country?

Key: clock, day, currency, channel, country. What becomes of an order is booked on the day on which
it was *placed*, cancellations too: the cancelled value stays in gross and shows in the `cancelled_`
columns of the same row, so gross less cancelled is what is left of that day's orders, and a late
cancellation never makes another day negative. The price is that a past day can still change. When
cancellations happened is told by order_detail.cancelled_at. Orders that are rejected or expire, and
lines that are cancelled, count like cancelled orders. An edit changes what was ordered on that day.

Returns alone are booked on the day on which the pieces were accepted: `returned_minor` of a day is
no part of its gross.

Source: domain.md §1.12 "gross".
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from domain.envelope import RecordedEvent
from domain.order_edit import difference
from domain.order_events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEdited,
    OrderExpired,
    OrderLinesCancelled,
    OrderLinesReturned,
    OrderPlaced,
    OrderRejected,
)
from domain.replace import replace
from projections.business_day import days_of
from projections.order_standing import cancelled_by
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True)
class SalesDay:
    """The sales of a day.

    Units: minor units of `currency`. `gross_minor` is unit price x quantity of product lines,
    before discount, tax and freight; `grand_minor` what the customers were to pay, freight and tax
    included. `cancelled_minor` is the cancelled part of gross, `cancelled_grand_minor` of grand.
    `returned_minor` is unit price x quantity of accepted returns, `refund_due_minor` what customers
    get for them.
    """

    clock: str
    day: date
    currency: str
    channel: str
    country: str
    orders_placed: int
    orders_cancelled: int
    lines: int
    units: int
    gross_minor: int
    discount_minor: int
    tax_minor: int
    shipping_minor: int
    grand_minor: int
    cancelled_units: int
    cancelled_minor: int
    cancelled_grand_minor: int
    last_position: int
    orders_confirmed: int = 0
    orders_rejected: int = 0
    orders_expired: int = 0
    returned_units: int = 0
    returned_minor: int = 0
    refund_due_minor: int = 0


_Counted = (
    OrderPlaced
    | OrderConfirmed
    | OrderRejected
    | OrderExpired
    | OrderEdited
    | OrderLinesCancelled
    | OrderCancelled
    | OrderLinesReturned
)


def sales_daily(business_zone: str) -> Projection:
    """Make the projection for a shop's time zone.

    Raises:
        ZoneInfoNotFoundError: no such time zone.
    """
    days = days_of(business_zone)

    def keys(event: RecordedEvent) -> tuple[Key, ...]:
        data = event.data
        if not isinstance(data, _Counted):
            return ()
        is_return = isinstance(data, OrderLinesReturned)
        business, utc = days(event.occurred_at if is_return else data.placed_at)
        place = (data.currency, data.channel, data.country)
        return (*business, *place), (*utc, *place)

    return Projection(
        name="sales_daily",
        fold_version=f"3 {business_zone}",
        row_type=SalesDay,
        key_columns=("clock", "day", "currency", "channel", "country"),
        handles=frozenset(get_args(_Counted)),
        keys=keys,
        evolve=_evolve,
    )


def _evolve(row: SalesDay | None, event: RecordedEvent, key: Key) -> SalesDay:
    if row is None:
        row = SalesDay(*key, *_NOTHING, last_position=0)
    data = event.data
    match data:
        case OrderPlaced():
            return _placed(row, data, event.position)
        case OrderLinesReturned():
            return _returned(row, data, event.position)
        case OrderEdited():
            return _edited(row, data, event.position)
        case OrderConfirmed():
            confirmed = row.orders_confirmed + 1
            return replace(row, orders_confirmed=confirmed, last_position=event.position)
        case OrderCancelled() | OrderRejected() | OrderExpired() | OrderLinesCancelled():
            return _cancelled(row, data, event.position)
        case _:
            raise AssertionError(f"{event.type} touches no sales")


_NOTHING: Final = (0,) * 12


def _placed(row: SalesDay, placed: OrderPlaced, position: int) -> SalesDay:
    totals = placed.totals
    return SalesDay(
        row.clock,
        row.day,
        row.currency,
        row.channel,
        row.country,
        orders_placed=row.orders_placed + 1,
        orders_cancelled=row.orders_cancelled,
        lines=row.lines + len(placed.lines),
        units=row.units + sum([line.quantity for line in placed.lines]),
        gross_minor=row.gross_minor + totals.subtotal_minor,
        discount_minor=row.discount_minor + totals.discount_minor,
        tax_minor=row.tax_minor + totals.tax_minor,
        shipping_minor=row.shipping_minor + totals.shipping_minor,
        grand_minor=row.grand_minor + totals.grand_minor,
        cancelled_units=row.cancelled_units,
        cancelled_minor=row.cancelled_minor,
        cancelled_grand_minor=row.cancelled_grand_minor,
        last_position=position,
        orders_confirmed=row.orders_confirmed,
        orders_rejected=row.orders_rejected,
        orders_expired=row.orders_expired,
        returned_units=row.returned_units,
        returned_minor=row.returned_minor,
        refund_due_minor=row.refund_due_minor,
    )


def _edited(row: SalesDay, edited: OrderEdited, position: int) -> SalesDay:
    more = difference(edited.totals_after, edited.totals_before)
    return replace(
        row,
        lines=row.lines + sum(change.lines for change in edited.changes),
        units=row.units + sum(change.quantity for change in edited.changes),
        gross_minor=row.gross_minor + more.subtotal_minor,
        discount_minor=row.discount_minor + more.discount_minor,
        tax_minor=row.tax_minor + more.tax_minor,
        shipping_minor=row.shipping_minor + more.shipping_minor,
        grand_minor=row.grand_minor + more.grand_minor,
        last_position=position,
    )


_Ending = OrderCancelled | OrderRejected | OrderExpired | OrderLinesCancelled


def _cancelled(row: SalesDay, ending: _Ending, position: int) -> SalesDay:
    return replace(
        row,
        orders_cancelled=row.orders_cancelled + isinstance(ending, OrderCancelled),
        orders_rejected=row.orders_rejected + isinstance(ending, OrderRejected),
        orders_expired=row.orders_expired + isinstance(ending, OrderExpired),
        cancelled_units=row.cancelled_units + sum(line.quantity for line in ending.lines),
        cancelled_minor=row.cancelled_minor + sum(line.value_minor for line in ending.lines),
        cancelled_grand_minor=row.cancelled_grand_minor + cancelled_by(ending),
        last_position=position,
    )


def _returned(row: SalesDay, returned: OrderLinesReturned, position: int) -> SalesDay:
    return replace(
        row,
        returned_units=row.returned_units + sum(line.quantity for line in returned.lines),
        returned_minor=row.returned_minor + sum(line.value_minor for line in returned.lines),
        refund_due_minor=row.refund_due_minor + returned.refund_due_minor,
        last_position=position,
    )
