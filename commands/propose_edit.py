"""ProposeEdit: an order shall be changed.

The order tells what it would come to; it changes when the fulfilment process has the pieces and the
money for that (`apply_edit.py`). The checks come in this order, and the first that fails answers:

1. the edit was proposed: the same operations are a repeat, others are refused
2. the order is what it was when the edit was thought out
3. it is on its way, has no other edit pending, and was not imported
4. rights: customers add nothing at prices of their own
5. coupons and delivery change before anything has left the house
6. products and prices of added lines (`order_lines.py`), the operations (`edit_lines.py`)
7. coupons (`order_coupons.py`), the delivery method, tax rates
8. something changes
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from commands.edit_lines import Wanted, delivery_of, given, priced, require_agreed, wanted_lines
from commands.edit_rules import require_editable
from commands.order_coupons import OrderCoupons, Purchase, apply_coupons, no_coupons
from commands.order_lines import PlaceOrderLine, find_offers, price_offers, shipping_charge
from commands.order_rules import is_repeat
from domain.about_order import facts_of
from domain.coupon import Coupon
from domain.coupon_errors import CouponAlreadyApplied, CouponNotApplicable
from domain.discounts import DiscountableLine
from domain.envelope import Actor
from domain.errors import ErrorItem, Forbidden
from domain.line_parts import totals_kept
from domain.order import Order
from domain.order_edit import EditedContent, EditKind, EditOperation, difference
from domain.order_errors import EditNotAllowedAfterShipment, EditStale, NoChanges
from domain.order_events import OrderEditProposed
from domain.order_operations import edit, edit_texts
from domain.order_parts import OrderLine, ShippingLine
from domain.order_progress import Lines, edit_pieces
from domain.permissions import require_order, speaks_for_shop
from domain.policy import Policy
from domain.product import Product
from domain.totals import CALC_VERSION

OF_COUPONS: Final = frozenset({EditKind.ADD_COUPON, EditKind.REMOVE_COUPON})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeEdit:
    """Change an order that is at `base_version`; `edit_id` tells a repeat from a second wish."""

    actor: Actor
    asked_at: datetime
    policy: Policy
    order_id: str
    edit_id: str
    base_version: int
    operations: tuple[EditOperation, ...]


@dataclass(frozen=True, slots=True)
class ProposeEditState:
    """What an edit rests on.

    Shape: `products` has an entry for the sku of every added line, `coupons` one for every coupon
    that the order has or shall have.
    """

    order: Order | None
    products: Mapping[str, Product | None]
    coupons: Mapping[str, Coupon | None]


def propose_edit(command: ProposeEdit, state: ProposeEditState) -> tuple[OrderEditProposed, ...]:
    """Propose the edit with what the order would come to, or nothing if it was proposed.

    Raises:
        OrderNotFound: unknown, or another customer's.
        OperationConflict: the edit id was used for something else.
        EditStale: the order is at another version.
        Refusal: one of those listed above, in that order.
    """
    order = require_order(state.order, command.actor, command.order_id)
    if is_repeat(order, edit(command.edit_id), *edit_texts(command.operations)):
        return ()
    if command.base_version != order.version:
        raise EditStale(
            f"the order is at version {order.version}, not {command.base_version}",
            current_version=order.version,
        )
    require_editable(order)
    _require_rights(command)
    _require_nothing_left(command, order)
    new_lines = _new_lines(command, order, state.products)
    wanted = wanted_lines(order, command.operations, new_lines)
    content = _content(command, order, state, wanted)
    if _is_the_same(order, content):
        raise NoChanges("the order would be what it is")
    before = order.due_totals
    after = totals_kept(
        content.lines, edit_pieces(order.progress, content.lines), content.shipping_lines
    )
    return (
        OrderEditProposed(
            **facts_of(order),
            edit_id=command.edit_id,
            operations=command.operations,
            content=content,
            totals_before=before,
            totals_after=after,
            delta_minor=difference(after, before).grand_minor,
            calc_version=CALC_VERSION,
            policy_version=command.policy.version,
        ),
    )


def _require_rights(command: ProposeEdit) -> None:
    if speaks_for_shop(command.actor):
        return
    items: list[ErrorItem] = [
        {"pointer": f"/operations/{index}/amount_minor"}
        for index, operation in enumerate(command.operations)
        if operation.amount_minor is not None
    ]
    if items:
        raise Forbidden("only the shop agrees prices", items=items)


def _require_nothing_left(command: ProposeEdit, order: Order) -> None:
    """Coupons and delivery are shared out over, or taken with, what has left."""
    if not order.has_shipped:
        return
    kinds = {operation.kind for operation in command.operations}
    if order.coupons or kinds & OF_COUPONS:
        raise EditNotAllowedAfterShipment("coupons are spread over what has left the house")
    if EditKind.SET_SHIPPING in kinds:
        raise EditNotAllowedAfterShipment("delivery is paid with the first parcel")


def _new_lines(
    command: ProposeEdit, order: Order, products: Mapping[str, Product | None]
) -> dict[str, OrderLine]:
    """Make the lines that are added, at the prices and tax rates of this moment."""
    added: dict[str, PlaceOrderLine] = {}
    for index, operation in enumerate(command.operations):
        if operation.kind is EditKind.ADD_LINE:
            if operation.amount_minor is not None:
                require_agreed(operation, index)
            line_id = given(operation.line_id)
            added[line_id] = PlaceOrderLine(
                line_id=line_id,
                sku=given(operation.sku),
                quantity=given(operation.quantity),
                agreed_unit_price_minor=operation.amount_minor,
                agreed_price_reason=operation.reason,
            )
    if not added:
        return {}
    offers = find_offers(
        tuple(added.values()),
        products,
        price_list=order.price_list,
        currency=order.currency,
        at=command.asked_at,
    )
    undiscounted = ((),) * len(offers)
    lines, _ = price_offers(offers, undiscounted, None, command.policy, order.tax_country)
    return {line.line_id: line for line in lines}


def _content(
    command: ProposeEdit, order: Order, state: ProposeEditState, wanted: Wanted
) -> EditedContent:
    lines = tuple(wanted.values())
    delivery = _delivery(command, order)
    coupons = _coupons(command, order, state.coupons, lines, delivery)
    if delivery is not None:
        is_free = coupons.free_delivery is not None
        if is_free and not delivery.amount_minor:
            raise CouponNotApplicable("delivery costs nothing anyway")
        discount_minor = delivery.amount_minor if is_free else 0
        if delivery.discount_minor != discount_minor:
            delivery = replace(delivery, discount_minor=discount_minor)
    return priced(order, lines, coupons, delivery, command.policy, command.edit_id)


def _delivery(command: ProposeEdit, order: Order) -> ShippingLine | None:
    """Answer the delivery that is wanted, before coupons: the last one that is asked for counts."""
    delivery = order.shipping_lines[0] if order.shipping_lines else None
    for index, operation in enumerate(command.operations):
        if operation.kind is EditKind.SET_SHIPPING:
            if operation.amount_minor is not None:
                require_agreed(operation, index)
            charge = shipping_charge(
                command.policy,
                operation.shipping_method,
                operation.amount_minor,
                country=order.tax_country,
                currency=order.currency,
            )
            assert charge is not None
            delivery = delivery_of(charge, command.policy, order.tax_country)
    return delivery


def _coupons(
    command: ProposeEdit,
    order: Order,
    known: Mapping[str, Coupon | None],
    lines: Sequence[OrderLine],
    delivery: ShippingLine | None,
) -> OrderCoupons:
    codes, pointers = _codes(command, order)
    if not codes:
        return no_coupons(len(lines))
    purchase = Purchase(
        customer_id=order.customer_id,
        currency=order.currency,
        placed_at=command.asked_at,
        lines=tuple(
            DiscountableLine(
                line_id=line.line_id,
                sku=line.sku,
                gross_minor=line.unit_price_minor * line.quantity,
            )
            for line in lines
        ),
        has_delivery=delivery is not None,
        redeemed=frozenset(each.code for each in order.coupons),
        pointers=pointers,
    )
    return apply_coupons(codes, known, purchase)


def _codes(command: ProposeEdit, order: Order) -> tuple[list[str], dict[str, str]]:
    """Answer the coupons that are wanted, those that the order has first, and where they stand."""
    codes = [each.code for each in order.coupons]
    pointers = dict.fromkeys(codes, "/operations")
    for index, operation in enumerate(command.operations):
        if operation.kind not in OF_COUPONS:
            continue
        code = given(operation.coupon_code)
        item: ErrorItem = {"pointer": f"/operations/{index}/coupon_code", "coupon": code}
        if operation.kind is EditKind.ADD_COUPON:
            if code in codes:
                raise CouponAlreadyApplied("an order has a coupon once", items=(item,))
            codes.append(code)
        elif code in codes:
            codes.remove(code)
        else:
            raise CouponNotApplicable("the order has no such coupon", items=(item,))
        pointers[code] = f"/operations/{index}/coupon_code"
    return codes, pointers


def _is_the_same(order: Order, content: EditedContent) -> bool:
    after = edit_pieces(order.progress, content.lines)
    return (
        _terms(content.lines, after) == _terms(order.lines, order.progress)
        and content.shipping_lines == order.shipping_lines
        and content.coupons == order.coupons
    )


def _terms(lines: Sequence[OrderLine], progress: Lines) -> dict[str, tuple[int, int]]:
    """Tell how many pieces of each line are wanted at which price."""
    return {
        line.line_id: (each.kept, line.unit_price_minor)
        for line, each in zip(lines, progress, strict=True)
        if each.kept
    }
