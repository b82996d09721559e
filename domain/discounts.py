"""What do coupons take off an order, and off which of its lines?

Deterministic integer arithmetic, fixed under `CALC_VERSION` like the totals (`totals.py`).

1. Coupons are applied one after the other in the order given, each on what those before it left.
2. percent: half_up(what is left of the eligible lines x rate); fixed: its value, at most what is
   left of them. The amount is spread over these lines by largest remainder, so that the parts add
   up to it exactly.
3. free_shipping: what delivery costs.

Of equal remainders that of the smaller line id comes first, so no sum depends on the order in which
the lines are written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import NAMESPACE_URL, uuid5

from domain.coupon_events import CouponCreated, CouponKind
from domain.order_parts import AppliedCoupon
from domain.totals import PPM, half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountableLine:
    """A line of an order before discounts. Units: minor units."""

    line_id: str
    sku: str
    gross_minor: int


@dataclass(frozen=True, slots=True)
class LineDiscounts:
    """What coupons take off the lines. Units: minor units.

    Shape: `by_line` has an element per line, in order: the amount of every coupon that took
    something off it, in order. `by_coupon` has an element per coupon, in order.
    """

    by_line: tuple[tuple[int, ...], ...]
    by_coupon: tuple[int, ...]


def discount_lines(
    coupons: Sequence[CouponCreated], lines: Sequence[DiscountableLine]
) -> LineDiscounts:
    """Take coupons off the lines; one for free delivery takes nothing off them."""
    left = [line.gross_minor for line in lines]
    by_line: list[list[int]] = [[] for _ in lines]
    by_coupon: list[int] = []
    for terms in coupons:
        eligible = _eligible(terms, lines)
        amount_minor = _amount_minor(terms, sum([left[index] for index in eligible]))
        by_coupon.append(amount_minor)
        if not amount_minor:
            continue
        weights = [left[index] for index in eligible]
        line_ids = [lines[index].line_id for index in eligible]
        for index, share in zip(eligible, share_out(amount_minor, weights, line_ids), strict=True):
            if share:
                left[index] -= share
                by_line[index].append(share)
    return LineDiscounts(tuple(map(tuple, by_line)), tuple(by_coupon))


def _eligible(terms: CouponCreated, lines: Sequence[DiscountableLine]) -> list[int]:
    if terms.skus is None:
        return list(range(len(lines)))
    skus = frozenset(terms.skus)
    return [index for index, line in enumerate(lines) if line.sku in skus]


def _amount_minor(terms: CouponCreated, left_minor: int) -> int:
    match terms.kind:
        case CouponKind.PERCENT:
            return half_up(left_minor * terms.value, PPM)
        case CouponKind.FIXED:
            return min(terms.value, left_minor)
        case CouponKind.FREE_SHIPPING:
            return 0
        case _:
            assert_never(terms.kind)


def share_out(amount_minor: int, weights: Sequence[int], names: Sequence[str]) -> list[int]:
    """Share an amount out by largest remainder; of equal ones that of the smaller name comes first.

    Shape: one share per weight, in the same order; their sum is the amount, and none is larger than
    its weight as long as the amount is at most their sum.
    """
    total = sum(weights)
    assert 0 < amount_minor <= total
    exact = [divmod(amount_minor * weight, total) for weight in weights]
    shares = [whole for whole, _ in exact]
    order = sorted(range(len(exact)), key=lambda index: (-exact[index][1], names[index]))
    for index in order[: amount_minor - sum(shares)]:
        shares[index] += 1
    return shares


def redemption_id_of(order_id: str, code: str) -> str:
    """Name the redemption of a coupon by an order; the same whoever computes it."""
    return str(uuid5(NAMESPACE_URL, f"ordertrail/order/{order_id}/coupon/{code}"))


def applied_coupons(
    order_id: str, coupons: Sequence[CouponCreated], by_coupon: Sequence[int], shipping_minor: int
) -> tuple[AppliedCoupon, ...]:
    """Say what each coupon took off, the one for free delivery what was taken off delivery.

    Shape: one per coupon, in order; at most one of them is for free delivery.
    """
    return tuple(
        AppliedCoupon(
            code=terms.code,
            redemption_id=redemption_id_of(order_id, terms.code),
            discount_minor=(
                shipping_minor if terms.kind is CouponKind.FREE_SHIPPING else amount_minor
            ),
        )
        for terms, amount_minor in zip(coupons, by_coupon, strict=True)
    )
