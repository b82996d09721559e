"""PlaceOrder, the half about lines: which may be sold, and at which price?"""

import pytest

from commands.order_lines import LINES_PER_ORDER_MAX, QUANTITY_MAX
from commands.place_order import PlaceOrder
from commands.set_price import SetPrice
from domain.errors import (
    AmountInvalid,
    AmountOutOfRange,
    DuplicateLineId,
    EmptyOrder,
    PriceChanged,
    PriceNotAvailable,
    ProductNotFound,
    ProductNotSellable,
    QuantityInvalid,
    ReasonRequired,
    Refusal,
    TooManyLines,
)
from domain.order_parts import Totals
from tests.examples import (
    DAY,
    IMPORT,
    NOW,
    SKU,
    STAFF,
    a_discontinuation,
    a_line,
    a_placed_order,
    a_price,
    a_price_withdrawal,
    a_product,
    a_shop,
    a_sold_line,
    an_activation,
    an_order,
)
from tests.specification import given


def test_succeeds_with_two_lines_of_one_sku_at_two_prices() -> None:
    lines = (
        a_line(quantity=1),
        a_line(
            line_id="2", quantity=3, agreed_unit_price_minor=999, agreed_price_reason="historical"
        ),
    )
    given(*a_shop()).when(an_order(actor=STAFF, lines=lines)).then(
        a_placed_order(
            lines=(
                a_sold_line(
                    quantity=1,
                    gross_minor=1_250,
                    net_minor=1_250,
                    tax_minor=208,
                    total_minor=1_250,
                ),
                a_sold_line(
                    line_id="2",
                    quantity=3,
                    unit_price_minor=999,
                    catalogue_unit_price_minor=1_250,
                    agreed_price_reason="historical",
                    gross_minor=2_997,
                    net_minor=2_997,
                    tax_minor=499,
                    total_minor=2_997,
                ),
            ),
            totals=Totals(
                subtotal_minor=4_247,
                discount_minor=0,
                shipping_minor=0,
                tax_minor=707,
                grand_minor=4_247,
            ),
        )
    )


def test_succeeds_with_tax_on_top() -> None:
    shop = (*a_shop()[:2], a_price(tax_included=False, amount_minor=333), a_shop()[3])
    given(*shop).when(an_order(lines=(a_line(quantity=1),))).then(
        a_placed_order(
            lines=(
                a_sold_line(
                    quantity=1,
                    unit_price_minor=333,
                    catalogue_unit_price_minor=333,
                    tax_included=False,
                    gross_minor=333,
                    net_minor=333,
                    tax_minor=67,
                    total_minor=400,
                ),
            ),
            totals=Totals(
                subtotal_minor=333,
                discount_minor=0,
                shipping_minor=0,
                tax_minor=67,
                grand_minor=400,
            ),
        )
    )


def test_succeeds_at_an_agreed_price_of_nothing() -> None:
    line = a_line(agreed_unit_price_minor=0, agreed_price_reason="replacement")
    given(*a_shop()).when(an_order(actor=STAFF, lines=(line,))).then(
        a_placed_order(
            lines=(
                a_sold_line(
                    unit_price_minor=0,
                    agreed_price_reason="replacement",
                    gross_minor=0,
                    net_minor=0,
                    tax_minor=0,
                    total_minor=0,
                ),
            ),
            totals=Totals(
                subtotal_minor=0, discount_minor=0, shipping_minor=0, tax_minor=0, grand_minor=0
            ),
            pay_by=None,
        )
    )


def test_succeeds_and_drops_a_reason_without_an_agreed_price() -> None:
    line = a_line(agreed_price_reason="just so")
    given(*a_shop()).when(an_order(actor=STAFF, lines=(line,))).then(a_placed_order())


