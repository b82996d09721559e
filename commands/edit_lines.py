"""What does an order consist of with an edit, and what does it come to?

The part of ProposeEdit (`propose_edit.py`) that is about lines, coupons and delivery. Lines that
nothing changes keep every amount to the penny; the others are priced by the rules of a new order,
at the prices and tax rates that were fixed when they were added. A line of which something has left
the house cannot change any more, nor can coupons and delivery once anything has.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from commands.order_coupons import OrderCoupons
from commands.order_lines import LINES_PER_ORDER_MAX, QUANTITY_MAX, ShippingCharge
from commands.order_rules import lines_of
from domain.discounts import applied_coupons, redemption_id_of
from domain.errors import (
    AmountInvalid,
    DuplicateLineId,
    EmptyOrder,
    ErrorItem,
    QuantityInvalid,
    ReasonRequired,
    TooManyLines,
)
from domain.order import Order
from domain.order_edit import EditedContent, EditKind, EditOperation
from domain.order_errors import EditNotAllowedAfterShipment, LineNotFound
from domain.order_parts import AppliedCoupon, OrderLine, ShippingLine
from domain.policy import Policy
from domain.totals import TaxBase, taxes_minor

Wanted = dict[str, OrderLine]
"""Line id -> the line with the quantity and the unit price that are wanted, not priced yet."""

T = TypeVar("T")


def given(value: T | None) -> T:
    """Answer a field that an operation of its kind always has."""
    assert value is not None
    return value


def wanted_lines(
    order: Order, operations: Sequence[EditOperation], new_lines: Mapping[str, OrderLine]
) -> Wanted:
    """Carry the operations about lines out, one after the other. Shape: `new_lines` by line id.

    Raises:
        DuplicateLineId: an added line has the id of another one.
        LineNotFound: the order has no such line, or not any more.
        EditNotAllowedAfterShipment: a part of the line has left.
        QuantityInvalid, AmountInvalid, ReasonRequired: the operation is not right.
        EmptyOrder, TooManyLines: so many lines make no order.
    """
    wanted = {
        line.line_id: line if progress.shipped else replace(line, quantity=progress.kept)
        for line, progress in lines_of(order)
        if progress.kept
    }
    for index, operation in enumerate(operations):
        change = _CHANGES.get(operation.kind)
        if change is not None:
            change(order, wanted, operation, index, new_lines)
    if not wanted:
        raise EmptyOrder("nothing would be left; cancel the order")
    if len(wanted) > LINES_PER_ORDER_MAX:
        raise TooManyLines(f"an order has at most {LINES_PER_ORDER_MAX} lines, not {len(wanted)}")
    return wanted


_Change = Callable[[Order, Wanted, EditOperation, int, Mapping[str, OrderLine]], None]


def _add(
    order: Order,
    wanted: Wanted,
    operation: EditOperation,
    index: int,
    new_lines: Mapping[str, OrderLine],
) -> None:
    line_id = given(operation.line_id)
    _require_quantity(operation, index)
    if line_id in wanted or any(line.line_id == line_id for line in order.lines):
        raise DuplicateLineId("the order has had a line of this id", items=(_item(index, line_id),))
    wanted[line_id] = new_lines[line_id]


def _set_quantity(
    order: Order, wanted: Wanted, operation: EditOperation, index: int, _: Mapping[str, OrderLine]
) -> None:
    line = _changeable(order, wanted, operation, index)
    _require_quantity(operation, index)
    wanted[line.line_id] = replace(line, quantity=given(operation.quantity))


def _remove(
    order: Order, wanted: Wanted, operation: EditOperation, index: int, _: Mapping[str, OrderLine]
) -> None:
    del wanted[_changeable(order, wanted, operation, index).line_id]


def _adjust_price(
    order: Order, wanted: Wanted, operation: EditOperation, index: int, _: Mapping[str, OrderLine]
) -> None:
    line = _changeable(order, wanted, operation, index)
    require_agreed(operation, index)
    wanted[line.line_id] = replace(
        line,
        unit_price_minor=given(operation.amount_minor),
        agreed_price_reason=operation.reason,
    )


_CHANGES: Final[Mapping[EditKind, _Change]] = {
    EditKind.ADD_LINE: _add,
    EditKind.SET_QUANTITY: _set_quantity,
    EditKind.REMOVE_LINE: _remove,
    EditKind.ADJUST_PRICE: _adjust_price,
}


def _changeable(order: Order, wanted: Wanted, operation: EditOperation, index: int) -> OrderLine:
    line_id = given(operation.line_id)
    line = wanted.get(line_id)
    if line is None:
        raise LineNotFound("the order has no such line", items=(_item(index, line_id),))
    if any(each.line_id == line_id and each.shipped for each in order.progress):
        raise EditNotAllowedAfterShipment(
            "a part of the line has left the house", items=(_item(index, line_id),)
        )
    return line


def _require_quantity(operation: EditOperation, index: int) -> None:
    if not 1 <= given(operation.quantity) <= QUANTITY_MAX:
        raise QuantityInvalid(
            f"a quantity is from 1 to {QUANTITY_MAX}",
            items=({"pointer": f"/operations/{index}/quantity"},),
        )


def require_agreed(operation: EditOperation, index: int) -> None:
    """Refuse an agreed amount below zero or without a reason.

    Raises:
        AmountInvalid, ReasonRequired: in this order.
    """
    if given(operation.amount_minor) < 0:
        raise AmountInvalid(
            "an agreed amount is zero or more",
            items=({"pointer": f"/operations/{index}/amount_minor"},),
        )
    if not operation.reason:
        raise ReasonRequired(
            "an agreed amount needs a reason", items=({"pointer": f"/operations/{index}/reason"},)
        )


def _item(index: int, line_id: str) -> ErrorItem:
    return {"pointer": f"/operations/{index}/line_id", "line_id": line_id}


def priced(
    order: Order,
    wanted: Sequence[OrderLine],
    coupons: OrderCoupons,
    delivery: ShippingLine | None,
    policy: Policy,
    edit_id: str,
) -> EditedContent:
    """Compute what is wanted. Shape: `coupons` take something off the wanted lines, in order.

    `delivery` has the amount and the discount that are wanted, and a tax rate. A coupon that is
    added takes a place named after the edit, so that it can be taken away and added again.
    """
    known = {line.line_id: line for line in order.lines}
    lines = [
        _kept_or_changed(known.get(line.line_id), line, discounts)
        for line, discounts in zip(wanted, coupons.discounts.by_line, strict=True)
    ]
    shipping = () if delivery is None else (delivery,)
    changed = [line for line in lines if line is not known.get(line.line_id)]
    is_new = shipping != order.shipping_lines
    bases: list[TaxBase] = [(_net(line), line.tax_ppm, line.tax_included) for line in changed]
    if delivery is not None and is_new:
        net_minor = delivery.amount_minor - delivery.discount_minor
        bases.append((net_minor, delivery.tax_ppm, delivery.tax_included))
    taxes = taxes_minor(bases, policy.rounding_level)
    taxed = {line.line_id: _taxed(line, tax) for line, tax in zip(changed, taxes, strict=False)}
    if delivery is not None and is_new:
        shipping = (_taxed_delivery(delivery, taxes[-1]),)
    return EditedContent(
        lines=tuple(taxed.get(line.line_id, line) for line in lines),
        shipping_lines=shipping,
        coupons=_applied(order, coupons, delivery, edit_id),
    )


def _applied(
    order: Order, coupons: OrderCoupons, delivery: ShippingLine | None, edit_id: str
) -> tuple[AppliedCoupon, ...]:
    places = {each.code: each.redemption_id for each in order.coupons}
    applied = applied_coupons(
        order.order_id,
        coupons.terms,
        coupons.discounts.by_coupon,
        0 if delivery is None else delivery.discount_minor,
    )
    return tuple(
        replace(
            each,
            redemption_id=places.get(
                each.code, redemption_id_of(order.order_id, f"{each.code}/{edit_id}")
            ),
        )
        for each in applied
    )


def _kept_or_changed(
    known: OrderLine | None, line: OrderLine, discounts: tuple[int, ...]
) -> OrderLine:
    """Answer the line as the order has it, if nothing changes about it."""
    line = replace(line, discounts_minor=discounts)
    if known is not None and (known.quantity, known.unit_price_minor, known.discounts_minor) == (
        line.quantity,
        line.unit_price_minor,
        line.discounts_minor,
    ):
        return known
    return line


def _net(line: OrderLine) -> int:
    return line.unit_price_minor * line.quantity - sum(line.discounts_minor)


def _taxed(line: OrderLine, tax_minor: int) -> OrderLine:
    net_minor = _net(line)
    return replace(
        line,
        gross_minor=line.unit_price_minor * line.quantity,
        net_minor=net_minor,
        tax_minor=tax_minor,
        total_minor=net_minor if line.tax_included else net_minor + tax_minor,
    )


def delivery_of(charge: ShippingCharge, policy: Policy, country: str) -> ShippingLine:
    """Make a delivery of what is charged for it, not taxed yet.

    Raises:
        TaxRateUnknown: the policy has no rate for its tax class.
    """
    return ShippingLine(
        method=charge.method,
        amount_minor=charge.amount_minor,
        discount_minor=charge.discount_minor,
        tax_class=charge.tax_class,
        tax_ppm=policy.tax_rate_ppm(charge.tax_class, country),
        tax_included=charge.tax_included,
        tax_minor=0,
        total_minor=0,
    )


def _taxed_delivery(line: ShippingLine, tax_minor: int) -> ShippingLine:
    net_minor = line.amount_minor - line.discount_minor
    return replace(
        line,
        tax_minor=tax_minor,
        total_minor=net_minor if line.tax_included else net_minor + tax_minor,
    )
