"""PlaceOrder, the half about coupons: which count, and what do they take off?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from commands.order_lines import ShippingCharge, price_offers
from commands.registry import Command
from domain.coupon_errors import (
    CouponAlreadyApplied,
    CouponCurrencyMismatch,
    CouponCustomerLimit,
    CouponExhausted,
    CouponMinNotMet,
    CouponNotActive,
    CouponNotApplicable,
    CouponNotStackable,
)
from domain.coupon_events import CouponKind
from domain.discounts import redemption_id_of
from domain.errors import (
    AddressRequired,
    CouponNotFound,
    DiscountExceedsLine,
    PriceChanged,
    Refusal,
    ShippingMethodNotApplicable,
)
from domain.fold import as_product
from domain.order_events import OrderPlaced
from domain.order_parts import AppliedCoupon, OrderLine, Totals
from domain.policy import RoundingLevel
from tests.coupon_examples import (
    CODE,
    ENDS_AT,
    REDEMPTION_ID,
    STARTS_AT,
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_redemption_release,
)
from tests.examples import (
    DAY,
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER_ID,
    POLICY,
    SKU,
    STAFF,
    a_line,
    a_placed_order,
    a_price,
    a_product,
    a_shipping_line,
    a_shop,
    a_sold_line,
    an_activation,
    an_order,
)
from tests.specification import Streams, given

AN_INSTANT = timedelta(microseconds=1)
FREE: dict[str, object] = {"kind": CouponKind.FREE_SHIPPING, "value": 0}
FIVE_OFF: dict[str, object] = {"kind": CouponKind.FIXED, "value": 500, "currency": "GBP"}


def with_coupon(*codes: str, **fields: object) -> Command:
    """Ada's order with coupons, SPRING if none is named."""
    return an_order(coupon_codes=codes or (CODE,), **fields)


def applied(amount_minor: int, code: str = CODE) -> AppliedCoupon:
    return AppliedCoupon(
        code=code, redemption_id=redemption_id_of(ORDER_ID, code), discount_minor=amount_minor
    )


def a_discounted_line(*discounts_minor: int, tax_minor: int) -> OrderLine:
    net_minor = 2_500 - sum(discounts_minor)
    return a_sold_line(
        discounts_minor=discounts_minor,
        net_minor=net_minor,
        tax_minor=tax_minor,
        total_minor=net_minor,
    )


def a_discounted_order(
    *discounts_minor: int, tax_minor: int, coupons: tuple[AppliedCoupon, ...]
) -> OrderPlaced:
    """Ada's order after discounts on its only line."""
    discount_minor = sum(discounts_minor)
    return a_placed_order(
        lines=(a_discounted_line(*discounts_minor, tax_minor=tax_minor),),
        totals=Totals(
            subtotal_minor=2_500,
            discount_minor=discount_minor,
            shipping_minor=0,
            tax_minor=tax_minor,
            grand_minor=2_500 - discount_minor,
        ),
        coupons=coupons,
    )


def a_book(amount_minor: int, sku: str = "BOOK") -> tuple[Command, ...]:
    """Put another product on sale, untaxed and with the tax on top of nothing."""
    return (
        a_product(sku=sku, name="Book", tax_class="zero", requires_shipping=False),
        an_activation(sku=sku),
        a_price(sku=sku, price_id=f"p-{sku}", amount_minor=amount_minor, tax_included=False),
    )


def placed(*past: Command, order: Command) -> OrderPlaced:
    streams = Streams()
    for step in (*a_shop(), *past):
        streams.carry_out(step)
    (event,) = streams.decide(order)
    assert isinstance(event, OrderPlaced)
    return event


def test_succeeds_with_a_part_taken_off() -> None:
    given(*a_shop(), a_coupon()).when(with_coupon()).then(
        a_discounted_order(250, tax_minor=375, coupons=(applied(250),))
    )


def test_succeeds_with_an_amount_taken_off() -> None:
    given(*a_shop(), a_coupon(**FIVE_OFF)).when(with_coupon()).then(
        a_discounted_order(500, tax_minor=333, coupons=(applied(500),))
    )


def test_succeeds_with_no_more_taken_off_than_there_is() -> None:
    for terms in ({**FIVE_OFF, "value": 2_501}, {"value": 1_000_000}):
        order = a_discounted_order(2_500, tax_minor=0, coupons=(applied(2_500),))
        given(*a_shop(), a_coupon(**terms)).when(with_coupon()).then(replace(order, pay_by=None))


def test_succeeds_with_the_redemption_that_the_order_will_ask_for() -> None:
    assert applied(1).redemption_id == REDEMPTION_ID == "0dd686e4-3c48-5665-a71a-bd3b9691e407"
    assert redemption_id_of("another", CODE) != REDEMPTION_ID != redemption_id_of(ORDER_ID, "X")


