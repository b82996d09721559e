"""What do the decisions about coupons share: what a coupon may say, and what must be there?"""

from typing import Final, TypedDict

from domain.coupon import Coupon, Redemption
from domain.coupon_errors import CouponNotApplicable, CouponPeriodInvalid, RedemptionNotFound
from domain.coupon_events import CouponCreated, CouponKind
from domain.errors import AmountInvalid, CouponNotFound, QuantityInvalid
from domain.money import currency_exponent, require_price
from domain.totals import PPM

REDEMPTIONS_MAX: Final = 1_000_000
COUPON_SKUS_MAX: Final = 500


class RedemptionFacts(TypedDict):
    """What every event about a redemption says of it."""

    code: str
    redemption_id: str
    order_id: str
    customer_id: str
    currency: str
    amount_minor: int


def require_coupon(coupon: Coupon | None, code: str) -> Coupon:
    """Answer the coupon if it exists.

    Raises:
        CouponNotFound: nobody created it.
    """
    if coupon is None:
        raise CouponNotFound(f"there is no coupon {code!r}")
    return coupon


def require_redemption(coupon: Coupon, redemption_id: str) -> Redemption:
    """Answer a redemption, open or released.

    Raises:
        RedemptionNotFound: there has never been one with this id.
    """
    redemption = coupon.redemptions.get(redemption_id)
    if redemption is None:
        raise RedemptionNotFound(f"the coupon {coupon.code!r} has no such redemption")
    return redemption


def facts_of(code: str, redemption_id: str, redemption: Redemption) -> RedemptionFacts:
    """Answer what is known of a redemption, to be handed on to an event."""
    return RedemptionFacts(
        code=code,
        redemption_id=redemption_id,
        order_id=redemption.order_id,
        customer_id=redemption.customer_id,
        currency=redemption.currency,
        amount_minor=redemption.amount_minor,
    )


def require_terms(terms: CouponCreated) -> None:
    """Refuse a coupon that could never count, or not as it says.

    Raises:
        AmountInvalid: its value, or an amount of money without a currency.
        AmountOutOfRange: an amount exceeds 2^53-1 minor units.
        CurrencyUnsupported: its currency has no minor unit.
        QuantityInvalid: a limit is no number of redemptions.
        CouponNotApplicable: it counts for no product.
        CouponPeriodInvalid: it ends before it starts.
    """
    _require_value(terms)
    _require_money(terms)
    for limit in (terms.max_redemptions, terms.max_per_customer):
        if limit is not None and not 1 <= limit <= REDEMPTIONS_MAX:
            raise QuantityInvalid(f"a limit of redemptions is from 1 to {REDEMPTIONS_MAX:,}")
    if terms.skus == ():
        raise CouponNotApplicable("a coupon counts for at least one product")
    if terms.ends_at <= terms.starts_at:
        raise CouponPeriodInvalid("a coupon ends after it starts")


def _require_value(terms: CouponCreated) -> None:
    if terms.kind is CouponKind.FREE_SHIPPING:
        if terms.value:
            raise AmountInvalid("a coupon for free delivery has no value of its own")
    elif terms.value < 1:
        raise AmountInvalid("a coupon takes something off")
    elif terms.kind is CouponKind.PERCENT and terms.value > PPM:
        raise AmountInvalid(f"a coupon takes at most {PPM:,} parts per million off")
    else:
        require_price(terms.value)


def _require_money(terms: CouponCreated) -> None:
    if terms.min_subtotal_minor is not None:
        require_price(terms.min_subtotal_minor)
    if terms.currency is not None:
        currency_exponent(terms.currency)
    elif terms.kind is CouponKind.FIXED or terms.min_subtotal_minor is not None:
        raise AmountInvalid("an amount of money has a currency")
