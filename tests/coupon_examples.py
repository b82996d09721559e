"""What is wished of the coupon SPRING?

Builders like those of tests/examples.py: each takes the fields that a test cares about.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from commands.confirm_redemption import ConfirmRedemption
from commands.create_coupon import CreateCoupon
from commands.expire_coupon import ExpireCoupon
from commands.pause_coupon import PauseCoupon
from commands.release_redemption import ReleaseRedemption
from commands.reserve_redemption import ReserveRedemption
from commands.resume_coupon import ResumeCoupon
from domain.coupon_events import (
    CouponCreated,
    CouponKind,
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    RedemptionReleaseReason,
)
from domain.discounts import redemption_id_of
from tests.examples import CUSTOMER_ID, DAY, NOW, ORDER_ID, STAFF

CODE: Final = "SPRING"
REDEMPTION_ID: Final = redemption_id_of(ORDER_ID, CODE)
STARTS_AT: Final[datetime] = NOW - 10 * DAY
ENDS_AT: Final[datetime] = NOW + 10 * DAY

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "code": CODE}
_OF_THE_ORDER: Final[dict[str, Any]] = {
    "order_id": ORDER_ID,
    "customer_id": CUSTOMER_ID,
    "currency": "GBP",
    "amount_minor": 250,
}
_TERMS: Final[dict[str, Any]] = {
    "code": CODE,
    "kind": CouponKind.PERCENT,
    "value": 100_000,
    "starts_at": STARTS_AT,
    "ends_at": ENDS_AT,
}


def a_coupon(**fields: object) -> CreateCoupon:
    """A wish to take ten per cent off whatever is ordered these twenty days."""
    return replace(CreateCoupon(**{**_ASKED, **_TERMS}), **fields)


def created(**fields: object) -> CouponCreated:
    """What follows from it."""
    return replace(CouponCreated(**_TERMS), **fields)


def a_redemption(**fields: object) -> ReserveRedemption:
    """Ada's order wants its place."""
    wish = ReserveRedemption(**_ASKED, **_OF_THE_ORDER, redemption_id=REDEMPTION_ID, placed_at=NOW)
    return replace(wish, **fields)


def reserved(**fields: object) -> CouponRedemptionReserved:
    """What follows from it."""
    event = CouponRedemptionReserved(code=CODE, redemption_id=REDEMPTION_ID, **_OF_THE_ORDER)
    return replace(event, **fields)


def a_redemption_confirmation(**fields: object) -> ConfirmRedemption:
    """The shop delivers Ada's order."""
    return replace(ConfirmRedemption(**_ASKED, redemption_id=REDEMPTION_ID), **fields)


def confirmed(**fields: object) -> CouponRedemptionConfirmed:
    """What follows from it."""
    event = CouponRedemptionConfirmed(code=CODE, redemption_id=REDEMPTION_ID, **_OF_THE_ORDER)
    return replace(event, **fields)


def a_redemption_release(**fields: object) -> ReleaseRedemption:
    """Nothing comes of Ada's order."""
    wish = ReleaseRedemption(
        **_ASKED, redemption_id=REDEMPTION_ID, reason=RedemptionReleaseReason.CANCELLED
    )
    return replace(wish, **fields)


def released(**fields: object) -> CouponRedemptionReleased:
    """What follows from it."""
    event = CouponRedemptionReleased(
        code=CODE,
        redemption_id=REDEMPTION_ID,
        **_OF_THE_ORDER,
        reason=RedemptionReleaseReason.CANCELLED,
    )
    return replace(event, **fields)


def a_pause(**fields: object) -> PauseCoupon:
    """A wish to stop the coupon."""
    return replace(PauseCoupon(**_ASKED), **fields)


def a_resumption(**fields: object) -> ResumeCoupon:
    """A wish to let it count again."""
    return replace(ResumeCoupon(**_ASKED), **fields)


def a_coupon_expiry(*, at: datetime = ENDS_AT, **fields: object) -> ExpireCoupon:
    """The timer of the coupon, on time."""
    return replace(replace(ExpireCoupon(**_ASKED), asked_at=at), **fields)
