"""PlaceOrder: succeeds, refused, repeated. The half about lines is in test_place_order_lines.py."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commands.place_order import PlaceOrder
from domain.errors import (
    AddressRequired,
    AmountInvalid,
    AmountOutOfRange,
    CouponNotFound,
    CurrencyUnsupported,
    CustomerIsBlocked,
    Forbidden,
    OccurredAtInFuture,
    OrderAlreadyExists,
    OrderCustomerUnknown,
    PriceChanged,
    ProductNotFound,
    QuantityInvalid,
    Refusal,
    ShippingMethodNotApplicable,
    TaxRateUnknown,
)
from domain.fold import as_order
from domain.order_parts import OrderPersonal, Origin, OriginKind, Totals
from domain.policy import RoundingLevel
from tests.examples import (
    ADDRESS,
    CARRIER,
    DAY,
    IMPORT,
    MINUTE,
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER,
    OTHER_CUSTOMER_ID,
    POLICY,
    STAFF,
    SYSTEM,
    a_block,
    a_cancellation,
    a_customer,
    a_discontinuation,
    a_line,
    a_placed_order,
    a_price,
    a_product,
    a_shipping_line,
    a_shop,
    a_sold_line,
    an_activation,
    an_order,
    an_unblock,
)
from tests.specification import Streams, given

GERMANY = replace(ADDRESS, city="Berlin", country="DE")
FRANCE = replace(ADDRESS, city="Paris", country="FR")


def test_succeeds_for_a_customer_on_the_web() -> None:
    given(*a_shop()).when(an_order()).then(a_placed_order())


def test_succeeds_and_keeps_everything_that_was_said() -> None:
    given(*a_shop()).when(
        an_order(
            billing_address=GERMANY,
            note="a present",
            payment_method_ref="pm_1",
            allow_backorder=True,
            allow_split=True,
            channel="app-ios",
            country="Great Britain",
        )
    ).then(
        a_placed_order(
            channel="app-ios",
            country="Great Britain",
            payment_method_ref="pm_1",
            allow_backorder=True,
            allow_split=True,
            personal=OrderPersonal(
                shipping_address=ADDRESS, billing_address=GERMANY, note="a present"
            ),
        )
    )


def test_succeeds_with_a_shipping_method() -> None:
    given(*a_shop()).when(an_order(shipping_method="standard")).then(
        a_placed_order(
            shipping_method="standard",
            shipping_lines=(a_shipping_line(),),
            totals=Totals(
                subtotal_minor=2_500,
                discount_minor=0,
                shipping_minor=395,
                tax_minor=483,
                grand_minor=2_895,
            ),
        )
    )


def test_succeeds_with_a_shipping_method_with_tax_on_top() -> None:
    given(*a_shop()).when(an_order(shipping_method="pallet")).then(
        a_placed_order(
            shipping_method="pallet",
            shipping_lines=(
                a_shipping_line(
                    method="pallet",
                    amount_minor=4_999,
                    tax_included=False,
                    tax_minor=1_000,
                    total_minor=5_999,
                ),
            ),
            totals=Totals(
                subtotal_minor=2_500,
                discount_minor=0,
                shipping_minor=4_999,
                tax_minor=1_417,
                grand_minor=8_499,
            ),
        )
    )


def test_succeeds_as_an_import_of_the_past_without_an_address() -> None:
    given(*a_shop()).when(
        an_order(
            actor=SYSTEM,
            origin=IMPORT,
            channel="import",
            country="EIRE",
            shipping_address=None,
            agreed_shipping_minor=1_800,
            occurred_at=NOW - 30 * DAY,
            policy=replace(POLICY, tax_ppm={("standard", "*"): 0, ("zero", "*"): 0}),
        )
    ).then(
        a_placed_order(
            origin=IMPORT,
            channel="import",
            country="EIRE",
            placed_at=NOW - 30 * DAY,
            lines=(a_sold_line(tax_ppm=0, tax_minor=0),),
            shipping_lines=(
                a_shipping_line(
                    method=None,
                    amount_minor=1_800,
                    tax_class="zero",
                    tax_ppm=0,
                    tax_minor=0,
                    total_minor=1_800,
                ),
            ),
            totals=Totals(
                subtotal_minor=2_500,
                discount_minor=0,
                shipping_minor=1_800,
                tax_minor=0,
                grand_minor=4_300,
            ),
            personal=None,
            pay_by=None,
        )
    )


def test_succeeds_with_an_agreed_amount_instead_of_the_price_of_the_method() -> None:
    order = an_order(
        actor=STAFF, shipping_method="standard", agreed_shipping_minor=0, currency="EUR"
    )
    shop = (*a_shop(), a_price(price_id="p2", currency="EUR"))
    given(*shop).when(order).then(
        a_placed_order(
            currency="EUR",
            lines=(a_sold_line(price_id="p2"),),
            shipping_method="standard",
            shipping_lines=(
                a_shipping_line(
                    method=None,
                    amount_minor=0,
                    tax_class="zero",
                    tax_ppm=0,
                    tax_minor=0,
                    total_minor=0,
                ),
            ),
        )
    )


def test_succeeds_with_an_agreed_amount_taxed_as_the_policy_says() -> None:
    order = an_order(
        actor=STAFF,
        agreed_shipping_minor=600,
        policy=replace(POLICY, shipping_tax_class="standard"),
    )
    given(*a_shop()).when(order).then(
        a_placed_order(
            shipping_lines=(
                a_shipping_line(method=None, amount_minor=600, tax_minor=100, total_minor=600),
            ),
            totals=Totals(
                subtotal_minor=2_500,
                discount_minor=0,
                shipping_minor=600,
                tax_minor=517,
                grand_minor=3_100,
            ),
        )
    )


def test_succeeds_with_the_tax_of_the_country_of_the_address() -> None:
    given(*a_shop()).when(an_order(shipping_address=GERMANY)).then(
        a_placed_order(
            lines=(a_sold_line(tax_ppm=190_000, tax_minor=399),),
            totals=Totals(
                subtotal_minor=2_500,
                discount_minor=0,
                shipping_minor=0,
                tax_minor=399,
                grand_minor=2_500,
            ),
            personal=OrderPersonal(shipping_address=GERMANY),
        )
    )


def test_succeeds_without_an_address_when_nothing_is_shipped() -> None:
    shop = (a_product(requires_shipping=False), *a_shop()[1:])
    given(*shop).when(an_order(shipping_address=None)).then(a_placed_order(personal=None))


def test_succeeds_with_tax_rounded_once_per_order() -> None:
    lines = tuple(a_line(line_id=str(number), quantity=1) for number in range(3))
    order = an_order(lines=lines, policy=replace(POLICY, rounding_level=RoundingLevel.ORDER))
    shop = (*a_shop()[:2], a_price(amount_minor=102, tax_included=False), a_shop()[3])
    sold = a_sold_line(
        quantity=1,
        unit_price_minor=102,
        catalogue_unit_price_minor=102,
        tax_included=False,
        gross_minor=102,
        net_minor=102,
    )
    given(*shop).when(order).then(
        a_placed_order(
            lines=(
                replace(sold, line_id="0", tax_minor=21, total_minor=123),
                replace(sold, line_id="1", tax_minor=20, total_minor=122),
                replace(sold, line_id="2", tax_minor=20, total_minor=122),
            ),
            totals=Totals(
                subtotal_minor=306,
                discount_minor=0,
                shipping_minor=0,
                tax_minor=61,
                grand_minor=367,
            ),
        )
    )


def test_succeeds_up_to_the_tolerance_ahead_of_our_clock() -> None:
    later = NOW + 5 * MINUTE
    given(*a_shop()).when(an_order(actor=STAFF, occurred_at=later)).then(
        a_placed_order(placed_at=later)
    )
    given(*a_shop()).when(
        an_order(actor=STAFF, occurred_at=later + timedelta(microseconds=1))
    ).then_refused(OccurredAtInFuture)


def test_waits_for_the_money_as_long_as_the_policy_says() -> None:
    policy = replace(POLICY, pay_by=MINUTE, transfer_pay_by=DAY)
    for reference, pay_by in (
        (None, NOW + MINUTE),
        ("pm_1", NOW + MINUTE),
        ("my-transfer", NOW + MINUTE),
        ("transfer", NOW + DAY),
        ("transfer_7", NOW + DAY),
    ):
        given(*a_shop()).when(an_order(payment_method_ref=reference, policy=policy)).then(
            a_placed_order(payment_method_ref=reference, pay_by=pay_by)
        )


def test_waits_from_when_it_was_asked_for_whenever_the_order_was_placed() -> None:
    order = an_order(actor=STAFF, occurred_at=NOW - 30 * DAY)
    given(*a_shop()).when(order).then(a_placed_order(placed_at=NOW - 30 * DAY))


def test_waits_for_the_price_of_the_delivery_alone() -> None:
    line = a_line(agreed_unit_price_minor=0, agreed_price_reason="replacement")
    order = an_order(actor=STAFF, lines=(line,), shipping_method="standard")
    streams = Streams()
    for step in (*a_shop(), order):
        streams.carry_out(step)
    placed = as_order(streams.states[f"order-{ORDER_ID}"])
    assert placed is not None
    assert (placed.totals.grand_minor, placed.pay_by) == (395, NOW + 15 * MINUTE)


def test_repeated_with_the_same_fingerprint_has_nothing_to_do_whatever_changed() -> None:
    past = (
        *a_shop(),
        an_order(),
        a_price(price_id="p2", amount_minor=9_999, valid_from=NOW),
        a_discontinuation(),
        a_cancellation(),
    )
    again = an_order(order_number="W26-0009999-X", asked_at=NOW + DAY)
    given(*past).when(again).then_nothing()


def test_refuses_an_order_id_that_was_used_with_another_body() -> None:
    other = an_order(fingerprint="fingerprint-2", lines=())
    given(*a_shop(), an_order()).when(other).then_refused(OrderAlreadyExists)


def test_refuses_an_unknown_customer() -> None:
    given(*a_shop()[:3]).when(an_order()).then_refused(OrderCustomerUnknown)


def test_refuses_a_blocked_customer_until_he_is_unblocked() -> None:
    given(*a_shop(), a_block()).when(an_order()).then_refused(CustomerIsBlocked)
    given(*a_shop(), a_block()).when(an_order(actor=STAFF)).then_refused(CustomerIsBlocked)
    given(*a_shop(), a_block(), an_unblock()).when(an_order()).then(a_placed_order())


def test_refuses_a_customer_who_orders_for_another() -> None:
    past = (*a_shop(), a_customer(customer_id=OTHER_CUSTOMER_ID, email_claim=None))
    given(*past).when(an_order(actor=OTHER_CUSTOMER)).then_refused(OrderCustomerUnknown)


def test_refuses_whoever_is_neither_customer_nor_shop() -> None:
    given(*a_shop()).when(an_order(actor=CARRIER)).then_refused(Forbidden)


def test_refuses_the_fields_of_the_shop_to_customers_and_lists_them() -> None:
    order = an_order(
        lines=(
            a_line(),
            a_line(line_id="2", agreed_unit_price_minor=0),
            a_line(line_id="3", agreed_price_reason="because"),
        ),
        agreed_shipping_minor=0,
        occurred_at=NOW,
        origin=Origin(kind=OriginKind.STAFF),
    )
    refusal = given(*a_shop()).when(order).then_refused(Forbidden)
    assert refusal.items == (
        {"pointer": "/lines/1/agreed_unit_price_minor"},
        {"pointer": "/lines/2/agreed_price_reason"},
        {"pointer": "/agreed_shipping_minor"},
        {"pointer": "/occurred_at"},
        {"pointer": "/origin/kind"},
    )


def test_refuses_what_is_no_currency() -> None:
    given(*a_shop()).when(an_order(currency="XXX")).then_refused(CurrencyUnsupported)


def test_refuses_agreed_shipping_below_zero() -> None:
    refusal = (
        given(*a_shop())
        .when(an_order(actor=STAFF, agreed_shipping_minor=-1))
        .then_refused(AmountInvalid)
    )
    assert refusal.items == ({"pointer": "/agreed_shipping_minor"},)


def test_refuses_to_ship_without_an_address() -> None:
    past = (
        *a_shop(),
        a_product(sku="EBOOK", requires_shipping=False),
        an_activation(sku="EBOOK"),
        a_price(sku="EBOOK"),
    )
    order = an_order(
        lines=(a_line(sku="EBOOK"), a_line(line_id="2")), shipping_address=None, actor=STAFF
    )
    refusal = given(*past).when(order).then_refused(AddressRequired)
    assert refusal.items == ({"pointer": "/shipping_address"},)


@pytest.mark.parametrize(
    "order",
    [
        an_order(shipping_method="drone"),
        an_order(shipping_method="pallet", shipping_address=GERMANY),
        an_order(shipping_method="pallet", shipping_address=GERMANY, agreed_shipping_minor=1),
    ],
)
def test_refuses_a_method_that_does_not_exist_or_serve(order: PlaceOrder) -> None:
    given(*a_shop()).when(replace(order, actor=STAFF)).then_refused(ShippingMethodNotApplicable)


def test_refuses_a_method_without_a_price_in_the_currency() -> None:
    past = (*a_shop(), a_price(price_id="p2", currency="EUR"))
    order = an_order(currency="EUR", shipping_method="standard")
    given(*past).when(order).then_refused(ShippingMethodNotApplicable)


def test_serves_the_country_of_the_order_when_there_is_no_address() -> None:
    shop = (a_product(requires_shipping=False), *a_shop()[1:])
    order = an_order(shipping_address=None, shipping_method="pallet", country="FR")
    given(*shop).when(order).then_refused(ShippingMethodNotApplicable)


def test_refuses_a_country_without_a_tax_rate() -> None:
    given(*a_shop()).when(an_order(shipping_address=FRANCE)).then_refused(TaxRateUnknown)


def test_refuses_a_total_out_of_range_by_its_shipping_alone() -> None:
    order = an_order(actor=STAFF, agreed_shipping_minor=2**53 - 1)
    given(*a_shop()).when(order).then_refused(AmountOutOfRange)


def test_compares_the_expected_total_with_shipping_included() -> None:
    order = an_order(shipping_method="standard", expected_total_minor=2_500)
    refusal = given(*a_shop()).when(order).then_refused(PriceChanged)
    assert refusal.items == (
        {"pointer": "/expected_total_minor", "expected": 2_500, "actual": 2_895},
    )


def test_refuses_in_the_documented_order() -> None:
    """An order with every fault at once, mended one by one."""
    line = a_line(sku="NOBODYS", quantity=0, expected_unit_price_minor=1)
    order = an_order(
        actor=CARRIER,
        currency="XXX",
        lines=(line,),
        occurred_at=NOW + DAY,
        agreed_shipping_minor=-1,
        coupon_codes=("SPRING",),
        shipping_address=None,
        shipping_method="drone",
        country="FR",
        expected_total_minor=1,
    )
    mended = replace(line, quantity=1)
    steps: list[tuple[type[Refusal], dict[str, object]]] = [
        (Forbidden, {"actor": STAFF}),
        (CurrencyUnsupported, {"currency": "GBP"}),
        (QuantityInvalid, {"lines": (mended,)}),
        (OccurredAtInFuture, {"occurred_at": None}),
        (AmountInvalid, {"agreed_shipping_minor": None}),
        (OrderCustomerUnknown, {"customer_id": OTHER_CUSTOMER_ID}),
        (ProductNotFound, {"lines": (a_line(expected_unit_price_minor=1),)}),
        (PriceChanged, {"lines": (a_line(),)}),
        (CouponNotFound, {"coupon_codes": ()}),
        (AddressRequired, {"shipping_address": FRANCE}),
        (ShippingMethodNotApplicable, {"shipping_method": None}),
        (TaxRateUnknown, {"shipping_address": ADDRESS}),
        (PriceChanged, {"expected_total_minor": None}),
    ]
    shop = (*a_shop()[:3], a_customer(customer_id=OTHER_CUSTOMER_ID))
    for error, fields in steps:
        given(*shop).when(order).then_refused(error)
        order = replace(order, **fields)
    given(*shop, order).when(order).then_nothing()
