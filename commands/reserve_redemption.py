"""ReserveRedemption: an order wants its place on a coupon.

PlaceOrder only looks at the coupon; the places are counted here, where two orders that are placed
at the same time meet.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from commands.coupon_rules import facts_of, require_coupon
from domain.coupon import Coupon, Redemption
from domain.coupon_errors import (
    CouponCurrencyMismatch,
    CouponCustomerLimit,
    CouponExhausted,
    CouponNotActive,
)
from domain.coupon_events import CouponRedemptionReserved
from domain.envelope import Actor
from domain.errors import AmountInvalid, OperationConflict
from domain.money import require_price
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveRedemption:
    """Take a place for an order that was placed at `placed_at`.

    `redemption_id` tells a repeat from a second place; it is that of the order's AppliedCoupon, and
    so is `amount_minor`, in the order's currency.
    """

    actor: Actor
    asked_at: datetime
    code: str
    redemption_id: str
    order_id: str
    customer_id: str
    placed_at: datetime
    currency: str
    amount_minor: int


def reserve_redemption(
    command: ReserveRedemption, coupon: Coupon | None
) -> tuple[CouponRedemptionReserved, ...]:
    """Take a place; nothing if it was taken, whatever has become of it since.

    Raises:
        Forbidden: customers order, they do not reserve.
        AmountInvalid: a coupon takes something off.
        AmountOutOfRange: the amount exceeds 2^53-1 minor units.
        CouponNotFound: nobody created it.
        OperationConflict: the redemption id was used for something else.
        CouponCurrencyMismatch: it counts in another currency.
        CouponNotActive: it is paused, or did not count when the order was placed.
        CouponExhausted: every place is taken.
        CouponCustomerLimit: the customer has as many places as he may have.
    """
    require_shop(command.actor)
    if not command.amount_minor:
        raise AmountInvalid("a coupon takes something off")
    require_price(command.amount_minor)
    coupon = require_coupon(coupon, command.code)
    wanted = Redemption(
        order_id=command.order_id,
        customer_id=command.customer_id,
        currency=command.currency,
        amount_minor=command.amount_minor,
    )
    if _is_known(coupon, command.redemption_id, wanted):
        return ()
    _require_place(coupon, command)
    facts = facts_of(command.code, command.redemption_id, wanted)
    return (CouponRedemptionReserved(**facts),)


def _is_known(coupon: Coupon, redemption_id: str, wanted: Redemption) -> bool:
    known = coupon.redemptions.get(redemption_id)
    if known is None:
        return False
    if replace(known, state=wanted.state) != wanted:
        raise OperationConflict(f"redemption {redemption_id} says something else")
    return True


def _require_place(coupon: Coupon, command: ReserveRedemption) -> None:
    code = coupon.code
    if not coupon.counts_in(command.currency):
        raise CouponCurrencyMismatch(f"the coupon {code!r} does not count in {command.currency}")
    if not coupon.counts_at(command.placed_at):
        raise CouponNotActive(f"the coupon {code!r} does not count for this order")
    if coupon.is_exhausted:
        raise CouponExhausted(f"every place on the coupon {code!r} is taken")
    if coupon.is_used_up_by(command.customer_id):
        raise CouponCustomerLimit(f"the customer has used the coupon {code!r} as often as he may")