def test_succeeds_at_the_price_of_its_moment() -> None:
    shop = (*a_shop(), a_price(price_id="p2", amount_minor=1_300, valid_from=NOW))
    dearer = a_placed_order(
        lines=(
            a_sold_line(
                price_id="p2",
                unit_price_minor=1_300,
                catalogue_unit_price_minor=1_300,
                gross_minor=2_600,
                net_minor=2_600,
                tax_minor=433,
                total_minor=2_600,
            ),
        ),
        totals=Totals(
            subtotal_minor=2_600,
            discount_minor=0,
            shipping_minor=0,
            tax_minor=433,
            grand_minor=2_600,
        ),
    )
    given(*shop).when(an_order()).then(dearer)
    given(*shop).when(an_order(actor=STAFF, occurred_at=NOW - DAY)).then(
        a_placed_order(placed_at=NOW - DAY)
    )


def test_succeeds_with_the_expected_price_and_total() -> None:
    order = an_order(lines=(a_line(expected_unit_price_minor=1_250),), expected_total_minor=2_500)
    given(*a_shop()).when(order).then(a_placed_order())


def test_refuses_no_lines_and_too_many() -> None:
    assert LINES_PER_ORDER_MAX == 2_000
    given(*a_shop()).when(an_order(lines=())).then_refused(EmptyOrder)
    lines = tuple(a_line(line_id=str(number)) for number in range(LINES_PER_ORDER_MAX + 1))
    given(*a_shop()).when(an_order(lines=lines)).then_refused(TooManyLines)


def test_succeeds_with_the_most_lines_and_the_largest_quantity() -> None:
    lines = tuple(
        a_line(line_id=str(number), quantity=QUANTITY_MAX) for number in range(LINES_PER_ORDER_MAX)
    )
    grand_minor = LINES_PER_ORDER_MAX * QUANTITY_MAX * 1_250
    order = an_order(lines=lines, expected_total_minor=grand_minor)
    given(*a_shop(), order).when(order).then_nothing()


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_refuses_quantities_out_of_range_and_lists_them(quantity: int) -> None:
    lines = (a_line(), a_line(line_id="2", quantity=quantity))
    refusal = given(*a_shop()).when(an_order(lines=lines)).then_refused(QuantityInvalid)
    assert refusal.items == ({"line_id": "2", "sku": SKU, "pointer": "/lines/1/quantity"},)


def test_refuses_repeated_line_ids_and_lists_them() -> None:
    lines = (a_line(), a_line(line_id="2"), a_line(), a_line())
    refusal = given(*a_shop()).when(an_order(lines=lines)).then_refused(DuplicateLineId)
    assert refusal.items == (
        {"line_id": "1", "sku": SKU, "pointer": "/lines/2/line_id"},
        {"line_id": "1", "sku": SKU, "pointer": "/lines/3/line_id"},
    )


def test_refuses_agreed_prices_without_a_reason_and_lists_them() -> None:
    lines = (
        a_line(agreed_unit_price_minor=1),
        a_line(line_id="2"),
        a_line(line_id="3", agreed_unit_price_minor=1, agreed_price_reason=""),
        a_line(line_id="4", agreed_unit_price_minor=1, agreed_price_reason="historical"),
    )
    refusal = given(*a_shop()).when(an_order(actor=STAFF, lines=lines)).then_refused(ReasonRequired)
    assert refusal.items == (
        {"line_id": "1", "sku": SKU, "pointer": "/lines/0/agreed_price_reason"},
        {"line_id": "3", "sku": SKU, "pointer": "/lines/2/agreed_price_reason"},
    )


def test_refuses_agreed_prices_below_zero() -> None:
    line = a_line(agreed_unit_price_minor=-1, agreed_price_reason="gift")
    refusal = (
        given(*a_shop()).when(an_order(actor=STAFF, lines=(line,))).then_refused(AmountInvalid)
    )
    assert refusal.items == (
        {"line_id": "1", "sku": SKU, "pointer": "/lines/0/agreed_unit_price_minor"},
    )


def test_refuses_an_agreed_price_without_a_catalogue_price() -> None:
    line = a_line(agreed_unit_price_minor=1, agreed_price_reason="historical")
    order = an_order(actor=STAFF, lines=(line,), currency="EUR")
    given(*a_shop()).when(order).then_refused(PriceNotAvailable)


