"""PauseCoupon: succeeds, refused, repeated."""

from datetime import timedelta

from domain.coupon_errors import CouponNotActive
from domain.coupon_events import CouponPaused
from domain.errors import CouponNotFound, Forbidden
from tests.coupon_examples import (
    CODE,
    ENDS_AT,
    STARTS_AT,
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_resumption,
)
from tests.examples import CUSTOMER, DAY
from tests.specification import given

PAUSED = CouponPaused(code=CODE)


def test_succeeds_until_the_time_of_the_coupon_is_over() -> None:
    for asked_at in (STARTS_AT - DAY, STARTS_AT, ENDS_AT - timedelta(microseconds=1)):
        given(a_coupon()).when(a_pause(asked_at=asked_at)).then(PAUSED)


def test_succeeds_again_after_it_was_resumed_and_when_every_place_is_taken() -> None:
    given(a_coupon(), a_pause(), a_resumption()).when(a_pause()).then(PAUSED)
    given(a_coupon(max_redemptions=1), a_redemption()).when(a_pause()).then(PAUSED)


def test_refused_when_the_time_of_the_coupon_is_over() -> None:
    given(a_coupon()).when(a_pause(asked_at=ENDS_AT)).then_refused(CouponNotActive)
    given(a_coupon(), a_coupon_expiry()).when(a_pause()).then_refused(CouponNotActive)


def test_refused_to_customers_and_without_a_coupon() -> None:
    given(a_coupon()).when(a_pause(actor=CUSTOMER)).then_refused(Forbidden)
    given(a_coupon()).when(a_pause(code="AUTUMN")).then_refused(CouponNotFound)


def test_repeated_has_nothing_to_do_however_late_it_comes() -> None:
    given(a_coupon(), a_pause()).when(a_pause(asked_at=ENDS_AT + DAY)).then_nothing()
