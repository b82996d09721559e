"""PauseCoupon: a coupon is to count for no more orders, for now."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import require_coupon
from domain.coupon import Coupon
from domain.coupon_errors import CouponNotActive
from domain.coupon_events import CouponPaused
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseCoupon:
    """Stop a coupon, also for orders that were placed and have no place yet."""

    actor: Actor
    asked_at: datetime
    code: str


def pause_coupon(command: PauseCoupon, coupon: Coupon | None) -> tuple[CouponPaused, ...]:
    """Pause the coupon, or nothing if it is paused.

    Raises:
        Forbidden: only the shop decides over coupons.
        CouponNotFound: nobody created it.
        CouponNotActive: its time is over.
    """
    require_shop(command.actor)
    coupon = require_coupon(coupon, command.code)
    if coupon.is_paused:
        return ()
    if coupon.is_over_at(command.asked_at):
        raise CouponNotActive(f"the time of the coupon {command.code!r} is over")
    return (CouponPaused(code=command.code),)
