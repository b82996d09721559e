"""ExpireCoupon: succeeds, refused, repeated, raced."""

from datetime import timedelta

from domain.coupon_events import CouponExpired
from domain.errors import CouponNotFound, Forbidden
from tests.coupon_examples import (
    CODE,
    ENDS_AT,
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
)
from tests.examples import CUSTOMER, DAY
from tests.specification import given

EXPIRED = CouponExpired(code=CODE, ends_at=ENDS_AT)


def test_succeeds_when_its_time_is_over_and_not_before() -> None:
    given(a_coupon()).when(a_coupon_expiry()).then(EXPIRED)
    early = a_coupon_expiry(at=ENDS_AT - timedelta(microseconds=1))
    given(a_coupon()).when(early).then_nothing()


def test_succeeds_though_it_is_paused_or_every_place_is_taken() -> None:
    given(a_coupon(), a_pause()).when(a_coupon_expiry(at=ENDS_AT + DAY)).then(EXPIRED)
    given(a_coupon(max_redemptions=1), a_redemption()).when(a_coupon_expiry()).then(EXPIRED)


def test_refused_to_customers_and_without_a_coupon() -> None:
    given(a_coupon()).when(a_coupon_expiry(actor=CUSTOMER)).then_refused(Forbidden)
    given(a_coupon()).when(a_coupon_expiry(code="AUTUMN")).then_refused(CouponNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(a_coupon(), a_coupon_expiry()).when(a_coupon_expiry(at=ENDS_AT + DAY)).then_nothing()
