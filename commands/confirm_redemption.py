"""ConfirmRedemption: the shop delivers the order, so its coupon is used."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import facts_of, require_coupon, require_redemption
from domain.coupon import Coupon, RedemptionState
from domain.coupon_errors import RedemptionNotFound
from domain.coupon_events import CouponRedemptionConfirmed
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRedemption:
    """Use the place that an order has."""

    actor: Actor
    asked_at: datetime
    code: str
    redemption_id: str


def confirm_redemption(
    command: ConfirmRedemption, coupon: Coupon | None
) -> tuple[CouponRedemptionConfirmed, ...]:
    """Use the place, though the coupon may be paused or over by now; nothing if it is used.

    Raises:
        Forbidden: customers order, they do not confirm.
        CouponNotFound: nobody created it.
        RedemptionNotFound: there is none, or its place was given back.
    """
    require_shop(command.actor)
    coupon = require_coupon(coupon, command.code)
    redemption = require_redemption(coupon, command.redemption_id)
    if redemption.state is RedemptionState.CONFIRMED:
        return ()
    if redemption.state is RedemptionState.RELEASED:
        raise RedemptionNotFound("the order has given its place on the coupon back")
    facts = facts_of(command.code, command.redemption_id, redemption)
    return (CouponRedemptionConfirmed(**facts),)