def test_succeeds_with_free_delivery() -> None:
    given(*a_shop(), a_coupon(**FREE)).when(with_coupon(shipping_method="standard")).then(
        a_placed_order(
            shipping_method="standard",
            shipping_lines=(a_shipping_line(discount_minor=395, tax_minor=0, total_minor=0),),
            coupons=(applied(395),),
        )
    )


def test_succeeds_with_free_delivery_at_an_agreed_amount_and_with_tax_on_top() -> None:
    agreed = placed(a_coupon(**FREE), order=with_coupon(actor=STAFF, agreed_shipping_minor=70))
    on_top = placed(a_coupon(**FREE), order=with_coupon(shipping_method="pallet"))
    for order, amount_minor in ((agreed, 70), (on_top, 4_999)):
        (delivery,) = order.shipping_lines
        assert (delivery.amount_minor, delivery.discount_minor) == (amount_minor, amount_minor)
        assert (delivery.tax_minor, delivery.total_minor) == (0, 0)
        assert order.totals == a_placed_order().totals
        assert order.coupons == (applied(amount_minor),)


def test_succeeds_with_several_each_on_what_is_left() -> None:
    past = (
        a_coupon(stackable=True),
        a_coupon(code="FIVE", stackable=True, **FIVE_OFF),
        a_coupon(code="FREE", stackable=True, **FREE),
    )
    given(*a_shop(), *past[:2]).when(with_coupon(CODE, "FIVE")).then(
        a_discounted_order(250, 500, tax_minor=292, coupons=(applied(250), applied(500, "FIVE")))
    )
    given(*a_shop(), *past[:2]).when(with_coupon("FIVE", CODE)).then(
        a_discounted_order(500, 200, tax_minor=300, coupons=(applied(500, "FIVE"), applied(200)))
    )
    order = placed(*past, order=with_coupon("FREE", CODE, "FIVE", shipping_method="standard"))
    assert [line.discounts_minor for line in order.lines] == [(250, 500)]
    assert order.coupons == (applied(395, "FREE"), applied(250), applied(500, "FIVE"))


def test_succeeds_alone_with_a_coupon_that_is_stackable() -> None:
    given(*a_shop(), a_coupon(stackable=True)).when(with_coupon()).then(
        a_discounted_order(250, tax_minor=375, coupons=(applied(250),))
    )


def test_takes_something_off_the_lines_of_its_products_only() -> None:
    lines = (a_line(), a_line(line_id="2", sku="BOOK", quantity=3), a_line(line_id="3"))
    past = (
        *a_book(333),
        a_coupon(skus=("BOOK", "PEN"), stackable=True),
        a_coupon(code="ALL", stackable=True),
    )
    order = placed(*past, order=with_coupon(CODE, "ALL", lines=lines))
    # 10 % of 999 is 99.9; then 10 % of 2,500 + 899 + 2,500 is 589.9.
    assert [line.discounts_minor for line in order.lines] == [(250,), (100, 90), (250,)]
    assert order.coupons == (applied(100), applied(590, "ALL"))
    assert [line.total_minor for line in order.lines] == [2_250, 809, 2_250]


def test_spreads_by_largest_remainder_of_equal_ones_to_the_smaller_line_id() -> None:
    lines = tuple(a_line(line_id=each, sku="PEN", quantity=1) for each in ("c", "a", "b"))
    past = (*a_book(333, "PEN"), a_coupon(**FIVE_OFF))
    order = placed(*past, order=with_coupon(lines=lines))
    # 500 / 3 = 166.67: two units more for a and b.
    assert [line.discounts_minor for line in order.lines] == [(166,), (167,), (167,)]


def test_a_line_of_which_nothing_is_taken_has_no_discount() -> None:
    lines = (a_line(line_id="1", sku="PEN", quantity=1), a_line(line_id="2"))
    order = placed(*a_book(1, "PEN"), a_coupon(), order=with_coupon(lines=lines))
    assert [line.discounts_minor for line in order.lines] == [(), (250,)]


def test_a_free_line_costs_nothing_still() -> None:
    lines = (a_line(line_id="1", sku="PEN", quantity=5), a_line(line_id="2"))
    order = placed(*a_book(0, "PEN"), a_coupon(**FIVE_OFF), order=with_coupon(lines=lines))
    assert [line.discounts_minor for line in order.lines] == [(), (500,)]


