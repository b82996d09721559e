"""How does the fulfilment process take, use and give back an order's places on coupons?"""

from collections.abc import Sequence
from datetime import datetime

from commands.confirm_redemption import ConfirmRedemption
from commands.fulfilment_step import FULFILMENT, Step
from commands.release_redemption import ReleaseRedemption
from commands.reserve_redemption import ReserveRedemption
from domain.coupon_events import RedemptionReleaseReason
from domain.errors import Refusal
from domain.events import coupon_stream
from domain.fold import as_coupon
from domain.order_parts import AppliedCoupon


def take_places(
    step: Step, coupons: Sequence[AppliedCoupon], wanted_at: datetime
) -> Refusal | None:
    """Take a place on each coupon, wanted at some time; answer why one could not be had."""
    step.script.require(*(coupon_stream(each.code) for each in coupons))
    for each in coupons:
        refusal = _take_place(step, each, wanted_at)
        if refusal is not None:
            return refusal
    return None


def _take_place(step: Step, coupon: AppliedCoupon, wanted_at: datetime) -> Refusal | None:
    order = step.order
    outcome = step.send(
        ReserveRedemption(
            actor=FULFILMENT,
            asked_at=step.now,
            code=coupon.code,
            redemption_id=coupon.redemption_id,
            order_id=order.order_id,
            customer_id=order.customer_id,
            placed_at=wanted_at,
            currency=order.currency,
            amount_minor=coupon.discount_minor,
        )
    )
    return outcome if isinstance(outcome, Refusal) else None


def use_places(step: Step) -> None:
    """Count the coupons of the order as used."""
    for each in step.order.coupons:
        step.send(
            ConfirmRedemption(
                actor=FULFILMENT,
                asked_at=step.now,
                code=each.code,
                redemption_id=each.redemption_id,
            )
        )


def give_places_back(
    step: Step, coupons: Sequence[AppliedCoupon], reason: RedemptionReleaseReason
) -> None:
    """Let others use the places on the coupons that the order has."""
    for each in coupons:
        _give_place_back(step, each, reason)


def _give_place_back(step: Step, applied: AppliedCoupon, reason: RedemptionReleaseReason) -> None:
    coupon = as_coupon(step.script.state(coupon_stream(applied.code)))
    if coupon is not None and applied.redemption_id in coupon.redemptions:
        step.send(
            ReleaseRedemption(
                actor=FULFILMENT,
                asked_at=step.now,
                code=applied.code,
                redemption_id=applied.redemption_id,
                reason=reason,
            )
        )
