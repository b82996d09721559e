"""ResumeCoupon: a coupon that was paused is to count again."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import require_coupon
from domain.coupon import Coupon
from domain.coupon_errors import CouponNotActive
from domain.coupon_events import CouponResumed
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCoupon:
    """Let a coupon count again."""

    actor: Actor
    asked_at: datetime
    code: str


def resume_coupon(command: ResumeCoupon, coupon: Coupon | None) -> tuple[CouponResumed, ...]:
    """Resume the coupon, or nothing if it is not paused.

    Raises:
        Forbidden: only the shop decides over coupons.
        CouponNotFound: nobody created it.
        CouponNotActive: its time is over.
    """
    require_shop(command.actor)
    coupon = require_coupon(coupon, command.code)
    if not coupon.is_paused:
        return ()
    if coupon.is_over_at(command.asked_at):
        raise CouponNotActive(f"the time of the coupon {command.code!r} is over")
    return (CouponResumed(code=command.code),)
