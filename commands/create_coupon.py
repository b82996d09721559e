"""CreateCoupon: orders are to cost less for whoever knows a code."""

from dataclasses import dataclass
from datetime import datetime

from commands.coupon_rules import COUPON_SKUS_MAX, require_terms
from domain.coupon import Coupon
from domain.coupon_errors import CouponAlreadyExists
from domain.coupon_events import CouponCreated, CouponKind
from domain.envelope import Actor
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCoupon:
    """Create a coupon; the fields are those of `CouponCreated`, the skus in any order."""

    actor: Actor
    asked_at: datetime
    code: str
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


def create_coupon(command: CreateCoupon, coupon: Coupon | None) -> tuple[CouponCreated, ...]:
    """Create the coupon, or nothing if it was created so.

    Raises:
        Forbidden: only the shop gives coupons away.
        AmountInvalid: its value, or an amount of money without a currency.
        AmountOutOfRange: an amount exceeds 2^53-1 minor units.
        CurrencyUnsupported: its currency has no minor unit.
        QuantityInvalid: a limit is no number of redemptions.
        CouponNotApplicable: it counts for no product.
        CouponPeriodInvalid: it ends before it starts.
        CouponAlreadyExists: the code was given to a coupon that says something else.
    """
    require_shop(command.actor)
    assert command.skus is None or len(command.skus) <= COUPON_SKUS_MAX
    terms = CouponCreated(
        code=command.code,
        kind=command.kind,
        value=command.value,
        currency=command.currency,
        min_subtotal_minor=command.min_subtotal_minor,
        skus=None if command.skus is None else tuple(sorted(set(command.skus))),
        max_redemptions=command.max_redemptions,
        max_per_customer=command.max_per_customer,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        stackable=command.stackable,
    )
    require_terms(terms)
    if coupon is None:
        return (terms,)
    if coupon.terms != terms:
        raise CouponAlreadyExists(f"the code {command.code!r} was given to another coupon")
    return ()
