"""Do discounts add up, whatever is sold and whichever coupons there are?"""

from dataclasses import replace
from fractions import Fraction
from typing import Final

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.coupon_errors import CouponNotApplicable
from domain.coupon_events import CouponCreated, CouponKind
from domain.discounts import DiscountableLine, applied_coupons, discount_lines, share_out
from domain.order_events import OrderPlaced
from domain.policy import RoundingLevel
from sql.checks.money import faults_of
from tests.coupon_examples import a_coupon, created
from tests.examples import (
    POLICY,
    STAFF,
    a_line,
    a_price,
    a_product,
    a_shop,
    an_activation,
    an_order,
)
from tests.specification import Streams

SKUS: Final = ("A", "B", "C")

amounts = st.integers(0, 2_000) | st.integers(0, 2**53 - 1)
line_lists = st.lists(
    st.builds(
        DiscountableLine,
        line_id=st.text("abc123", min_size=1, max_size=3),
        sku=st.sampled_from(SKUS),
        gross_minor=amounts,
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda line: line.line_id,
)
coupons = st.one_of(
    st.builds(
        created,
        kind=st.just(CouponKind.PERCENT),
        value=st.integers(1, 1_000_000) | st.sampled_from([1, 333_333, 500_000, 1_000_000]),
        skus=st.sampled_from([None, ("A",), ("A", "C"), ("X",)]),
    ),
    st.builds(
        created,
        kind=st.just(CouponKind.FIXED),
        value=st.integers(1, 5_000) | amounts.filter(bool),
        skus=st.sampled_from([None, ("B",), ("B", "C"), ("X",)]),
    ),
    st.just(created(kind=CouponKind.FREE_SHIPPING, value=0)),
)
coupon_lists = st.lists(coupons, min_size=1, max_size=5)


@given(terms=coupon_lists, lines=line_lists)
def test_the_parts_add_up_and_no_line_goes_below_nothing(
    terms: list[CouponCreated], lines: list[DiscountableLine]
) -> None:
    discounts = discount_lines(terms, lines)
    assert (len(discounts.by_line), len(discounts.by_coupon)) == (len(lines), len(terms))
    assert sum(map(sum, discounts.by_line)) == sum(discounts.by_coupon)
    for line, taken_off in zip(lines, discounts.by_line, strict=True):
        assert sum(taken_off) <= line.gross_minor
        assert all(each > 0 for each in taken_off)
        assert len(taken_off) <= len(terms)


@given(terms=coupon_lists, lines=line_lists)
def test_each_takes_what_it_says_off_what_is_left(
    terms: list[CouponCreated], lines: list[DiscountableLine]
) -> None:
    before = discount_lines([], lines)
    for count, each in enumerate(terms, start=1):
        after = discount_lines(terms[:count], lines)
        left = sum(
            line.gross_minor - sum(taken_off)
            for line, taken_off in zip(lines, before.by_line, strict=True)
            if each.skus is None or line.sku in each.skus
        )
        amount = after.by_coupon[-1]
        assert after.by_coupon[:-1] == before.by_coupon
        if each.kind is CouponKind.PERCENT:
            assert abs(amount - Fraction(left * each.value, 1_000_000)) <= Fraction(1, 2)
        elif each.kind is CouponKind.FIXED:
            assert amount == min(left, each.value)
        else:
            assert amount == 0
        before = after


@given(terms=coupon_lists, lines=line_lists, data=st.data())
def test_the_order_of_the_lines_changes_nothing_for_anyone(
    terms: list[CouponCreated], lines: list[DiscountableLine], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(lines))
    first, second = discount_lines(terms, lines), discount_lines(terms, shuffled)
    assert first.by_coupon == second.by_coupon
    assert dict(zip(lines, first.by_line, strict=True)) == dict(
        zip(shuffled, second.by_line, strict=True)
    )


@given(weights=st.lists(amounts, min_size=1, max_size=12), data=st.data())
def test_every_share_is_within_a_unit_of_the_exact_one(
    weights: list[int], data: st.DataObject
) -> None:
    total = sum(weights)
    assume(total)
    amount = data.draw(st.integers(1, total))
    names = [str(index) for index in range(len(weights))]
    shares = share_out(amount, weights, names)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, total)) < 1
        assert 0 <= share <= weight


@given(terms=st.lists(coupons, min_size=1, max_size=4), shipping_minor=st.integers(0, 999))
def test_what_is_applied_is_what_was_taken_off(
    terms: list[CouponCreated], shipping_minor: int
) -> None:
    by_coupon = [number + 1 for number in range(len(terms))]
    applied = applied_coupons("o1", terms, by_coupon, shipping_minor)
    assert [each.code for each in applied] == [each.code for each in terms]
    for each, of_terms, amount in zip(applied, terms, by_coupon, strict=True):
        is_free = of_terms.kind is CouponKind.FREE_SHIPPING
        assert each.discount_minor == (shipping_minor if is_free else amount)


@given(
    prices=st.lists(
        st.tuples(st.integers(1, 99_999), st.booleans(), st.sampled_from(["zero", "standard"])),
        min_size=3,
        max_size=3,
    ),
    wanted=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 99)), min_size=1, max_size=6),
    terms=st.lists(coupons, min_size=1, max_size=3),
    level=st.sampled_from(RoundingLevel),
    method=st.sampled_from([None, "standard", "pallet"]),
)
def test_an_order_with_coupons_adds_up(
    prices: list[tuple[int, bool, str]],
    wanted: list[tuple[str, int]],
    terms: list[CouponCreated],
    level: RoundingLevel,
    method: str | None,
) -> None:
    streams = Streams()
    for step in a_shop():
        streams.carry_out(step)
    for sku, (amount_minor, tax_included, tax_class) in zip(SKUS, prices, strict=True):
        streams.carry_out(a_product(sku=sku, tax_class=tax_class))
        streams.carry_out(an_activation(sku=sku))
        streams.carry_out(
            a_price(sku=sku, price_id=sku, amount_minor=amount_minor, tax_included=tax_included)
        )
    codes = tuple(f"C{number}" for number in range(len(terms)))
    for code, each in zip(codes, terms, strict=True):
        streams.carry_out(
            a_coupon(
                code=code,
                kind=each.kind,
                value=each.value,
                skus=each.skus,
                currency="GBP",
                stackable=True,
            )
        )
    order = an_order(
        actor=STAFF,
        lines=tuple(
            a_line(line_id=str(number), sku=sku, quantity=quantity)
            for number, (sku, quantity) in enumerate(wanted)
        ),
        coupon_codes=codes,
        shipping_method=method,
        policy=replace(POLICY, rounding_level=level),
    )
    try:
        (placed,) = streams.decide(order)
    except CouponNotApplicable:
        return
    assert isinstance(placed, OrderPlaced)
    assert faults_of(placed) == []
    assert all(each.discount_minor > 0 for each in placed.coupons)
    assert placed.totals.grand_minor >= 0
