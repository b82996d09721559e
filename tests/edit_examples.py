"""What is wished to be changed about an order?

Builders like those of tests/examples.py: each takes the fields that a test cares about.
"""

from dataclasses import replace
from typing import Any, Final

from commands.apply_edit import ApplyEdit
from commands.propose_edit import ProposeEdit
from commands.reject_edit import RejectEdit
from domain.order_edit import EditKind, EditOperation
from domain.order_events import OrderPlaced
from domain.order_parts import Totals
from tests.examples import NOW, ORDER_ID, POLICY, SKU, STAFF, a_sold_line
from tests.order_examples import BOOKS, a_large_order

EDIT_ID: Final = "0196a000-0000-7000-8000-0000000000e2"
PEN: Final = "PEN"

_ASKED: Final[dict[str, Any]] = {"actor": STAFF, "asked_at": NOW, "order_id": ORDER_ID}

MUGS: Final = a_sold_line(
    quantity=4, gross_minor=5_000, net_minor=5_000, tax_minor=833, total_minor=5_000
)


def a_full_price_order(**fields: object) -> OrderPlaced:
    """Four mugs and three books for 64.44 with delivery, without a coupon."""
    totals = Totals(
        subtotal_minor=5_999, discount_minor=0, shipping_minor=395, tax_minor=949, grand_minor=6_444
    )
    order = a_large_order(lines=(MUGS, BOOKS), totals=totals, coupons=())
    return replace(order, **fields)


def set_quantity(line_id: str, quantity: int) -> EditOperation:
    """So many pieces."""
    return EditOperation(kind=EditKind.SET_QUANTITY, line_id=line_id, quantity=quantity)


def remove_line(line_id: str) -> EditOperation:
    """None of it."""
    return EditOperation(kind=EditKind.REMOVE_LINE, line_id=line_id)


def add_line(line_id: str = "3", sku: str = SKU, quantity: int = 1) -> EditOperation:
    """A line more."""
    return EditOperation(kind=EditKind.ADD_LINE, line_id=line_id, sku=sku, quantity=quantity)


def adjust_price(
    line_id: str, amount_minor: int, reason: str | None = "scratched"
) -> EditOperation:
    """Another price."""
    return EditOperation(
        kind=EditKind.ADJUST_PRICE, line_id=line_id, amount_minor=amount_minor, reason=reason
    )


def set_shipping(method: str | None = "pallet", **fields: object) -> EditOperation:
    """Another delivery."""
    return replace(EditOperation(kind=EditKind.SET_SHIPPING, shipping_method=method), **fields)


def add_coupon(code: str) -> EditOperation:
    """A coupon more."""
    return EditOperation(kind=EditKind.ADD_COUPON, coupon_code=code)


def remove_coupon(code: str) -> EditOperation:
    """A coupon less."""
    return EditOperation(kind=EditKind.REMOVE_COUPON, coupon_code=code)


def an_edit(*operations: EditOperation, **fields: object) -> ProposeEdit:
    """Two mugs are enough."""
    wish = ProposeEdit(
        **_ASKED,
        policy=POLICY,
        edit_id=EDIT_ID,
        base_version=1,
        operations=operations or (set_quantity("1", 2),),
    )
    return replace(wish, **fields)


def an_application(**fields: object) -> ApplyEdit:
    """It is changed."""
    return replace(ApplyEdit(**_ASKED, edit_id=EDIT_ID), **fields)


def an_edit_rejection(**fields: object) -> RejectEdit:
    """It stays as it is."""
    return replace(RejectEdit(**_ASKED, edit_id=EDIT_ID, reason="out_of_stock"), **fields)
