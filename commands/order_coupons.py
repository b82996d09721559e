"""Which coupons does an order have, and what do they take off its lines?

The part of PlaceOrder (`place_order.py`) that is about coupons. The checks come in this order, and
the first that fails answers with all its culprits:

1. every code once
2. every coupon exists
3. all of them count together with others, if there are several
4. the currency
5. the period, and no pause
6. a place is free, and one for this customer (`reserve_redemption.py` takes it)
7. the goods are worth what the coupon asks for, before discounts
8. every coupon takes something off
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.coupon import Coupon
from domain.coupon_errors import (
    CouponAlreadyApplied,
    CouponCurrencyMismatch,
    CouponCustomerLimit,
    CouponExhausted,
    CouponMinNotMet,
    CouponNotActive,
    CouponNotApplicable,
    CouponNotStackable,
)
from domain.coupon_events import CouponCreated, CouponKind
from domain.discounts import DiscountableLine, LineDiscounts, discount_lines
from domain.errors import CouponNotFound, ErrorItem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What coupons look at in an order; `has_delivery` tells whether any delivery is charged.

    `redeemed`: codes on which the order has its place already. `pointers`: code -> where the
    request names it, if that is not the list of codes of a new order.
    """

    customer_id: str
    currency: str
    placed_at: datetime
    lines: tuple[DiscountableLine, ...]
    has_delivery: bool
    redeemed: frozenset[str] = frozenset()
    pointers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def gross_minor(self) -> int:
        """Tell what the goods are worth before discounts."""
        return sum([line.gross_minor for line in self.lines])


@dataclass(frozen=True, slots=True)
class OrderCoupons:
    """The coupons of an order in the order given, and what they take off its lines."""

    terms: tuple[CouponCreated, ...]
    discounts: LineDiscounts

    @property
    def free_delivery(self) -> str | None:
        """Name the coupon that takes off what delivery costs, if there is one."""
        return next(
            (terms.code for terms in self.terms if terms.kind is CouponKind.FREE_SHIPPING), None
        )


def no_coupons(lines: int) -> OrderCoupons:
    """Answer what nothing takes off so many lines."""
    return OrderCoupons((), LineDiscounts(((),) * lines, ()))


def apply_coupons(
    codes: Sequence[str], known: Mapping[str, Coupon | None], purchase: Purchase
) -> OrderCoupons:
    """Take the coupons off the lines, one after the other. Shape: `known` has every code.

    Raises:
        CouponAlreadyApplied, CouponNotFound, CouponNotStackable, CouponCurrencyMismatch,
            CouponNotActive, CouponExhausted, CouponCustomerLimit, CouponMinNotMet,
            CouponNotApplicable: in this order.
    """
    again = [index for index, code in enumerate(codes) if code in codes[:index]]
    if again:
        raise CouponAlreadyApplied(
            "an order has a coupon once", items=_items(purchase, codes, again)
        )
    coupons = [known[code] for code in codes]
    unknown = [index for index, coupon in enumerate(coupons) if coupon is None]
    if unknown:
        raise CouponNotFound(
            f"there is no coupon {codes[unknown[0]]!r}", items=_items(purchase, codes, unknown)
        )
    found = [coupon for coupon in coupons if coupon is not None]
    _require_counting(codes, found, purchase)
    terms = tuple([coupon.terms for coupon in found])
    discounts = discount_lines(terms, purchase.lines)
    idle = _taking_nothing(terms, discounts, has_delivery=purchase.has_delivery)
    if idle:
        raise CouponNotApplicable(
            "there is nothing to take the coupon off", items=_items(purchase, codes, idle)
        )
    return OrderCoupons(terms, discounts)


def _require_counting(codes: Sequence[str], coupons: Sequence[Coupon], purchase: Purchase) -> None:
    alone = [index for index, coupon in enumerate(coupons) if not coupon.terms.stackable]
    if alone and len(coupons) > 1:
        raise CouponNotStackable(
            "the coupon does not count together with others", items=_items(purchase, codes, alone)
        )
    for error, detail, counts in _CHECKS:
        wrong = [index for index, coupon in enumerate(coupons) if not counts(coupon, purchase)]
        if wrong:
            raise error(detail, items=_items(purchase, codes, wrong))


def _meets_minimum(coupon: Coupon, purchase: Purchase) -> bool:
    least_minor = coupon.terms.min_subtotal_minor
    return least_minor is None or purchase.gross_minor >= least_minor


def _has_place(coupon: Coupon, purchase: Purchase) -> bool:
    return coupon.terms.code in purchase.redeemed


_CHECKS: Final[tuple[tuple[type[Refusal], str, Callable[[Coupon, Purchase], bool]], ...]] = (
    (
        CouponCurrencyMismatch,
        "the coupon counts in another currency",
        lambda coupon, purchase: coupon.counts_in(purchase.currency),
    ),
    (
        CouponNotActive,
        "the coupon does not count for this order",
        lambda coupon, purchase: (
            _has_place(coupon, purchase) or coupon.counts_at(purchase.placed_at)
        ),
    ),
    (
        CouponExhausted,
        "every place on the coupon is taken",
        lambda coupon, purchase: _has_place(coupon, purchase) or not coupon.is_exhausted,
    ),
    (
        CouponCustomerLimit,
        "the customer has used the coupon as often as he may",
        lambda coupon, purchase: (
            _has_place(coupon, purchase) or not coupon.is_used_up_by(purchase.customer_id)
        ),
    ),
    (CouponMinNotMet, "the goods are worth less than the coupon asks for", _meets_minimum),
)


def _taking_nothing(
    terms: Sequence[CouponCreated], discounts: LineDiscounts, *, has_delivery: bool
) -> list[int]:
    """Find the coupons that take nothing off, as far as that can be told before delivery is."""
    idle: list[int] = []
    for index, each in enumerate(terms):
        if each.kind is CouponKind.FREE_SHIPPING:
            if not has_delivery:
                idle.append(index)
            has_delivery = False  # a second one has nothing left
        elif not discounts.by_coupon[index]:
            idle.append(index)
    return idle


def _items(purchase: Purchase, codes: Sequence[str], indexes: Sequence[int]) -> list[ErrorItem]:
    return [
        {
            "pointer": purchase.pointers.get(codes[index], f"/coupon_codes/{index}"),
            "coupon": codes[index],
        }
        for index in indexes
    ]
