"""ReleaseRedemption: succeeds, refused, repeated, raced."""

import pytest

from domain.coupon_errors import RedemptionNotFound
from domain.coupon_events import RedemptionReleaseReason
from domain.errors import CouponNotFound, Forbidden
from tests.coupon_examples import (
    a_coupon,
    a_coupon_expiry,
    a_pause,
    a_redemption,
    a_redemption_confirmation,
    a_redemption_release,
    released,
)
from tests.examples import CUSTOMER
from tests.specification import given

PAST = (a_coupon(max_redemptions=1), a_redemption())


@pytest.mark.parametrize("reason", list(RedemptionReleaseReason))
def test_succeeds_for_every_reason(reason: RedemptionReleaseReason) -> None:
    given(*PAST).when(a_redemption_release(reason=reason)).then(released(reason=reason))


def test_succeeds_though_it_was_used_or_the_coupon_is_paused_or_over() -> None:
    for steps in ((a_redemption_confirmation(),), (a_pause(),), (a_coupon_expiry(),)):
        given(*PAST, *steps).when(a_redemption_release()).then(released())


def test_refused_to_customers_and_without_a_coupon_or_a_redemption() -> None:
    given(*PAST).when(a_redemption_release(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_redemption_release(code="AUTUMN")).then_refused(CouponNotFound)
    given(*PAST).when(a_redemption_release(redemption_id="r2")).then_refused(RedemptionNotFound)


def test_repeated_has_nothing_to_do_and_takes_the_place_from_nobody() -> None:
    past = (*PAST, a_redemption_release())
    again = a_redemption_release(reason=RedemptionReleaseReason.EXPIRED)
    given(*past).when(again).then_nothing()
    given(*past, a_redemption(redemption_id="r2", order_id="another")).when(again).then_nothing()
