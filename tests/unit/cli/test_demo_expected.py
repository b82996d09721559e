"""Does the demo expect of each order what its fate says, and notice whatever is otherwise?"""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest

from cli.demo_catalogue import HOT_PRODUCT, DemoProduct, customer_of
from cli.demo_checks import checks_of_gross, checks_of_outcome, checks_of_sales
from cli.demo_expected import Expected, Funnel, Money, Pieces
from cli.demo_fates import Fate
from cli.demo_orders import DELIVERY_MINOR, DemoLine, DemoOrder
from cli.demo_outcome import Outcome
from cli.sales_report import SalesReport

ZONE = ZoneInfo("Europe/London")
MUG = DemoLine(product=DemoProduct("CER-0001", "Mug", 100, "standard"), quantity=3)
BAG = DemoLine(product=DemoProduct("BAG-0001", "Bag", 1_000, "standard"), quantity=1)
GROSS = 1_300
TOTAL = GROSS + DELIVERY_MINOR
PLACED = Funnel(placed=1, stock_kept=1, authorised=1, confirmed=1)
PAID = Money(authorised_minor=TOTAL)


ORDER = DemoOrder(
    order_id="0198c0de-7a31-7c06-8f6e-0d7c3c1b5a01",
    customer=customer_of(Random(1), "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02", 1),
    channel="web",
    placed_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC),
    lines=(MUG, BAG),
)


def an_order(fate: Fate = Fate.KEPT) -> DemoOrder:
    return replace(ORDER, fate=fate)


def expected_of(*orders: DemoOrder, hot_left: int = 0) -> Expected:
    expected = Expected(pieces=Pieces(hot_left=hot_left))
    for order in orders:
        expected.placed(order, ZONE)
    return expected


def test_sales_are_booked_on_the_business_day_of_the_order() -> None:
    order = an_order()
    expected = expected_of(order)

    assert dict(expected.by_month) == {"2026-07": GROSS}
    assert dict(expected.by_country) == {order.customer.country: GROSS}
    assert dict(expected.by_sku) == {"CER-0001": 300, "BAG-0001": 1_000}
    assert (expected.orders, expected.gross_minor, expected.cancelled_minor) == (1, GROSS, 0)


def test_what_is_not_wanted_after_all_was_not_sold_but_may_be_taken() -> None:
    expected = expected_of(an_order(Fate.CHANGED))

    assert expected.gross_minor == sum(expected.by_sku.values()) == GROSS - 100
    assert (expected.funnel, expected.pieces, expected.money) == (PLACED, Pieces(kept=3), PAID)


@pytest.mark.parametrize("fate", [Fate.KEPT, Fate.RELEASED])
def test_a_confirmed_order_is_kept_in_the_house(fate: Fate) -> None:
    expected = expected_of(an_order(fate))

    assert (expected.funnel, expected.pieces, expected.money) == (PLACED, Pieces(kept=4), PAID)


def test_a_declined_order_leaves_no_money_and_no_pieces() -> None:
    expected = expected_of(an_order(Fate.DECLINED))

    assert expected.funnel == Funnel(placed=1, stock_kept=1, payment_declined=1)
    assert (expected.pieces, expected.money) == (Pieces(), Money(declined=1))
    assert expected.cancelled_minor == GROSS


def test_money_is_given_up_whole_before_anything_has_left() -> None:
    given_up = Money(authorised_minor=TOTAL, voided_minor=TOTAL)
    cancelled, risky = expected_of(an_order(Fate.CANCELLED)), expected_of(an_order(Fate.FRAUD))

    assert cancelled.funnel == replace(PLACED, cancelled=1)
    assert risky.funnel == replace(PLACED, confirmed=0, fraud=1)
    assert cancelled.money == risky.money == given_up
    assert cancelled.cancelled_minor == risky.cancelled_minor == GROSS
    assert given_up.open_minor == 0


@pytest.mark.parametrize(("fate", "parcels"), [(Fate.SENT, 1), (Fate.SENT_IN_TWO, 2)])
def test_what_is_sent_whole_is_taken_whole(fate: Fate, parcels: int) -> None:
    expected = expected_of(an_order(fate))

    assert expected.funnel == replace(PLACED, shipped=1, completed=1)
    assert expected.pieces == Pieces(on_hand=-4, parcels=parcels, shipped=4)
    assert expected.money == Money(authorised_minor=TOTAL, captured_minor=TOTAL)


