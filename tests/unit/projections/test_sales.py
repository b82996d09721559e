"""Are sales booked once, on the right day, in the right sums?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.about_order import OrderFacts
from domain.errors import ProjectionFailed
from domain.order_events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEdited,
    OrderEvent,
    OrderExpired,
    OrderLinesCancelled,
    OrderLinesReturned,
    OrderPlaced,
    OrderRejected,
)
from domain.order_parts import (
    CancellationReason,
    CancelledLine,
    RejectionReason,
    ReturnedLine,
    Totals,
)
from projections.product_sales import ProductSalesDay, product_sales
from projections.projection import Projection
from projections.projector import fold
from projections.sales_daily import SalesDay, sales_daily
from tests import examples
from tests.histories import History, a_history

LONDON = "Europe/London"
SUMMER_NIGHT = datetime(2026, 7, 14, 23, 30, tzinfo=UTC)
"""Half past midnight of the 15th in London."""

LINES = (
    examples.a_sold_line(
        line_id="1",
        sku="LAMP",
        name="Lamp",
        quantity=2,
        gross_minor=5_000,
        discounts_minor=(300, 200),
    ),
    examples.a_sold_line(line_id="2", sku="CARD", name="Card", quantity=10, gross_minor=1_000),
    examples.a_sold_line(line_id="3", sku="LAMP", name="Lamp, new", quantity=1, gross_minor=2_400),
)
TOTALS = Totals(
    subtotal_minor=8_400,
    discount_minor=500,
    shipping_minor=395,
    tax_minor=1_382,
    grand_minor=8_295,
)


PLACED = examples.a_placed_order(placed_at=SUMMER_NIGHT, lines=LINES, totals=TOTALS)
ABOUT = OrderFacts(
    order_id=PLACED.order_id,
    customer_id=PLACED.customer_id,
    currency=PLACED.currency,
    channel=PLACED.channel,
    country=PLACED.country,
    placed_at=PLACED.placed_at,
)
CANCELLED = OrderCancelled(
    **ABOUT,
    cancellation_id="c",
    reason_code=CancellationReason.OTHER,
    lines=tuple(
        CancelledLine(
            line_id=line.line_id,
            sku=line.sku,
            quantity=line.quantity,
            value_minor=line.gross_minor,
            total_minor=line.total_minor,
        )
        for line in LINES
    ),
    totals=TOTALS,
)
REJECTED = OrderRejected(
    **ABOUT,
    reason=RejectionReason.FRAUD,
    details=None,
    lines=CANCELLED.lines,
    totals=TOTALS,
)
EXPIRED = OrderExpired(**ABOUT, deadline=SUMMER_NIGHT, lines=CANCELLED.lines, totals=TOTALS)
ONE_LAMP_LESS = OrderLinesCancelled(
    **ABOUT,
    cancellation_id="less",
    reason_code=CancellationReason.OTHER,
    lines=(
        CancelledLine(line_id="1", sku="LAMP", quantity=1, value_minor=2_500, total_minor=2_250),
    ),
    totals_after=TOTALS,
    refund_due_minor=2_250,
)
CONFIRMED = OrderConfirmed(**ABOUT, allocations=(), backorders=(), authorised_minor=0)
CAME_BACK = OrderLinesReturned(
    **ABOUT,
    return_id="r",
    lines=(
        ReturnedLine(line_id="1", sku="LAMP", quantity=1, value_minor=2_500, total_minor=2_250),
        ReturnedLine(line_id="3", sku="LAMP", quantity=1, value_minor=2_400, total_minor=2_400),
        ReturnedLine(line_id="2", sku="CARD", quantity=4, value_minor=400, total_minor=400),
    ),
    refund_due_minor=5_000,
)
LAMP = ("business", date(2026, 7, 15), "LAMP", "GBP")
NOTHING = SalesDay("business", date(2026, 7, 15), "GBP", "web", "GB", *((0,) * 19))


def history_of(*events: OrderEvent) -> History:
    """Write the events down, each a month after the one before."""
    history = History()
    for index, event in enumerate(events):
        history.add(event, examples.STAFF, SUMMER_NIGHT + timedelta(days=30 * index))
    return history


def test_a_sale_is_booked_on_the_shops_day_and_on_utcs() -> None:
    sold = replace(
        NOTHING,
        orders_placed=1,
        lines=3,
        units=13,
        gross_minor=8_400,
        discount_minor=500,
        tax_minor=1_382,
        shipping_minor=395,
        grand_minor=8_295,
        last_position=1,
    )
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED).events)
    assert list(rows.values()) == [
        sold,
        replace(sold, clock="utc", day=date(2026, 7, 14)),
    ]


def test_a_cancellation_is_booked_on_the_day_of_the_order_and_stays_in_gross() -> None:
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED, CANCELLED).events)
    assert [
        (
            row.day,
            row.gross_minor,
            row.grand_minor,
            row.orders_placed,
            row.orders_cancelled,
            row.cancelled_units,
            row.cancelled_minor,
            row.cancelled_grand_minor,
            row.last_position,
        )
        for row in rows.values()
    ] == [
        (date(2026, 7, 15), 8_400, 8_295, 1, 1, 13, 8_400, 8_295, 2),
        (date(2026, 7, 14), 8_400, 8_295, 1, 1, 13, 8_400, 8_295, 2),
    ]


@pytest.mark.parametrize(
    ("event", "counted"),
    [(REJECTED, {"orders_rejected": 1}), (EXPIRED, {"orders_expired": 1})],
)
def test_an_order_that_is_not_taken_counts_like_a_cancelled_one(
    event: OrderEvent, counted: dict[str, int]
) -> None:
    placed = fold(sales_daily(LONDON), {}, history_of(PLACED).events)
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED, event).events)
    assert rows == {
        key: replace(
            row,
            **counted,
            cancelled_units=13,
            cancelled_minor=8_400,
            cancelled_grand_minor=8_295,
            last_position=2,
        )
        for key, row in placed.items()
    }


def test_a_line_that_is_cancelled_counts_without_its_order() -> None:
    placed = fold(sales_daily(LONDON), {}, history_of(PLACED).events)
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED, ONE_LAMP_LESS).events)
    assert rows == {
        key: replace(
            row,
            cancelled_units=1,
            cancelled_minor=2_500,
            cancelled_grand_minor=2_250,
            last_position=2,
        )
        for key, row in placed.items()
    }


def test_a_confirmed_order_is_counted_on_the_day_of_the_order() -> None:
    placed = fold(sales_daily(LONDON), {}, history_of(PLACED).events)
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED, CONFIRMED).events)
    assert rows == {
        key: replace(row, orders_confirmed=1, last_position=2) for key, row in placed.items()
    }


def test_a_return_is_booked_on_the_day_on_which_it_was_accepted() -> None:
    """The history gives every event a day of its own: this one half past midnight, too."""
    placed = fold(sales_daily(LONDON), {}, history_of(PLACED).events)
    rows = fold(sales_daily(LONDON), {}, history_of(PLACED, CAME_BACK).events)
    came_back = replace(
        NOTHING,
        day=date(2026, 8, 14),
        returned_units=6,
        returned_minor=5_300,
        refund_due_minor=5_000,
        last_position=2,
    )
    assert [row for key, row in rows.items() if key not in placed] == [
        came_back,
        replace(came_back, clock="utc", day=date(2026, 8, 13)),
    ]
    assert {key: rows[key] for key in placed} == placed


def test_a_sale_of_a_day_with_returns_keeps_them() -> None:
    later = replace(PLACED, placed_at=SUMMER_NIGHT + timedelta(days=30))
    for projection in (sales_daily("UTC"), product_sales("UTC")):
        both = fold(projection, {}, history_of(PLACED, CAME_BACK, later).events)
        apart = fold(projection, {}, history_of(later, CAME_BACK).events)
        for key, row in apart.items():
            assert both[key] == replace(row, last_position=3)


def test_currencies_channels_and_countries_are_kept_apart_and_days_add_up() -> None:
    rows = fold(
        sales_daily("UTC"),
        {},
        history_of(
            PLACED,
            replace(PLACED, currency="EUR"),
            replace(PLACED, channel="staff"),
            replace(PLACED, country="DE"),
            replace(PLACED, placed_at=SUMMER_NIGHT + timedelta(hours=1)),
            PLACED,
        ).events,
    )
    assert {key[1:]: row.orders_placed for key, row in rows.items() if key[0] == "business"} == {
        (date(2026, 7, 14), "GBP", "web", "GB"): 2,
        (date(2026, 7, 14), "EUR", "web", "GB"): 1,
        (date(2026, 7, 14), "GBP", "staff", "GB"): 1,
        (date(2026, 7, 14), "GBP", "web", "DE"): 1,
        (date(2026, 7, 15), "GBP", "web", "GB"): 1,
    }


def test_a_product_on_two_lines_of_an_order_is_sold_in_one_order() -> None:
    rows = fold(product_sales(LONDON), {}, history_of(PLACED).events)
    assert [row for row in rows.values() if row.clock == "business"] == [
        ProductSalesDay(
            clock="business",
            day=date(2026, 7, 15),
            sku="LAMP",
            currency="GBP",
            name="Lamp, new",
            orders=1,
            lines=2,
            units=3,
            gross_minor=7_400,
            discount_minor=500,
            cancelled_units=0,
            cancelled_minor=0,
            last_position=1,
            returned_units=0,
            returned_minor=0,
        ),
        ProductSalesDay(
            clock="business",
            day=date(2026, 7, 15),
            sku="CARD",
            currency="GBP",
            name="Card",
            orders=1,
            lines=1,
            units=10,
            gross_minor=1_000,
            discount_minor=0,
            cancelled_units=0,
            cancelled_minor=0,
            last_position=1,
            returned_units=0,
            returned_minor=0,
        ),
    ]
    assert {row.day for row in rows.values() if row.clock == "utc"} == {date(2026, 7, 14)}


def test_a_cancelled_product_stays_in_gross() -> None:
    events = history_of(PLACED, PLACED, CANCELLED).events
    rows = fold(product_sales(LONDON), {}, events)
    lamp = rows["business", date(2026, 7, 15), "LAMP", "GBP"]
    assert (lamp.orders, lamp.units, lamp.gross_minor) == (2, 6, 14_800)
    assert (lamp.cancelled_units, lamp.cancelled_minor, lamp.last_position) == (3, 7_400, 3)


@pytest.mark.parametrize("event", [REJECTED, EXPIRED, ONE_LAMP_LESS])
def test_a_product_that_is_not_taken_stays_in_gross(event: OrderEvent) -> None:
    lamp_before = fold(product_sales(LONDON), {}, history_of(PLACED).events)[LAMP]
    lamp = fold(product_sales(LONDON), {}, history_of(PLACED, event).events)[LAMP]
    whole = event is not ONE_LAMP_LESS
    assert lamp == replace(
        lamp_before,
        cancelled_units=3 if whole else 1,
        cancelled_minor=7_400 if whole else 2_500,
        last_position=2,
    )


def test_a_product_comes_back_on_a_day_of_its_own_without_a_name() -> None:
    rows = fold(product_sales(LONDON), {}, history_of(PLACED, CAME_BACK).events)
    assert rows["business", date(2026, 8, 14), "LAMP", "GBP"] == ProductSalesDay(
        "business",
        date(2026, 8, 14),
        "LAMP",
        "GBP",
        name="",
        orders=0,
        lines=0,
        units=0,
        gross_minor=0,
        discount_minor=0,
        cancelled_units=0,
        cancelled_minor=0,
        last_position=2,
        returned_units=2,
        returned_minor=4_900,
    )
    card = rows["utc", date(2026, 8, 13), "CARD", "GBP"]
    assert (card.returned_units, card.returned_minor) == (4, 400)


@pytest.mark.parametrize("event", [CANCELLED, REJECTED, EXPIRED, ONE_LAMP_LESS])
def test_a_product_cannot_be_cancelled_that_was_never_sold(event: OrderEvent) -> None:
    with pytest.raises(ProjectionFailed):
        fold(product_sales(LONDON), {}, history_of(event).events)


def test_the_days_the_products_and_the_orders_tell_the_same_gross() -> None:
    events = a_history(300)
    orders = [event.data for event in events if isinstance(event.data, OrderPlaced)]
    gross = sum(line.gross_minor for order in orders for line in order.lines)
    edits = [event.data for event in events if isinstance(event.data, OrderEdited)]
    assert edits
    gross += sum(change.value_minor for edited in edits for change in edited.changes)
    for projection in (sales_daily(LONDON), product_sales(LONDON)):
        for clock in ("business", "utc"):
            rows = [row for row in fold(projection, {}, events).values() if row.clock == clock]
            assert sum(row.gross_minor for row in rows) == gross
            assert sum(row.cancelled_minor for row in rows) > 0
            assert sum(row.returned_minor for row in rows) == 5_999


def test_some_days_of_the_history_differ_between_the_clocks() -> None:
    """The history of the other tests would otherwise not show a wrong clock."""
    rows = fold(sales_daily(LONDON), {}, a_history(300)).values()
    days = [{row.day for row in rows if row.clock == clock} for clock in ("business", "utc")]
    assert days[0] != days[1]


@pytest.mark.parametrize("make", [sales_daily, product_sales])
def test_tables_of_another_time_zone_want_a_rebuild(make: Callable[[str], Projection]) -> None:
    assert make("UTC").fold_version != make(LONDON).fold_version
