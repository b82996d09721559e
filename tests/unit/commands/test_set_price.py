"""SetPrice: succeeds, refused, repeated."""

import pytest

from commands.set_price import SetPrice
from domain.errors import (
    AmountInvalid,
    AmountOutOfRange,
    CurrencyUnsupported,
    Forbidden,
    OperationConflict,
    PricePeriodInvalid,
    PricePeriodOverlap,
    ProductDiscontinuedAlready,
    ProductNotFound,
)
from domain.product import ProductPriceSet
from tests.examples import (
    CUSTOMER,
    DAY,
    LAST_YEAR,
    NOW,
    PRICE_ID,
    SKU,
    a_discontinuation,
    a_price,
    a_price_withdrawal,
    a_product,
)
from tests.specification import given

THE_PRICE = ProductPriceSet(
    sku=SKU,
    price_id=PRICE_ID,
    price_list="retail",
    currency="GBP",
    amount_minor=1_250,
    tax_included=True,
    valid_from=LAST_YEAR,
)


def test_succeeds_on_a_draft() -> None:
    given(a_product()).when(a_price()).then(THE_PRICE)


def test_succeeds_from_now_on_when_no_start_is_given() -> None:
    given(a_product()).when(a_price(valid_from=None, valid_to=NOW + DAY)).then(
        ProductPriceSet(
            sku=SKU,
            price_id=PRICE_ID,
            price_list="retail",
            currency="GBP",
            amount_minor=1_250,
            tax_included=True,
            valid_from=NOW,
            valid_to=NOW + DAY,
        )
    )


def test_succeeds_with_a_price_of_zero_and_the_largest_one() -> None:
    for amount_minor in (0, 2**53 - 1):
        given(a_product()).when(a_price(amount_minor=amount_minor)).then(
            ProductPriceSet(
                sku=SKU,
                price_id=PRICE_ID,
                price_list="retail",
                currency="GBP",
                amount_minor=amount_minor,
                tax_included=True,
                valid_from=LAST_YEAR,
            )
        )


def test_succeeds_and_closes_the_open_period_before_it() -> None:
    given(a_product(), a_price()).when(
        a_price(price_id="p2", amount_minor=1_400, valid_from=NOW)
    ).then(
        ProductPriceSet(
            sku=SKU,
            price_id="p2",
            price_list="retail",
            currency="GBP",
            amount_minor=1_400,
            tax_included=True,
            valid_from=NOW,
            closes_price_id=PRICE_ID,
        )
    )


def test_succeeds_beside_prices_of_other_lists_and_currencies() -> None:
    past = (
        a_product(),
        a_price(),
        a_price(price_id="p2", price_list="trade"),
        a_price(price_id="p3", currency="EUR"),
    )
    given(*past).when(a_price(price_id="p4", price_list="trade", currency="EUR")).then(
        ProductPriceSet(
            sku=SKU,
            price_id="p4",
            price_list="trade",
            currency="EUR",
            amount_minor=1_250,
            tax_included=True,
            valid_from=LAST_YEAR,
        )
    )


def test_succeeds_exactly_between_two_closed_periods() -> None:
    past = (
        a_product(),
        a_price(price_id="p1", valid_from=NOW, valid_to=NOW + DAY),
        a_price(price_id="p3", valid_from=NOW + 2 * DAY, valid_to=NOW + 3 * DAY),
    )
    given(*past).when(a_price(price_id="p2", valid_from=NOW + DAY, valid_to=NOW + 2 * DAY)).then(
        ProductPriceSet(
            sku=SKU,
            price_id="p2",
            price_list="retail",
            currency="GBP",
            amount_minor=1_250,
            tax_included=True,
            valid_from=NOW + DAY,
            valid_to=NOW + 2 * DAY,
        )
    )


