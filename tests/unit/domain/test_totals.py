"""What does an order come to?"""

import pytest

from domain.errors import AmountOutOfRange, TotalMismatch
from domain.order_parts import Totals
from domain.policy import RoundingLevel
from domain.totals import spread, sum_up, tax_minor, taxes_minor
from tests.examples import a_shipping_line, a_sold_line


@pytest.mark.parametrize(
    ("net", "ppm", "tax"),
    [
        (0, 200_000, 0),
        (100, 0, 0),
        (100, 200_000, 20),
        (2, 200_000, 0),  # 0.4
        (3, 200_000, 1),  # 0.6
        (10, 50_000, 1),  # 0.5 goes up
        (30, 50_000, 2),  # 1.5 goes up
        (9, 55_000, 0),  # 0.495
        (2**53 - 1, 1_000_000, 2**53 - 1),
    ],
)
def test_tax_on_top_is_rounded_half_up(net: int, ppm: int, tax: int) -> None:
    assert tax_minor(net, ppm, included=False) == tax


@pytest.mark.parametrize(
    ("gross", "ppm", "tax"),
    [
        (0, 200_000, 0),
        (100, 0, 0),
        (120, 200_000, 20),
        (2_500, 200_000, 417),  # 2083.33 without tax
        (3, 200_000, 0),  # 2.5 without tax goes up to 3
        (9, 200_000, 1),  # 7.5 goes up to 8
        (119, 190_000, 19),
        (2**53 - 1, 200_000, 1_501_199_875_790_165),
    ],
)
def test_tax_inside_is_what_the_rounded_rest_leaves(gross: int, ppm: int, tax: int) -> None:
    assert tax_minor(gross, ppm, included=True) == tax


def test_rounds_every_line_or_once_per_rate_and_kind() -> None:
    bases = [
        (102, 200_000, False),
        (102, 200_000, False),
        (103, 200_000, True),
        (102, 200_000, False),
        (104, 50_000, False),
    ]
    assert taxes_minor(bases, RoundingLevel.LINE) == [20, 20, 17, 20, 5]
    assert taxes_minor(bases, RoundingLevel.ORDER) == [21, 20, 17, 20, 5]


def test_spreads_by_largest_remainder_first_come_first_served() -> None:
    # Exact shares 0.2, 0.6, 0.6, 0.2: one unit less than their floors need two.
    assert spread(2, [1, 3, 3, 1], 200_000, included=False) == [0, 1, 1, 0]
    assert spread(1, [1, 3, 3, 1], 200_000, included=False) == [0, 1, 0, 0]
    assert spread(0, [1, 3], 200_000, included=False) == [0, 0]
    assert spread(2, [7, 5], 200_000, included=True) == [1, 1]


def test_spreads_nothing_that_is_not_there() -> None:
    for tax in (-1, 3):
        with pytest.raises(AssertionError):
            spread(tax, [1, 3], 200_000, included=False)


def test_sums_up_lines_discounts_delivery_and_tax() -> None:
    lines = (
        a_sold_line(
            discounts_minor=(100, 20),
            gross_minor=2_500,
            net_minor=2_380,
            tax_minor=397,
            total_minor=2_380,
        ),
        a_sold_line(
            line_id="2",
            tax_included=False,
            gross_minor=900,
            net_minor=900,
            tax_minor=180,
            total_minor=1_080,
        ),
    )
    shipping_lines = (
        a_shipping_line(amount_minor=395, discount_minor=95, tax_minor=50, total_minor=300),
        a_shipping_line(tax_included=False, amount_minor=100, tax_minor=20, total_minor=120),
    )
    assert sum_up(lines, shipping_lines) == Totals(
        subtotal_minor=3_400,
        discount_minor=120,
        shipping_minor=400,
        tax_minor=647,
        grand_minor=3_880,
    )


def test_a_line_that_does_not_add_up_is_a_bug() -> None:
    for line in (
        a_sold_line(total_minor=2_499),
        a_sold_line(gross_minor=2_501),
        a_sold_line(tax_included=False),
        a_sold_line(discounts_minor=(1,)),
    ):
        with pytest.raises(TotalMismatch):
            sum_up((line,), ())
    with pytest.raises(TotalMismatch):
        sum_up((), (a_shipping_line(total_minor=394),))


def test_refuses_a_subtotal_out_of_range_even_if_a_discount_brings_the_total_back() -> None:
    line = a_sold_line(discounts_minor=(10,), gross_minor=2**53, total_minor=2**53 - 10)
    with pytest.raises(AmountOutOfRange):
        sum_up((line,), ())
