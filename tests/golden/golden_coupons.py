"""What do the stored events about coupons mean?"""

from datetime import UTC, datetime
from typing import Any, Final

from domain.coupon_events import (
    CouponCreated,
    CouponEvent,
    CouponExpired,
    CouponKind,
    CouponPaused,
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    CouponResumed,
    RedemptionReleaseReason,
)

CODE: Final = "SPRING-26"
ENDS_AT: Final = datetime(2026, 5, 31, 22, 59, 59, 999999, tzinfo=UTC)


def a_redemption(number: int, customer: int) -> dict[str, Any]:
    """Name a redemption and what it is about."""
    return {
        "code": CODE,
        "redemption_id": f"0196a000-0000-5000-8000-00000000000{number}",
        "order_id": f"0196a000-0000-7000-8000-0000000000d{number}",
        "customer_id": f"0196a000-0000-7000-8000-0000000000c{customer}",
        "currency": "GBP",
        "amount_minor": 500 + number,
    }


GOLDEN_COUPONS: Final[dict[tuple[str, int], CouponEvent]] = {
    ("coupon-created", 1): CouponCreated(
        code=CODE,
        kind=CouponKind.FIXED,
        value=505,
        currency="GBP",
        min_subtotal_minor=2_000,
        skus=("BOOK", "MUG-BLUE"),
        max_redemptions=1_000_000,
        max_per_customer=2,
        starts_at=datetime(2026, 4, 1, tzinfo=UTC),
        ends_at=ENDS_AT,
        stackable=True,
    ),
    ("coupon-redemption-reserved", 1): CouponRedemptionReserved(**a_redemption(1, 1)),
    ("coupon-redemption-confirmed", 1): CouponRedemptionConfirmed(**a_redemption(1, 1)),
    ("coupon-redemption-released", 1): CouponRedemptionReleased(
        **a_redemption(2, 2), reason=RedemptionReleaseReason.CANCELLED
    ),
    ("coupon-paused", 1): CouponPaused(code=CODE),
    ("coupon-resumed", 1): CouponResumed(code=CODE),
    ("coupon-expired", 1): CouponExpired(code=CODE, ends_at=ENDS_AT),
}
"""(stored type, schema version) -> the event that its file means."""

A_COUPON_LIFE: Final[list[CouponEvent]] = [
    GOLDEN_COUPONS["coupon-created", 1],
    GOLDEN_COUPONS["coupon-redemption-reserved", 1],
    CouponRedemptionReserved(**a_redemption(2, 2)),
    CouponRedemptionReserved(**a_redemption(3, 1)),
    GOLDEN_COUPONS["coupon-redemption-confirmed", 1],
    GOLDEN_COUPONS["coupon-redemption-released", 1],
    GOLDEN_COUPONS["coupon-paused", 1],
    GOLDEN_COUPONS["coupon-resumed", 1],
    GOLDEN_COUPONS["coupon-paused", 1],
    GOLDEN_COUPONS["coupon-expired", 1],
]
"""A coupon with every kind of redemption: confirmed, released and open."""
