"""What can be refused about coupons, and under which stable code?

That there is no such coupon stands in `errors.py`.
"""

from domain.errors import Refusal


class CouponAlreadyExists(Refusal):
    """Another creation of the code says something else."""

    code = "coupon_already_exists"


class CouponPeriodInvalid(Refusal):
    """A coupon ends after it starts."""

    code = "coupon_period_invalid"


class CouponNotActive(Refusal):
    """The coupon does not count then: it has not started, is paused, or its time is over."""

    code = "coupon_not_active"


class CouponExhausted(Refusal):
    """Every place on the coupon is taken."""

    code = "coupon_exhausted"


class CouponCustomerLimit(Refusal):
    """The customer has used the coupon as often as he may."""

    code = "coupon_customer_limit"


class CouponMinNotMet(Refusal):
    """The order is worth less than the coupon asks for."""

    code = "coupon_min_not_met"


class CouponNotApplicable(Refusal):
    """There is nothing that the coupon could take anything off."""

    code = "coupon_not_applicable"


class CouponCurrencyMismatch(Refusal):
    """The coupon counts in another currency."""

    code = "coupon_currency_mismatch"


class CouponNotStackable(Refusal):
    """The coupon does not count together with others."""

    code = "coupon_not_stackable"


class CouponAlreadyApplied(Refusal):
    """An order has a coupon once."""

    code = "coupon_already_applied"


class RedemptionNotFound(Refusal):
    """The coupon has no such redemption, or its place was given back."""

    code = "redemption_not_found"