def test_succeeds_where_a_withdrawn_price_stood() -> None:
    given(a_product(), a_price(), a_price_withdrawal()).when(a_price(price_id="p2")).then(
        ProductPriceSet(
            sku=SKU,
            price_id="p2",
            price_list="retail",
            currency="GBP",
            amount_minor=1_250,
            tax_included=True,
            valid_from=LAST_YEAR,
        )
    )


@pytest.mark.parametrize(
    "overlapping",
    [
        a_price(price_id="p2", valid_from=NOW, valid_to=NOW + DAY),
        a_price(price_id="p2", valid_from=NOW + DAY, valid_to=NOW + 5 * DAY),
        a_price(price_id="p2", valid_from=NOW - DAY, valid_to=NOW + DAY),
        a_price(price_id="p2", valid_from=NOW - DAY),
        a_price(price_id="p2", valid_from=NOW + DAY),
        a_price(price_id="p2", valid_from=NOW - DAY, valid_to=NOW + 9 * DAY),
    ],
)
def test_refuses_to_overlap_a_closed_period(overlapping: SetPrice) -> None:
    closed = a_price(valid_from=NOW, valid_to=NOW + 2 * DAY)
    refusal = given(a_product(), closed).when(overlapping).then_refused(PricePeriodOverlap)
    assert refusal.items == ({"price_id": PRICE_ID},)


def test_refuses_the_very_start_of_an_open_period_and_an_open_one_before_it() -> None:
    past = (a_product(), a_price(valid_from=NOW))
    given(*past).when(a_price(price_id="p2", valid_from=NOW)).then_refused(PricePeriodOverlap)
    given(*past).when(a_price(price_id="p2", valid_from=NOW - DAY)).then_refused(PricePeriodOverlap)


def test_refuses_a_period_that_does_not_end_after_it_begins() -> None:
    for valid_to in (NOW, NOW - DAY):
        given(a_product()).when(a_price(valid_from=None, valid_to=valid_to)).then_refused(
            PricePeriodInvalid
        )


def test_refuses_what_is_no_price() -> None:
    given(a_product()).when(a_price(amount_minor=-1)).then_refused(AmountInvalid)
    given(a_product()).when(a_price(amount_minor=2**53)).then_refused(AmountOutOfRange)
    given(a_product()).when(a_price(currency="XAU")).then_refused(CurrencyUnsupported)


def test_refuses_a_discontinued_product() -> None:
    refusal = (
        given(a_product(), a_discontinuation())
        .when(a_price())
        .then_refused(ProductDiscontinuedAlready)
    )
    assert refusal.current_state == "discontinued"


def test_refuses_an_unknown_product() -> None:
    given().when(a_price()).then_refused(ProductNotFound)


def test_refuses_everybody_but_the_shop() -> None:
    given(a_product()).when(a_price(actor=CUSTOMER)).then_refused(Forbidden)


def test_repeated_has_nothing_to_do_whatever_came_after() -> None:
    given(a_product(), a_price()).when(a_price(asked_at=NOW + DAY)).then_nothing()
    given(a_product(), a_price(), a_price(price_id="p2", valid_from=NOW)).when(
        a_price()
    ).then_nothing()
    given(a_product(), a_price(), a_price_withdrawal()).when(a_price()).then_nothing()
    given(a_product(), a_price(), a_discontinuation()).when(a_price()).then_nothing()


def test_repeated_later_without_a_start_is_recognised() -> None:
    given(a_product(), a_price(valid_from=None)).when(
        a_price(valid_from=None, asked_at=NOW + DAY)
    ).then_nothing()


def test_refuses_a_price_id_that_was_used_for_another_price() -> None:
    for other in (
        a_price(price_list="trade"),
        a_price(currency="EUR"),
        a_price(amount_minor=1_251),
        a_price(tax_included=False),
        a_price(valid_from=NOW),
        a_price(valid_to=NOW),
    ):
        given(a_product(), a_price()).when(other).then_refused(OperationConflict)