def test_refuses_all_lines_that_cannot_be_sold_each_with_its_code() -> None:
    past = (
        *a_shop(),
        a_product(sku="DRAFT"),
        a_product(sku="GONE"),
        an_activation(sku="GONE"),
        a_discontinuation(sku="GONE"),
        a_product(sku="PRICELESS"),
        an_activation(sku="PRICELESS"),
    )
    skus = (SKU, "DRAFT", "NOBODYS", "GONE", "PRICELESS")
    lines = tuple(a_line(line_id=sku.lower(), sku=sku) for sku in skus)
    refusal = given(*past).when(an_order(lines=lines)).then_refused(ProductNotSellable)
    assert refusal.items == (
        {
            "line_id": "draft",
            "sku": "DRAFT",
            "pointer": "/lines/1/sku",
            "code": "product_not_sellable",
        },
        {
            "line_id": "nobodys",
            "sku": "NOBODYS",
            "pointer": "/lines/2/sku",
            "code": "product_not_found",
        },
        {
            "line_id": "gone",
            "sku": "GONE",
            "pointer": "/lines/3/sku",
            "code": "product_not_sellable",
        },
        {
            "line_id": "priceless",
            "sku": "PRICELESS",
            "pointer": "/lines/4/sku",
            "code": "price_not_available",
        },
    )


def test_refuses_an_unknown_product() -> None:
    order = an_order(lines=(a_line(sku="NOBODYS"), a_line(line_id="2")))
    given(*a_shop()).when(order).then_refused(ProductNotFound)


@pytest.mark.parametrize(
    ("price", "order"),
    [
        (a_price(), an_order(price_list="trade")),
        (a_price(), an_order(currency="EUR")),
        (a_price(valid_from=NOW + DAY), an_order()),
        (a_price(valid_to=NOW), an_order()),
    ],
)
def test_refuses_what_has_no_price_in_list_currency_and_time(
    price: SetPrice, order: PlaceOrder
) -> None:
    shop = (a_product(), an_activation(), price, a_shop()[3])
    given(*shop).when(order).then_refused(PriceNotAvailable)


def test_refuses_a_withdrawn_price() -> None:
    given(*a_shop(), a_price_withdrawal()).when(an_order()).then_refused(PriceNotAvailable)


def test_refuses_prices_other_than_expected_and_lists_them() -> None:
    lines = (
        a_line(expected_unit_price_minor=1_249),
        a_line(line_id="2", expected_unit_price_minor=1_250),
        a_line(line_id="3"),
        a_line(
            line_id="4",
            expected_unit_price_minor=1_250,
            agreed_unit_price_minor=0,
            agreed_price_reason="replacement",
        ),
    )
    refusal = given(*a_shop()).when(an_order(actor=STAFF, lines=lines)).then_refused(PriceChanged)
    assert refusal.items == (
        {"line_id": "1", "sku": SKU, "expected": 1_249, "actual": 1_250},
        {"line_id": "4", "sku": SKU, "expected": 1_250, "actual": 0},
    )


def test_refuses_a_total_other_than_expected() -> None:
    refusal = given(*a_shop()).when(an_order(expected_total_minor=2_499)).then_refused(PriceChanged)
    assert refusal.items == (
        {"pointer": "/expected_total_minor", "expected": 2_499, "actual": 2_500},
    )


def test_refuses_amounts_that_json_clients_cannot_read() -> None:
    shop = (*a_shop()[:2], a_price(amount_minor=2**53 - 1), a_shop()[3])
    one = an_order(lines=(a_line(quantity=1),))
    given(*shop, one).when(one).then_nothing()
    given(*shop).when(an_order()).then_refused(AmountOutOfRange)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"lines": ()}, EmptyOrder),
        ({"lines": (a_line(quantity=0), a_line(quantity=0))}, QuantityInvalid),
        ({"lines": (a_line(agreed_unit_price_minor=1),), "occurred_at": NOW - DAY}, ReasonRequired),
    ],
)
def test_refuses_bad_lines_before_it_asks_who_and_what(
    wrong: dict[str, object], error: type[Refusal]
) -> None:
    given().when(an_order(actor=STAFF, origin=IMPORT, **wrong)).then_refused(error)
