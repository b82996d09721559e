"""What is a part of an order line worth?

The first k of q pieces are worth floor(total x k / q), so the parts of a line always add up to its
total, however it is taken apart (domain.md §1.3, rule 7). Pieces that leave and come back are
counted from the front, pieces that are cancelled from the back: what was shipped and what was
cancelled add up to the line as well.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.order_parts import CancelledLine, OrderLine, ReturnedLine, ShippingLine, Totals
from domain.order_progress import LineProgress


def share_minor(amount_minor: int, quantity: int, of: int) -> int:
    """Tell what the first `quantity` of `of` pieces are worth when all are worth the amount."""
    return amount_minor * quantity // of


def cancelled_part(line: OrderLine, progress: LineProgress, quantity: int) -> CancelledLine:
    """Tell what so many more pieces are worth that the customer will not get."""
    kept, total = progress.kept, line.total_minor
    left = share_minor(total, kept - quantity, line.quantity)
    return CancelledLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=quantity,
        value_minor=line.unit_price_minor * quantity,
        total_minor=share_minor(total, kept, line.quantity) - left,
    )


def returned_part(
    line: OrderLine, progress: LineProgress, quantity: int, written_off: int = 0
) -> ReturnedLine:
    """Tell what so many more pieces are worth that came back."""
    returned, total = progress.returned, line.total_minor
    before = share_minor(total, returned, line.quantity)
    return ReturnedLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=quantity,
        value_minor=line.unit_price_minor * quantity,
        total_minor=share_minor(total, returned + quantity, line.quantity) - before,
        written_off_quantity=written_off,
    )


def shipped_minor(line: OrderLine, progress: LineProgress) -> int:
    """Tell what the pieces are worth that have left the house."""
    return share_minor(line.total_minor, progress.shipped, line.quantity)


class LineWorth(NamedTuple):
    """What a part of a line comes to. Units: minor units; gross is unit price x quantity."""

    gross_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int


def worth_of(line: OrderLine, quantity: int) -> LineWorth:
    """Tell what the first pieces of a line come to."""
    total, tax = share_minor(line.total_minor, quantity, line.quantity), _tax(line, quantity)
    gross = line.unit_price_minor * quantity
    discount = gross - (total if line.tax_included else total - tax)
    return LineWorth(gross, discount, tax, total)


def totals_kept(
    lines: Sequence[OrderLine],
    progress: Iterable[LineProgress],
    shipping_lines: Sequence[ShippingLine],
) -> Totals:
    """Add up what is left of an order. Shape: `progress` has one element per line, in order.

    Delivery is still owed unless nothing is left at all.
    """
    subtotal = discount = tax = grand = shipping = kept_pieces = 0
    for line, each in zip(lines, progress, strict=True):
        kept_pieces += each.kept
        gross, less, line_tax, total = worth_of(line, each.kept)
        subtotal += gross
        discount += less
        tax += line_tax
        grand += total
    for delivery in shipping_lines if kept_pieces else ():
        shipping += delivery.amount_minor - delivery.discount_minor
        tax += delivery.tax_minor
        grand += delivery.total_minor
    return Totals(
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping_minor=shipping,
        tax_minor=tax,
        grand_minor=grand,
    )


def _tax(line: OrderLine, kept: int) -> int:
    return share_minor(line.tax_minor, kept, line.quantity)
