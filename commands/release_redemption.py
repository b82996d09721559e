"""ReleaseRedemption: an order needs its place on a coupon no longer."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import facts_of, require_coupon, require_redemption
from domain.coupon import Coupon, RedemptionState
from domain.coupon_events import CouponRedemptionReleased, RedemptionReleaseReason
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRedemption:
    """Give the place back, used or not."""

    actor: Actor
    asked_at: datetime
    code: str
    redemption_id: str
    reason: RedemptionReleaseReason


def release_redemption(
    command: ReleaseRedemption, coupon: Coupon | None
) -> tuple[CouponRedemptionReleased, ...]:
    """Give the place back to whoever orders next; nothing if it was given back.

    Raises:
        Forbidden: customers order, they do not release.
        CouponNotFound: nobody created it.
        RedemptionNotFound: there is none.
    """
    require_shop(command.actor)
    coupon = require_coupon(coupon, command.code)
    redemption = require_redemption(coupon, command.redemption_id)
    if redemption.state is RedemptionState.RELEASED:
        return ()
    facts = facts_of(command.code, command.redemption_id, redemption)
    return (CouponRedemptionReleased(**facts, reason=command.reason),)
