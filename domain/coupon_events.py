"""What can happen to a coupon?

Stream `coupon-<code>`. A redemption is a place that an order takes on the coupon: it is reserved
when the order is placed, confirmed when the order is, and released when nothing comes of it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CouponKind(StrEnum):
    """What a coupon takes off: a part of the price, an amount, or what delivery costs."""

    PERCENT = "percent"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutCoupon:
    """The coupon that something is about."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponCreated(AboutCoupon):
    """There is a coupon; nothing of this ever changes.

    Units: `value` is parts per million (percent), minor units (fixed) or 0 (free_shipping).
    It counts for orders placed from `starts_at` on and before `ends_at`, in `currency` if there is
    one, for the products in `skus`, which ascend; None: for all. `max_…` None: without a limit.
    """

    kind: CouponKind
    value: int
    currency: str | None = None
    min_subtotal_minor: int | None = None
    skus: tuple[str, ...] | None = None
    max_redemptions: int | None = None
    max_per_customer: int | None = None
    starts_at: datetime
    ends_at: datetime
    stackable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutRedemption(AboutCoupon):
    """The redemption that something is about. Units: what the coupon took off, in minor units."""

    redemption_id: str
    order_id: str
    customer_id: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRedemptionReserved(AboutRedemption):
    """An order has a place on the coupon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRedemptionConfirmed(AboutRedemption):
    """The shop delivers the order: the coupon is used."""


class RedemptionReleaseReason(StrEnum):
    """Why an order gives its place back."""

    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    EDITED = "edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRedemptionReleased(AboutRedemption):
    """Nothing came of the order, or not with this coupon; another order may have the place."""

    reason: RedemptionReleaseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponPaused(AboutCoupon):
    """The coupon counts for no order until it is resumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponResumed(AboutCoupon):
    """The coupon counts again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponExpired(AboutCoupon):
    """The time of the coupon is over."""

    ends_at: datetime


CouponEvent = (
    CouponCreated
    | CouponRedemptionReserved
    | CouponRedemptionConfirmed
    | CouponRedemptionReleased
    | CouponPaused
    | CouponResumed
    | CouponExpired
)
