"""How does the fulfilment process take, use and give back an order's places on coupons?"""

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


def take_places(step: Step) -> Refusal | None:
    """Take a place on every coupon of the order; answer why one could not be had."""
    coupons = step.order.coupons
    step.script.require(*(coupon_stream(each.code) for each in coupons))
    for each in coupons:
        refusal = take_place(step, each, step.order.placed_at)
        if refusal is not None:
            return refusal
    return None


def take_place(step: Step, coupon: AppliedCoupon, wanted_at: datetime) -> Refusal | None:
    """Take a place on a coupon that was wanted at some time; answer why it could not be had."""
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


def give_places_back(step: Step, reason: RedemptionReleaseReason) -> None:
    """Let others use the coupons of the order."""
    for each in step.order.coupons:
        give_place_back(step, each, reason)


def give_place_back(step: Step, applied: AppliedCoupon, reason: RedemptionReleaseReason) -> None:
    """Let others use the place on a coupon, if the order has it."""
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
