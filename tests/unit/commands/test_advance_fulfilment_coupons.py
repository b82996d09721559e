"""The fulfilment process and an order's places on coupons (domain.md §1.4, §2.2)."""

from domain.coupon_events import (
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    RedemptionReleaseReason,
)
from domain.fulfilment_events import FulfilmentStepRefused
from domain.order import Lifecycle
from domain.order_events import OrderRejected
from domain.order_parts import RejectionReason
from tests.coupon_examples import CODE, REDEMPTION_ID, a_coupon, a_redemption
from tests.examples import a_cancellation, an_order
from tests.fulfilment_journey import Journey, a_stocked_shop


def with_a_coupon(**fields: object) -> Journey:
    """Ada's order is placed with a coupon of ten per cent."""
    journey = a_stocked_shop()
    journey.do(a_coupon())
    journey.do(an_order(payment_method_ref="card-ok", coupon_codes=(CODE,), **fields))
    return journey


def test_a_place_is_taken_with_the_order_and_used_when_it_is_confirmed() -> None:
    journey = with_a_coupon()
    reserved = journey.last(CouponRedemptionReserved)
    assert (reserved.redemption_id, reserved.amount_minor) == (REDEMPTION_ID, 250)
    assert not journey.of_type(CouponRedemptionConfirmed)
    journey.provider_does()
    assert journey.last(CouponRedemptionConfirmed).redemption_id == REDEMPTION_ID
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_an_order_that_nobody_pays_gives_its_place_back() -> None:
    journey = with_a_coupon()
    journey.fire("pay_by")
    released = journey.last(CouponRedemptionReleased)
    assert (released.redemption_id, released.reason) == (
        REDEMPTION_ID,
        RedemptionReleaseReason.EXPIRED,
    )


def test_a_cancelled_order_gives_its_place_back() -> None:
    journey = with_a_coupon()
    journey.provider_does()
    journey.do(a_cancellation())
    assert journey.last(CouponRedemptionReleased).reason is RedemptionReleaseReason.CANCELLED


def test_the_last_place_is_taken_once() -> None:
    journey = a_stocked_shop()
    journey.do(a_coupon(max_redemptions=1))
    order = an_order(payment_method_ref="card-ok", coupon_codes=(CODE,))
    events = journey.streams.carry_out(order)  # the process has not heard of it yet
    journey.do(a_redemption(order_id="faster", redemption_id="faster"))
    journey.happen(*events)
    rejected = journey.last(OrderRejected)
    assert (rejected.reason, rejected.details) == (RejectionReason.INVALID, "coupon_exhausted")
    assert journey.last(FulfilmentStepRefused).code == "coupon_exhausted"
    assert journey.stock().available == 10
    assert not journey.of_type(CouponRedemptionReleased)
