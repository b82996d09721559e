"""ExpireCoupon: the time of a coupon is over."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import require_coupon
from domain.coupon import Coupon
from domain.coupon_events import CouponExpired
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireCoupon:
    """Sent by a timer; `asked_at` is its clock."""

    actor: Actor
    asked_at: datetime
    code: str


def expire_coupon(command: ExpireCoupon, coupon: Coupon | None) -> tuple[CouponExpired, ...]:
    """Write down that the coupon is over, if it is and nobody has.

    Places that orders have stay theirs, and an order that was placed in time still gets its own.

    Raises:
        Forbidden: only the shop decides over coupons.
        CouponNotFound: nobody created it.
    """
    require_shop(command.actor)
    coupon = require_coupon(coupon, command.code)
    ends_at = coupon.terms.ends_at
    if coupon.has_expired or command.asked_at < ends_at:
        return ()
    return (CouponExpired(code=command.code, ends_at=ends_at),)
