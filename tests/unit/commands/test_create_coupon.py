"""CreateCoupon: succeeds, refused, repeated."""

from datetime import timedelta

import pytest

from domain.coupon_errors import CouponAlreadyExists, CouponNotApplicable, CouponPeriodInvalid
from domain.coupon_events import CouponKind
from domain.errors import (
    AmountInvalid,
    AmountOutOfRange,
    CurrencyUnsupported,
    Forbidden,
    QuantityInvalid,
    Refusal,
)
from domain.money import AMOUNT_MINOR_MAX
from tests.coupon_examples import ENDS_AT, STARTS_AT, a_coupon, a_pause, a_redemption, created
from tests.examples import CUSTOMER, DAY, NOW
from tests.specification import given


def test_succeeds_for_whatever_is_ordered() -> None:
    given().when(a_coupon()).then(created())


def test_succeeds_with_everything_that_can_be_said() -> None:
    fields: dict[str, object] = {
        "kind": CouponKind.FIXED,
        "value": 500,
        "currency": "GBP",
        "min_subtotal_minor": 2_000,
        "max_redemptions": 1_000,
        "max_per_customer": 1,
        "stackable": True,
    }
    skus = ("MUG-BLUE", "BOOK", "MUG-BLUE")
    given().when(a_coupon(**fields, skus=skus)).then(created(**fields, skus=("BOOK", "MUG-BLUE")))


def test_succeeds_for_free_delivery_which_has_no_value() -> None:
    free: dict[str, object] = {"kind": CouponKind.FREE_SHIPPING, "value": 0}
    given().when(a_coupon(**free)).then(created(**free))


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 1},
        {"value": 1_000_000},
        {"currency": "JPY"},
        {"min_subtotal_minor": 0, "currency": "GBP"},
        {"kind": CouponKind.FIXED, "value": AMOUNT_MINOR_MAX, "currency": "GBP"},
        {"max_redemptions": 1, "max_per_customer": 1_000_000},
        {"max_redemptions": 1_000_000, "max_per_customer": 1},
        {"starts_at": STARTS_AT, "ends_at": STARTS_AT + timedelta(microseconds=1)},
        {"skus": ("BOOK",)},
        {"skus": tuple(f"BOOK-{number:03}" for number in range(500))},
    ],
)
def test_succeeds_at_the_limits(fields: dict[str, object]) -> None:
    given().when(a_coupon(**fields)).then(created(**fields))


def test_succeeds_for_a_time_that_is_over() -> None:
    past: dict[str, object] = {"starts_at": NOW - 2 * DAY, "ends_at": NOW - DAY}
    given().when(a_coupon(**past)).then(created(**past))


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"value": 0}, AmountInvalid),
        ({"value": -1}, AmountInvalid),
        ({"value": 1_000_001}, AmountInvalid),
        ({"kind": CouponKind.FIXED, "value": 500}, AmountInvalid),
        ({"kind": CouponKind.FIXED, "value": 0, "currency": "GBP"}, AmountInvalid),
        ({"kind": CouponKind.FIXED, "value": 2**53, "currency": "GBP"}, AmountOutOfRange),
        ({"kind": CouponKind.FREE_SHIPPING, "value": 1}, AmountInvalid),
        ({"min_subtotal_minor": 2_000}, AmountInvalid),
        ({"min_subtotal_minor": -1, "currency": "GBP"}, AmountInvalid),
        ({"min_subtotal_minor": 2**53, "currency": "GBP"}, AmountOutOfRange),
        ({"currency": "XXX"}, CurrencyUnsupported),
        ({"max_redemptions": 0}, QuantityInvalid),
        ({"max_redemptions": 1_000_001}, QuantityInvalid),
        ({"max_per_customer": 0}, QuantityInvalid),
        ({"max_per_customer": 1_000_001}, QuantityInvalid),
        ({"skus": ()}, CouponNotApplicable),
        ({"ends_at": STARTS_AT}, CouponPeriodInvalid),
        ({"starts_at": ENDS_AT + DAY}, CouponPeriodInvalid),
    ],
)
def test_refused_when_it_could_never_count_or_not_as_it_says(
    fields: dict[str, object], error: type[Refusal]
) -> None:
    given().when(a_coupon(**fields)).then_refused(error)


def test_refused_to_customers() -> None:
    given().when(a_coupon(actor=CUSTOMER)).then_refused(Forbidden)


@pytest.mark.parametrize(
    "fields",
    [
        {"value": 200_000},
        {"kind": CouponKind.FREE_SHIPPING, "value": 0},
        {"currency": "GBP"},
        {"skus": ("BOOK",)},
        {"max_redemptions": 5},
        {"max_per_customer": 5},
        {"ends_at": ENDS_AT + DAY},
        {"stackable": True},
    ],
)
def test_refused_with_a_code_that_says_something_else(fields: dict[str, object]) -> None:
    given(a_coupon()).when(a_coupon(**fields)).then_refused(CouponAlreadyExists)


def test_repeated_has_nothing_to_do_whatever_has_become_of_it() -> None:
    again = a_coupon(asked_at=NOW + DAY)
    given(a_coupon()).when(again).then_nothing()
    given(a_coupon(), a_redemption(), a_pause()).when(again).then_nothing()


def test_repeated_with_the_products_in_another_order_is_the_same() -> None:
    given(a_coupon(skus=("A", "B"))).when(a_coupon(skus=("B", "A", "B"))).then_nothing()


def test_the_products_are_bounded() -> None:
    many = a_coupon(skus=tuple(f"BOOK-{number}" for number in range(501)))
    with pytest.raises(AssertionError):
        given().when(many).then_nothing()
