"""How much of each product was sold on a day?

Key: clock, day, sku, currency. Booked like sales_daily: on the day on which the order was placed,
cancellations and edits too, so the gross of all skus of a day is the gross of the day; returns on
the day on which the pieces were accepted.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from domain.envelope import RecordedEvent
from domain.order_edit import LineChange
from domain.order_events import (
    OrderCancelled,
    OrderEdited,
    OrderExpired,
    OrderLinesCancelled,
    OrderLinesReturned,
    OrderPlaced,
    OrderRejected,
)
from domain.order_parts import CancelledLine, OrderLine, ReturnedLine
from domain.replace import replace
from projections.business_day import days_of
from projections.projection import Key, Projection


@dataclass(frozen=True, slots=True)
class ProductSalesDay:
    """The sales of one product on a day.

    Units: minor units of `currency`; `gross_minor` is unit price x quantity, `discount_minor` the
    line discounts, `cancelled_minor` the cancelled part of gross; `returned_minor` is unit price x
    quantity of accepted returns. `name` is the one on the order lines of that day; of several the
    last in the alphabet, whatever the order of the orders; empty on a day with returns alone.
    """

    clock: str
    day: date
    sku: str
    currency: str
    name: str
    orders: int
    lines: int
    units: int
    gross_minor: int
    discount_minor: int
    cancelled_units: int
    cancelled_minor: int
    last_position: int
    returned_units: int = 0
    returned_minor: int = 0


_Line = OrderLine | LineChange | CancelledLine | ReturnedLine
_Ending = OrderCancelled | OrderRejected | OrderExpired | OrderLinesCancelled
_Counted = OrderPlaced | OrderEdited | OrderLinesReturned | _Ending


@dataclass(slots=True)
class _Sold:
    """What one order says about one sku; an order may name a sku on several lines."""

    name: str = ""
    lines: int = 0
    units: int = 0
    gross_minor: int = 0
    discount_minor: int = 0


class _BySku:
    """Group an order's lines by sku, once.

    `evolve` is asked for every sku of an order on every clock; without remembering the last answer
    an order of 2,000 lines would be walked 4,000 times.
    """

    __slots__ = ("_answer", "_lines")

    def __init__(self) -> None:
        self._lines: tuple[_Line, ...] | None = None
        self._answer: dict[str, _Sold] = {}

    def __call__(self, lines: tuple[_Line, ...]) -> dict[str, _Sold]:
        if self._lines is not lines:
            self._answer = _grouped(lines)
            self._lines = lines
        return self._answer


def _grouped(lines: tuple[_Line, ...]) -> dict[str, _Sold]:
    found: dict[str, _Sold] = {}
    for line in lines:
        sold = found.get(line.sku)
        if sold is None:
            sold = found[line.sku] = _Sold()
        _count(sold, line)
    return found


def _count(sold: _Sold, line: _Line) -> None:
    sold.units += line.quantity
    if isinstance(line, OrderLine):
        sold.lines += 1
        sold.name = max(sold.name, line.name)
        sold.gross_minor += line.gross_minor
        sold.discount_minor += sum(line.discounts_minor)
        return
    sold.gross_minor += line.value_minor
    if isinstance(line, LineChange):
        sold.lines += line.lines
        sold.name = max(sold.name, line.name)
        sold.discount_minor += line.discount_minor


def _lines_of(data: _Counted) -> tuple[_Line, ...]:
    return data.changes if isinstance(data, OrderEdited) else data.lines


def product_sales(business_zone: str) -> Projection:
    """Make the projection for a shop's time zone.

    Raises:
        ZoneInfoNotFoundError: no such time zone.
    """
    days = days_of(business_zone)
    by_sku = _BySku()

    def keys(event: RecordedEvent) -> tuple[Key, ...]:
        data = event.data
        if not isinstance(data, _Counted):
            return ()
        skus = by_sku(_lines_of(data))
        booked = event.occurred_at if isinstance(data, OrderLinesReturned) else data.placed_at
        return tuple(
            (clock, day, sku, data.currency) for clock, day in days(booked) for sku in skus
        )

    def evolve(row: ProductSalesDay | None, event: RecordedEvent, key: Key) -> ProductSalesDay:
        data = event.data
        assert isinstance(data, _Counted)
        sold = by_sku(_lines_of(data))[key[2]]
        if isinstance(data, OrderPlaced | OrderEdited):
            orders = 1 if isinstance(data, OrderPlaced) else 0
            return _sold(row, sold, key, event.position, orders)
        if isinstance(data, OrderLinesReturned):
            return _returned(row, sold, key, event.position)
        assert row is not None, "a product is ordered before it is cancelled"
        return replace(
            row,
            cancelled_units=row.cancelled_units + sold.units,
            cancelled_minor=row.cancelled_minor + sold.gross_minor,
            last_position=event.position,
        )

    return Projection(
        name="product_sales",
        fold_version=f"4 {business_zone}",
        row_type=ProductSalesDay,
        key_columns=("clock", "day", "sku", "currency"),
        handles=frozenset(get_args(_Counted)),
        keys=keys,
        evolve=evolve,
    )


_NOTHING: Final = (0,) * 7


def _sold(
    row: ProductSalesDay | None, sold: _Sold, key: Key, position: int, orders: int
) -> ProductSalesDay:
    if row is None:
        clock, day, sku, currency = key
        row = ProductSalesDay(clock, day, sku, currency, sold.name, *_NOTHING, last_position=0)
    return ProductSalesDay(
        row.clock,
        row.day,
        row.sku,
        row.currency,
        max(row.name, sold.name),
        orders=row.orders + orders,
        lines=row.lines + sold.lines,
        units=row.units + sold.units,
        gross_minor=row.gross_minor + sold.gross_minor,
        discount_minor=row.discount_minor + sold.discount_minor,
        cancelled_units=row.cancelled_units,
        cancelled_minor=row.cancelled_minor,
        last_position=position,
        returned_units=row.returned_units,
        returned_minor=row.returned_minor,
    )


def _returned(row: ProductSalesDay | None, sold: _Sold, key: Key, position: int) -> ProductSalesDay:
    if row is None:
        clock, day, sku, currency = key
        row = ProductSalesDay(clock, day, sku, currency, "", *_NOTHING, last_position=0)
    return replace(
        row,
        returned_units=row.returned_units + sold.units,
        returned_minor=row.returned_minor + sold.gross_minor,
        last_position=position,
    )