def test_tax_on_top_is_on_what_is_left_whatever_the_rounding_level() -> None:
    shop = (*a_shop()[:2], a_price(tax_included=False), a_shop()[3])
    for level in RoundingLevel:
        streams = Streams()
        for step in (*shop, a_coupon()):
            streams.carry_out(step)
        policy = replace(POLICY, rounding_level=level)
        (order,) = streams.decide(with_coupon(policy=policy))
        assert isinstance(order, OrderPlaced)
        assert order.totals == Totals(
            subtotal_minor=2_500,
            discount_minor=250,
            shipping_minor=0,
            tax_minor=450,
            grand_minor=2_700,
        )


def test_takes_something_off_an_agreed_price() -> None:
    line = a_line(agreed_unit_price_minor=1_000, agreed_price_reason="bargain")
    order = placed(a_coupon(), order=with_coupon(actor=STAFF, lines=(line,)))
    assert [line.discounts_minor for line in order.lines] == [(200,)]


def test_the_minimum_is_what_the_goods_are_worth_before_discounts() -> None:
    terms: dict[str, object] = {"currency": "GBP", "min_subtotal_minor": 2_500, "stackable": True}
    past = (a_coupon(**terms), a_coupon(code="TOO", **terms))
    order = placed(*past, order=with_coupon(CODE, "TOO"))
    assert order.coupons == (applied(250), applied(225, "TOO"))


@pytest.mark.parametrize("placed_at", [STARTS_AT, ENDS_AT - AN_INSTANT])
def test_counts_at_the_business_time_of_the_order(placed_at: datetime) -> None:
    order = with_coupon(actor=STAFF, asked_at=ENDS_AT + DAY, occurred_at=placed_at)
    assert placed(a_coupon(), order=order).coupons == (applied(250),)
    assert placed(a_coupon(), a_coupon_expiry(), order=order).coupons == (applied(250),)


def test_a_place_that_was_given_back_may_be_hoped_for_again() -> None:
    past = (
        a_coupon(max_redemptions=1, max_per_customer=1),
        a_redemption(redemption_id="r1"),
        a_redemption_release(redemption_id="r1"),
    )
    assert placed(*past, order=with_coupon()).coupons == (applied(250),)


def test_repeated_with_the_same_fingerprint_has_nothing_to_do_though_the_coupon_is_gone() -> None:
    past = (*a_shop(), a_coupon(), with_coupon(), a_pause())
    given(*past).when(with_coupon()).then_nothing()


TAKEN = a_redemption(redemption_id="r1", order_id="another")
TAKEN_BY_ANOTHER = replace(TAKEN, customer_id=OTHER_CUSTOMER_ID)


@pytest.mark.parametrize(
    ("past", "error"),
    [
        ((), CouponNotFound),
        ((a_coupon(currency="EUR"),), CouponCurrencyMismatch),
        ((a_coupon(starts_at=NOW + AN_INSTANT),), CouponNotActive),
        ((a_coupon(ends_at=NOW),), CouponNotActive),
        ((a_coupon(), a_pause()), CouponNotActive),
        ((a_coupon(max_redemptions=1), TAKEN_BY_ANOTHER), CouponExhausted),
        ((a_coupon(max_per_customer=1), TAKEN), CouponCustomerLimit),
        ((a_coupon(min_subtotal_minor=2_501, currency="GBP"),), CouponMinNotMet),
        ((a_coupon(skus=("BOOK",)),), CouponNotApplicable),
        ((a_coupon(value=199),), CouponNotApplicable),  # 0.4975 of a penny
        ((a_coupon(**FREE),), CouponNotApplicable),
    ],
)
def test_refused_with_a_coupon_that_does_not_count(
    past: tuple[Command, ...], error: type[Refusal]
) -> None:
    refusal = given(*a_shop(), *past).when(with_coupon()).then_refused(error)
    assert refusal.items == ({"pointer": "/coupon_codes/0", "coupon": CODE},)


def test_refused_with_a_coupon_twice() -> None:
    codes = (CODE, "FIVE", CODE, CODE)
    refusal = (
        given(*a_shop(), a_coupon(stackable=True))
        .when(with_coupon(*codes))
        .then_refused(CouponAlreadyApplied)
    )
    assert [item["pointer"] for item in refusal.items] == ["/coupon_codes/2", "/coupon_codes/3"]


def test_refused_with_several_unless_all_are_stackable() -> None:
    past = (*a_shop(), a_coupon(stackable=True), a_coupon(code="ALONE"))
    refusal = given(*past).when(with_coupon(CODE, "ALONE")).then_refused(CouponNotStackable)
    assert refusal.items == ({"pointer": "/coupon_codes/1", "coupon": "ALONE"},)