def test_delivery_is_taken_with_the_first_part() -> None:
    expected = expected_of(an_order(Fate.SENT_IN_PART))

    assert expected.funnel == replace(PLACED, shipped=1, delivered_in_part=1)
    assert expected.pieces == Pieces(on_hand=-3, kept=1, parcels=1, shipped=3)
    assert expected.money == replace(PAID, captured_minor=300 + DELIVERY_MINOR)


@pytest.mark.parametrize(("is_resold", "restocked"), [(True, 2), (False, 0)])
def test_half_of_the_first_line_comes_back(*, is_resold: bool, restocked: int) -> None:
    expected = expected_of(replace(an_order(Fate.RETURNED), is_resold=is_resold))

    assert expected.funnel == replace(PLACED, shipped=1, completed=1, returned=1)
    assert expected.pieces == Pieces(
        on_hand=restocked - 4, parcels=1, shipped=4, returned=2, restocked=restocked
    )
    assert expected.money == replace(PAID, captured_minor=TOTAL, refunded_minor=200)
    assert expected.returned_minor == 200


def test_the_hot_product_is_sold_as_often_as_it_is_there() -> None:
    hot = replace(an_order(Fate.HOT), lines=(DemoLine(product=HOT_PRODUCT, quantity=1),))
    expected = expected_of(hot, hot, hot, hot_left=2)

    assert expected.funnel == Funnel(
        placed=3, stock_kept=2, authorised=2, confirmed=2, out_of_stock=1
    )
    assert expected.pieces == Pieces(kept=2, hot_sold=2, hot_left=0)
    assert expected.cancelled_minor == HOT_PRODUCT.price_minor


def test_every_figure_that_is_otherwise_is_noticed() -> None:
    expected = expected_of(*map(an_order, Fate), hot_left=1)
    read = Outcome(expected.funnel, expected.pieces, expected.money, expected.money)

    assert all(check.holds for check in checks_of_outcome(expected, read))
    for part in ("funnel", "pieces", "money", "books"):
        figures = getattr(read, part)
        for name, number in asdict(figures).items():
            otherwise = replace(read, **{part: replace(figures, **{name: number + 1})})
            wrong = [c for c in checks_of_outcome(expected, otherwise) if not c.holds]
            assert [(check.sent, check.read) for check in wrong] == [(number, number + 1)], name


def a_report(orders: int = 0, gross_minor: int = 0) -> SalesReport:
    report = SalesReport("Europe/London", orders=orders, gross_minor=gross_minor)
    report.by_month["2026-07"] = report.by_country[ORDER.customer.country] = gross_minor
    return report


def test_sales_are_compared_with_what_there_is_more_of_than_before() -> None:
    expected = expected_of(an_order(), an_order(Fate.RETURNED), an_order(Fate.CANCELLED))
    old = replace(a_report(5, 7), cancelled=1, returned_minor=1)
    new = replace(
        a_report(8, 7 + 3 * GROSS), cancelled=2, cancelled_minor=GROSS, returned_minor=201
    )

    checks = checks_of_sales(expected, old, new)

    assert [check.name for check in checks] == [
        "orders placed",
        "cancellations",
        "gross sales",
        "cancelled",
        "returned",
        "gross in 2026-07",
        f"gross in {ORDER.customer.country}",
    ]
    assert all(check.holds for check in checks)


def test_a_penny_too_much_or_in_another_country_is_found() -> None:
    wrong = a_report(1, GROSS + 1)
    wrong.by_country["IE"] = 1

    found = [c for c in checks_of_sales(expected_of(ORDER), a_report(), wrong) if not c.holds]

    assert [(check.name, check.sent, check.read) for check in found] == [
        ("gross sales", GROSS, GROSS + 1),
        ("gross in 2026-07", GROSS, GROSS + 1),
        (f"gross in {ORDER.customer.country}", GROSS, GROSS + 1),
        ("gross in IE", 0, 1),
    ]


def test_gross_is_compared_name_by_name() -> None:
    sent, old, new = {"MUG": 500}, {"MUG": 1_000}, {"MUG": 1_500, "BAG": 1}

    found = [
        (check.name, check.sent, check.read) for check in checks_of_gross("of", sent, old, new)
    ]

    assert found == [("gross of BAG", 0, 1), ("gross of MUG", 500, 500)]
