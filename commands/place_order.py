"""PlaceOrder: a customer wants goods.

The checks come in this order, and the first that fails answers; each lists all its culprits.

1. the order exists: the same fingerprint is a repeat, another one is refused
2. rights: customers order for themselves, from the web, at today's prices
3. the currency
4. the lines: 1 to 2,000, quantities, unique ids
5. business time is not in the future
6. agreed amounts: zero or more, prices with a reason
7. the customer is registered and not blocked
8. an exchange: the return that it is for has a credit (`order_credits.py`)
9. every product exists, is active and has a price at that time (`order_lines.py`)
10. the unit prices that the client expected
11. coupons (`order_coupons.py`)
12. an address, if anything is shipped; imported orders have none
13. the shipping method exists, delivers there and has a price in the currency; there is something
    left of it for a coupon for free delivery
14. a tax rate for every class
15. the sums can be kept, and the grand total is the expected one

The order and the return whose credit pays it are told in one append: of two orders for one return
exactly one is placed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.order_coupons import OrderCoupons, Purchase, apply_coupons, no_coupons
from commands.order_credits import paid_with_credit, require_credit
from commands.order_lines import (
    Offer,
    PlaceOrderLine,
    ShippingCharge,
    find_offers,
    price_offers,
    require_agreed_prices,
    require_expected_prices,
    require_lines,
    shipping_charge,
)
from domain.coupon import Coupon
from domain.coupon_errors import CouponNotApplicable
from domain.customer import Customer
from domain.discounts import DiscountableLine, applied_coupons
from domain.envelope import Actor, ActorKind
from domain.errors import (
    AddressRequired,
    AmountInvalid,
    CustomerIsBlocked,
    ErrorItem,
    Forbidden,
    OccurredAtInFuture,
    OrderAlreadyExists,
    OrderCustomerUnknown,
    PriceChanged,
)
from domain.money import currency_exponent
from domain.order import Order
from domain.order_events import OrderPlaced
from domain.order_parts import Address, OrderPersonal, Origin, OriginKind, Totals
from domain.permissions import may_act_for, speaks_for_shop
from domain.policy import Policy
from domain.product import Product
from domain.return_events import ReturnCreditUsed
from domain.return_request import ReturnRequest
from domain.totals import CALC_VERSION, sum_up


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """`asked_at` is the edge's clock, `occurred_at` business time if it differs.

    `order_number` and `fingerprint` are given by the handler, `policy` by the edge.
    """

    order_id: str
    order_number: str
    fingerprint: str
    actor: Actor
    asked_at: datetime
    policy: Policy
    customer_id: str
    currency: str
    price_list: str
    channel: str
    country: str
    origin: Origin
    lines: tuple[PlaceOrderLine, ...]
    agreed_shipping_minor: int | None = None
    coupon_codes: tuple[str, ...] = ()
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    payment_method_ref: str | None = None
    allow_backorder: bool = False
    allow_split: bool = False
    note: str | None = None
    expected_total_minor: int | None = None
    occurred_at: datetime | None = None

    @property
    def placed_at(self) -> datetime:
        """Tell the business time of the order."""
        return self.asked_at if self.occurred_at is None else self.occurred_at

    @property
    def tax_country(self) -> str:
        """Tell the country whose tax rates and shipping methods count."""
        return self.country if self.shipping_address is None else self.shipping_address.country


@dataclass(frozen=True, slots=True)
class PlaceOrderState:
    """What an order rests on.

    Shape: `products` has an entry for the sku of every line, `coupons` one for every code;
    `returned` is the return that an exchange is for.
    """

    order: Order | None
    customer: Customer | None
    products: Mapping[str, Product | None]
    coupons: Mapping[str, Coupon | None]
    returned: ReturnRequest | None = None


def place_order(
    command: PlaceOrder, state: PlaceOrderState
) -> tuple[OrderPlaced | ReturnCreditUsed, ...]:
    """Place the order at the prices, rates and totals of its moment; nothing if it was placed.

    Raises:
        OrderAlreadyExists: the order id was used with another body.
        Refusal: one of those listed above, in that order.
    """
    if state.order is not None:
        if state.order.fingerprint == command.fingerprint:
            return ()
        raise OrderAlreadyExists(f"order id {command.order_id} was used with another body")
    _require_rights(command)
    currency_exponent(command.currency)
    require_lines(command.lines)
    _require_past(command)
    require_agreed_prices(command.lines)
    _require_agreed_shipping(command)
    if state.customer is None:
        raise OrderCustomerUnknown(f"there is no customer {command.customer_id}")
    if not state.customer.may_order:
        raise CustomerIsBlocked("the shop takes no orders from this customer")
    returned = None
    if command.origin.kind is OriginKind.EXCHANGE:
        returned = require_credit(state.returned, command.customer_id, command.currency)
    offers = find_offers(
        command.lines,
        state.products,
        price_list=command.price_list,
        currency=command.currency,
        at=command.placed_at,
    )
    require_expected_prices(offers)
    coupons = _coupons(command, state, offers)
    _require_address(command, offers)
    placed = _placed(command, offers, coupons, _shipping_charge(command, coupons))
    return (placed,) if returned is None else paid_with_credit(placed, returned)


def _require_rights(command: PlaceOrder) -> None:
    actor = command.actor
    if speaks_for_shop(actor):
        return
    if actor.kind is not ActorKind.CUSTOMER:
        raise Forbidden(f"a {actor.kind} may not place orders")
    if not may_act_for(actor, command.customer_id):
        raise OrderCustomerUnknown(f"there is no customer {command.customer_id}")
    items = [_pointer(pointer) for pointer in _fields_of_the_shop(command)]
    if items:
        raise Forbidden("only the shop may set these fields", items=items)


def _fields_of_the_shop(command: PlaceOrder) -> list[str]:
    pointers = [
        f"/lines/{index}/{name}"
        for index, line in enumerate(command.lines)
        for name, value in (
            ("agreed_unit_price_minor", line.agreed_unit_price_minor),
            ("agreed_price_reason", line.agreed_price_reason),
        )
        if value is not None
    ]
    if command.agreed_shipping_minor is not None:
        pointers.append("/agreed_shipping_minor")
    if command.occurred_at is not None:
        pointers.append("/occurred_at")
    if command.origin.kind is not OriginKind.WEB:
        pointers.append("/origin/kind")
    return pointers


def _require_past(command: PlaceOrder) -> None:
    if command.placed_at > command.asked_at + command.policy.clock_tolerance:
        raise OccurredAtInFuture(
            "occurred_at lies in the future", items=(_pointer("/occurred_at"),)
        )


def _require_agreed_shipping(command: PlaceOrder) -> None:
    if command.agreed_shipping_minor is not None and command.agreed_shipping_minor < 0:
        raise AmountInvalid(
            "an agreed amount is zero or more", items=(_pointer("/agreed_shipping_minor"),)
        )


def _coupons(command: PlaceOrder, state: PlaceOrderState, offers: list[Offer]) -> OrderCoupons:
    if not command.coupon_codes:
        return no_coupons(len(offers))
    purchase = Purchase(
        customer_id=command.customer_id,
        currency=command.currency,
        placed_at=command.placed_at,
        lines=tuple(
            DiscountableLine(
                line_id=line.line_id, sku=line.sku, gross_minor=unit_price_minor * line.quantity
            )
            for line, _, _, unit_price_minor in offers
        ),
        has_delivery=(
            command.shipping_method is not None or command.agreed_shipping_minor is not None
        ),
    )
    return apply_coupons(command.coupon_codes, state.coupons, purchase)


def _require_address(command: PlaceOrder, offers: list[Offer]) -> None:
    if command.shipping_address is not None or command.origin.kind is OriginKind.IMPORT:
        return
    if any(product.requires_shipping for _, product, _, _ in offers):
        raise AddressRequired(
            "something of the order is shipped", items=(_pointer("/shipping_address"),)
        )


def _shipping_charge(command: PlaceOrder, coupons: OrderCoupons) -> ShippingCharge | None:
    charge = shipping_charge(
        command.policy,
        command.shipping_method,
        command.agreed_shipping_minor,
        country=command.tax_country,
        currency=command.currency,
    )
    code = coupons.free_delivery
    if charge is None or code is None:
        return charge
    if not charge.amount_minor:
        index = command.coupon_codes.index(code)
        item: ErrorItem = {"pointer": f"/coupon_codes/{index}", "coupon": code}
        raise CouponNotApplicable("delivery costs nothing anyway", items=(item,))
    return charge._replace(discount_minor=charge.amount_minor)


def _placed(
    command: PlaceOrder,
    offers: list[Offer],
    coupons: OrderCoupons,
    charge: ShippingCharge | None,
) -> OrderPlaced:
    by_line, by_coupon = coupons.discounts.by_line, coupons.discounts.by_coupon
    lines, shipping_lines = price_offers(
        offers, by_line, charge, command.policy, command.tax_country
    )
    totals = sum_up(lines, shipping_lines)
    expected = command.expected_total_minor
    if expected is not None and expected != totals.grand_minor:
        item: ErrorItem = {
            "pointer": "/expected_total_minor",
            "expected": expected,
            "actual": totals.grand_minor,
        }
        raise PriceChanged("the total differs from the expected one", items=(item,))
    return OrderPlaced(
        order_id=command.order_id,
        order_number=command.order_number,
        customer_id=command.customer_id,
        currency=command.currency,
        channel=command.channel,
        country=command.country,
        placed_at=command.placed_at,
        price_list=command.price_list,
        origin=command.origin,
        lines=lines,
        shipping_lines=shipping_lines,
        totals=totals,
        calc_version=CALC_VERSION,
        policy_version=command.policy.version,
        fingerprint=command.fingerprint,
        shipping_method=command.shipping_method,
        payment_method_ref=command.payment_method_ref,
        allow_backorder=command.allow_backorder,
        allow_split=command.allow_split,
        personal=_personal(command),
        coupons=applied_coupons(
            command.order_id,
            coupons.terms,
            by_coupon,
            0 if charge is None else charge.discount_minor,
        ),
        pay_by=_pay_by(command, totals),
    )


def _pay_by(command: PlaceOrder, totals: Totals) -> datetime | None:
    """Tell when the shop stops waiting for the money, if there is any to wait for."""
    if command.origin.kind is OriginKind.IMPORT or not totals.grand_minor:
        return None
    return command.asked_at + command.policy.time_to_pay(command.payment_method_ref)


def _personal(command: PlaceOrder) -> OrderPersonal | None:
    personal = OrderPersonal(
        shipping_address=command.shipping_address,
        billing_address=command.billing_address,
        note=command.note,
    )
    return None if personal == _NOTHING_PERSONAL else personal


_NOTHING_PERSONAL: Final = OrderPersonal()


def _pointer(pointer: str) -> ErrorItem:
    return {"pointer": pointer}