def test_refused_with_all_coupons_that_do_not_count_for_the_same_reason() -> None:
    past = (
        *a_shop(),
        a_coupon(stackable=True, ends_at=NOW),
        a_coupon(code="FIVE", stackable=True),
        a_coupon(code="FREE", stackable=True, starts_at=NOW + DAY, **FREE),
    )
    refusal = given(*past).when(with_coupon(CODE, "FIVE", "FREE")).then_refused(CouponNotActive)
    assert [item["coupon"] for item in refusal.items] == [CODE, "FREE"]


def test_refused_where_another_coupon_has_left_nothing() -> None:
    everything = a_coupon(code="ALL", value=1_000_000, stackable=True)
    past = (*a_shop(), everything, a_coupon(stackable=True))
    refusal = given(*past).when(with_coupon("ALL", CODE)).then_refused(CouponNotApplicable)
    assert refusal.items == ({"pointer": "/coupon_codes/1", "coupon": CODE},)
    free = (*a_shop(), *(a_coupon(code=code, stackable=True, **FREE) for code in ("F1", "F2")))
    order = with_coupon("F1", "F2", shipping_method="standard")
    refusal = given(*free).when(order).then_refused(CouponNotApplicable)
    assert refusal.items == ({"pointer": "/coupon_codes/1", "coupon": "F2"},)


def test_refused_with_free_delivery_where_it_costs_nothing() -> None:
    order = with_coupon(CODE, "FREE", actor=STAFF, agreed_shipping_minor=0)
    past = (*a_shop(), a_coupon(stackable=True), a_coupon(code="FREE", stackable=True, **FREE))
    refusal = given(*past).when(order).then_refused(CouponNotApplicable)
    assert refusal.items == ({"pointer": "/coupon_codes/1", "coupon": "FREE"},)


def test_refused_with_another_total_than_the_discount_leaves() -> None:
    past = (*a_shop(), a_coupon())
    given(*past).when(with_coupon(expected_total_minor=2_500)).then_refused(PriceChanged)
    given(*past).when(with_coupon(expected_total_minor=2_250)).then(
        a_discounted_order(250, tax_minor=375, coupons=(applied(250),))
    )


def test_refuses_in_the_documented_order() -> None:
    """An order and its coupons with every fault at once, mended one by one."""
    order = an_order(
        coupon_codes=(CODE, "NOBODYS", CODE),
        lines=(a_line(expected_unit_price_minor=1),),
        shipping_address=None,
        shipping_method="drone",
    )
    worst: dict[str, object] = {
        "currency": "EUR",
        "min_subtotal_minor": 9_999,
        "skus": ("BOOK",),
        "max_redemptions": 1,
        "max_per_customer": 1,
        "ends_at": NOW,
    }
    taken = replace(TAKEN, currency="EUR", placed_at=STARTS_AT)
    steps: list[tuple[type[Refusal], dict[str, object], dict[str, object]]] = [
        (PriceChanged, {"lines": (a_line(),)}, {}),
        (CouponAlreadyApplied, {"coupon_codes": (CODE, "NOBODYS")}, {}),
        (CouponNotFound, {"coupon_codes": (CODE, "ALSO")}, {}),
        (CouponNotStackable, {"coupon_codes": (CODE,)}, {}),
        (CouponCurrencyMismatch, {}, {"currency": "GBP"}),
        (CouponNotActive, {}, {"ends_at": ENDS_AT}),
        (CouponExhausted, {}, {"max_redemptions": None}),
        (CouponCustomerLimit, {}, {"max_per_customer": None}),
        (CouponMinNotMet, {}, {"min_subtotal_minor": None}),
        (CouponNotApplicable, {}, {"skus": (SKU,)}),
        (AddressRequired, {"shipping_address": an_order().shipping_address}, {}),
        (ShippingMethodNotApplicable, {"shipping_method": None}, {}),
    ]
    for error, of_order, of_coupon in steps:
        past = (a_coupon(**worst), replace(taken, currency=worst["currency"]))
        given(*a_shop(), *past, a_coupon(code="ALSO")).when(order).then_refused(error)
        order, worst = replace(order, **of_order), {**worst, **of_coupon}
    given(*a_shop(), a_coupon(**worst), order).when(order).then_nothing()


def test_no_more_can_be_taken_off_than_a_line_or_the_delivery_costs() -> None:
    """A guard against a bug in the discounts."""
    streams = Streams()
    for step in a_shop():
        streams.carry_out(step)
    product = as_product(streams.states[f"product-{SKU}"])
    assert product is not None
    price = product.price_at("retail", "GBP", NOW)
    assert price is not None
    offer = (a_line(), product, price, 1_250)
    delivery = ShippingCharge(None, 10, 11, "zero", tax_included=True)
    for discounts, charge in (((2_000, 501), None), ((2_000, 500), delivery)):
        with pytest.raises(DiscountExceedsLine):
            price_offers([offer], [discounts], charge, POLICY, "GB")
