"""What is an edit of an order: what was asked for, and what does the order come to with it?

Amounts are minor units of the order's currency, quantities are pieces.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.order_parts import AppliedCoupon, OrderLine, ShippingLine, Totals


class EditKind(StrEnum):
    """What can be changed about an order."""

    ADD_LINE = "add_line"
    SET_QUANTITY = "set_quantity"
    REMOVE_LINE = "remove_line"
    ADJUST_PRICE = "adjust_price"
    SET_SHIPPING = "set_shipping"
    ADD_COUPON = "add_coupon"
    REMOVE_COUPON = "remove_coupon"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOperation:
    """One change that somebody asks for; which fields count is a matter of its kind.

    `amount_minor` is an agreed unit price, or an agreed amount for delivery; `reason` says why.
    """

    kind: EditKind
    line_id: str | None = None
    sku: str | None = None
    quantity: int | None = None
    amount_minor: int | None = None
    reason: str | None = None
    shipping_method: str | None = None
    coupon_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedContent:
    """What an order consists of with an edit: everything that is wanted, not only what changes."""

    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ShippingLine, ...]
    coupons: tuple[AppliedCoupon, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """What an edit adds to a line or, below zero, takes from it.

    Units: `lines` is 1 for a line that is new and -1 for one that is gone; `value_minor` = unit
    price x quantity (the basis of gross sales).
    """

    line_id: str
    sku: str
    name: str
    lines: int
    quantity: int
    value_minor: int
    discount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEdit:
    """An edit that was proposed and neither applied nor rejected yet."""

    edit_id: str
    content: EditedContent
    totals: Totals


def difference(after: Totals, before: Totals) -> Totals:
    """Tell what sums come to more, or below zero less, than before."""
    return Totals(
        subtotal_minor=after.subtotal_minor - before.subtotal_minor,
        discount_minor=after.discount_minor - before.discount_minor,
        shipping_minor=after.shipping_minor - before.shipping_minor,
        tax_minor=after.tax_minor - before.tax_minor,
        grand_minor=after.grand_minor - before.grand_minor,
    )
