"""ResumeCoupon: succeeds, refused, repeated."""

from domain.coupon_errors import CouponNotActive
from domain.coupon_events import CouponResumed
from domain.errors import CouponNotFound, Forbidden
from tests.coupon_examples import (
    CODE,
    ENDS_AT,
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_resumption,
)
from tests.examples import CUSTOMER, DAY
from tests.specification import given

PAST = (a_coupon(), a_pause())


def test_succeeds_when_it_is_paused() -> None:
    given(*PAST).when(a_resumption()).then(CouponResumed(code=CODE))


def test_refused_when_the_time_of_the_coupon_is_over() -> None:
    given(*PAST).when(a_resumption(asked_at=ENDS_AT)).then_refused(CouponNotActive)
    given(*PAST, a_coupon_expiry()).when(a_resumption()).then_refused(CouponNotActive)


def test_refused_to_customers_and_without_a_coupon() -> None:
    given(*PAST).when(a_resumption(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_resumption(code="AUTUMN")).then_refused(CouponNotFound)


def test_repeated_has_nothing_to_do_however_late_it_comes() -> None:
    again = a_resumption(asked_at=ENDS_AT + DAY)
    given(*PAST, a_resumption()).when(again).then_nothing()
    given(a_coupon()).when(again).then_nothing()
