"""What does an order come to?

Deterministic integer arithmetic, fixed under `CALC_VERSION`: whoever changes a result of this file
gives it a new number, because every stored order names the version that computed it.

1. gross = unit price x quantity; net = gross less discounts.
2. tax on net, exclusive: half_up(net x rate); inclusive: net - half_up(net / (1 + rate)).
3. total = net when the tax is inside, else net + tax. The order's grand total is the sum.

Rounding level `order` rounds the tax once per rate and kind (inside or on top) and spreads it over
the lines by largest remainder, so that the lines' taxes add up to it exactly.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from domain.errors import TotalMismatch
from domain.money import require_amount
from domain.order_parts import OrderLine, ShippingLine, Totals
from domain.policy import RoundingLevel

CALC_VERSION: Final = 1
PPM: Final = 1_000_000
"""Parts per million: a rate of 20 % is 200,000."""

TaxBase = tuple[int, int, bool]
"""(net amount in minor units, rate in parts per million, whether the tax is inside)."""


def taxes_minor(bases: Sequence[TaxBase], level: RoundingLevel) -> list[int]:
    """Compute the tax of every base. Shape: one amount per base, in the same order."""
    if level is RoundingLevel.LINE:
        return [tax_minor(net, ppm, included=included) for net, ppm, included in bases]
    groups: defaultdict[tuple[int, bool], list[int]] = defaultdict(list)
    for index, (_, ppm, included) in enumerate(bases):
        groups[ppm, included].append(index)
    taxes = [0] * len(bases)
    for (ppm, included), indexes in groups.items():
        nets = [bases[index][0] for index in indexes]
        tax = tax_minor(sum(nets), ppm, included=included)
        for index, share in zip(indexes, spread(tax, nets, ppm, included=included), strict=True):
            taxes[index] = share
    return taxes


def tax_minor(net_minor: int, ppm: int, *, included: bool) -> int:
    """Compute the tax on, or inside, an amount of zero or more, rounding half up."""
    if included:
        return net_minor - half_up(net_minor * PPM, PPM + ppm)
    return half_up(net_minor * ppm, PPM)


def spread(tax: int, nets: Sequence[int], ppm: int, *, included: bool) -> list[int]:
    """Share a tax out by largest remainder; the first of equal remainders comes first.

    Shape: one share per net amount, in the same order; their sum is `tax`.
    """
    divisor = PPM + ppm if included else PPM
    exact = [divmod(net * ppm, divisor) for net in nets]
    shares = [whole for whole, _ in exact]
    left = tax - sum(shares)
    assert 0 <= left <= len(shares)
    for index in sorted(range(len(exact)), key=lambda index: -exact[index][1])[:left]:
        shares[index] += 1
    return shares


def sum_up(lines: Sequence[OrderLine], shipping_lines: Sequence[ShippingLine]) -> Totals:
    """Add an order up, in two ways that must agree.

    Raises:
        TotalMismatch: they do not agree, which is a bug.
        AmountOutOfRange: the sum exceeds 2^53-1 minor units.
    """
    subtotal = discount = shipping = tax = tax_on_top = grand = 0
    for line in lines:
        subtotal += line.gross_minor
        discount += sum(line.discounts_minor)
        tax += line.tax_minor
        tax_on_top += 0 if line.tax_included else line.tax_minor
        grand += line.total_minor
    for delivery in shipping_lines:
        shipping += delivery.amount_minor - delivery.discount_minor
        tax += delivery.tax_minor
        tax_on_top += 0 if delivery.tax_included else delivery.tax_minor
        grand += delivery.total_minor
    if grand != subtotal - discount + shipping + tax_on_top:
        raise TotalMismatch(f"the lines come to {grand}, their parts do not")
    require_amount(subtotal)
    require_amount(grand)
    return Totals(
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping_minor=shipping,
        tax_minor=tax,
        grand_minor=grand,
    )


def half_up(dividend: int, divisor: int) -> int:
    """Divide whole numbers of zero or more, rounding half up."""
    return (2 * dividend + divisor) // (2 * divisor)
