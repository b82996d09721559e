"""How does the fulfilment process take, use and give back an order's places on coupons?"""

from commands.confirm_redemption import ConfirmRedemption
from commands.fulfilment_step import FULFILMENT, Step
from commands.release_redemption import ReleaseRedemption
from commands.reserve_redemption import ReserveRedemption
from domain.coupon_events import RedemptionReleaseReason
from domain.errors import Refusal
from domain.events import coupon_stream
from domain.fold import as_coupon


def take_places(step: Step) -> Refusal | None:
    """Take a place on every coupon of the order; answer why one could not be had."""
    order = step.order
    step.script.require(*(coupon_stream(each.code) for each in order.coupons))
    for each in order.coupons:
        outcome = step.send(
            ReserveRedemption(
                actor=FULFILMENT,
                asked_at=step.now,
                code=each.code,
                redemption_id=each.redemption_id,
                order_id=order.order_id,
                customer_id=order.customer_id,
                placed_at=order.placed_at,
                currency=order.currency,
                amount_minor=each.discount_minor,
            )
        )
        if isinstance(outcome, Refusal):
            return outcome
    return None


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
        coupon = as_coupon(step.script.state(coupon_stream(each.code)))
        if coupon is not None and each.redemption_id in coupon.redemptions:
            step.send(
                ReleaseRedemption(
                    actor=FULFILMENT,
                    asked_at=step.now,
                    code=each.code,
                    redemption_id=each.redemption_id,
                    reason=reason,
                )
            )
