"""Which lines are wanted, may they be sold, and what do they come to?

The half of PlaceOrder (`place_order.py`) that is about lines. Every refusal lists all its culprits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from domain.errors import (
    AmountInvalid,
    DiscountExceedsLine,
    DuplicateLineId,
    EmptyOrder,
    ErrorItem,
    PriceChanged,
    PriceNotAvailable,
    ProductNotFound,
    ProductNotSellable,
    QuantityInvalid,
    ReasonRequired,
    Refusal,
    ShippingMethodNotApplicable,
    TooManyLines,
)
from domain.order_parts import OrderLine, ShippingLine
from domain.policy import Policy
from domain.product import PricePeriod, Product
from domain.totals import TaxBase, taxes_minor

LINES_PER_ORDER_MAX: Final = 2_000
QUANTITY_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrderLine:
    """One line as it is wanted.

    `agreed_unit_price_minor` replaces the catalogue price (the shop only, with a reason);
    `expected_unit_price_minor` is what the client showed, to be refused if it is no longer true.
    """

    line_id: str
    sku: str
    quantity: int
    expected_unit_price_minor: int | None = None
    agreed_unit_price_minor: int | None = None
    agreed_price_reason: str | None = None


Lines = tuple[PlaceOrderLine, ...]

Offer = tuple[PlaceOrderLine, Product, PricePeriod, int]
"""A wanted line, its product, its catalogue price, and the unit price that counts."""


class ShippingCharge(NamedTuple):
    """What is charged for delivery, and what coupons take off it. Units: minor units."""

    method: str | None
    amount_minor: int
    discount_minor: int
    tax_class: str
    tax_included: bool


def require_lines(lines: Lines) -> None:
    """Refuse lines that can never be right, whatever they are for.

    Raises:
        EmptyOrder, TooManyLines, QuantityInvalid, DuplicateLineId: in this order.
    """
    if not lines:
        raise EmptyOrder("an order has at least one line")
    if len(lines) > LINES_PER_ORDER_MAX:
        raise TooManyLines(f"an order has at most {LINES_PER_ORDER_MAX} lines, not {len(lines)}")
    items = [
        _item(line, f"/lines/{index}/quantity")
        for index, line in enumerate(lines)
        if not 1 <= line.quantity <= QUANTITY_MAX
    ]
    if items:
        raise QuantityInvalid(f"a quantity is from 1 to {QUANTITY_MAX}", items=items)
    if len({line.line_id for line in lines}) < len(lines):
        raise DuplicateLineId("line ids are unique", items=_repeated_ids(lines))


def require_agreed_prices(lines: Lines) -> None:
    """Refuse agreed prices below zero or without a reason.

    Raises:
        AmountInvalid, ReasonRequired: in this order.
    """
    agreed = [
        (index, line)
        for index, line in enumerate(lines)
        if line.agreed_unit_price_minor is not None
    ]
    negative = [
        _item(line, f"/lines/{index}/agreed_unit_price_minor")
        for index, line in agreed
        if line.agreed_unit_price_minor is not None and line.agreed_unit_price_minor < 0
    ]
    if negative:
        raise AmountInvalid("an agreed price is zero or more", items=negative)
    unexplained = [
        _item(line, f"/lines/{index}/agreed_price_reason")
        for index, line in agreed
        if not line.agreed_price_reason
    ]
    if unexplained:
        raise ReasonRequired("an agreed price needs a reason", items=unexplained)


def find_offers(
    lines: Lines,
    products: Mapping[str, Product | None],
    *,
    price_list: str,
    currency: str,
    at: datetime,
) -> list[Offer]:
    """Find product and price of every line. Shape: one offer per line, in the same order.

    Raises:
        ProductNotFound, ProductNotSellable, PriceNotAvailable: that of the first bad line; `items`
            has all bad lines of all three kinds, each with its own `code`.
    """
    offers: list[Offer] = []
    faults: list[tuple[type[Refusal], ErrorItem]] = []
    for index, line in enumerate(lines):
        product = products[line.sku]
        if product is None:
            faults.append(_fault(ProductNotFound, line, index))
        elif not product.can_be_sold:
            faults.append(_fault(ProductNotSellable, line, index))
        elif (price := product.price_at(price_list, currency, at)) is None:
            faults.append(_fault(PriceNotAvailable, line, index))
        else:
            agreed = line.agreed_unit_price_minor
            offers.append((line, product, price, price.amount_minor if agreed is None else agreed))
    if faults:
        raise faults[0][0](
            f"{len(faults)} of {len(lines)} lines cannot be sold at {price_list!r} in {currency}",
            items=[item for _, item in faults],
        )
    return offers


def require_expected_prices(offers: Sequence[Offer]) -> None:
    """Refuse unit prices other than the client expected.

    Raises:
        PriceChanged: `items` has line id, expected and actual unit price.
    """
    items: list[ErrorItem] = [
        {
            "line_id": line.line_id,
            "sku": line.sku,
            "expected": line.expected_unit_price_minor,
            "actual": unit_price_minor,
        }
        for line, _, _, unit_price_minor in offers
        if line.expected_unit_price_minor is not None
        and line.expected_unit_price_minor != unit_price_minor
    ]
    if items:
        raise PriceChanged("unit prices differ from the expected ones", items=items)


def shipping_charge(
    policy: Policy,
    method_code: str | None,
    agreed_minor: int | None,
    *,
    country: str,
    currency: str,
) -> ShippingCharge | None:
    """Tell what delivery costs: an agreed amount is final, whatever the method.

    Raises:
        ShippingMethodNotApplicable: there is no such method, it does not deliver to the country, or
            has no price in the currency.
    """
    method = None if method_code is None else policy.shipping_method(method_code, country)
    if agreed_minor is not None:
        return ShippingCharge(None, agreed_minor, 0, policy.shipping_tax_class, tax_included=True)
    if method is None:
        return None
    price_minor = method.prices_minor.get(currency)
    if price_minor is None:
        raise ShippingMethodNotApplicable(f"{method.code!r} has no price in {currency}")
    return ShippingCharge(method.code, price_minor, 0, method.tax_class, method.tax_included)


def price_offers(
    offers: Sequence[Offer],
    discounts: Sequence[tuple[int, ...]],
    charge: ShippingCharge | None,
    policy: Policy,
    country: str,
) -> tuple[tuple[OrderLine, ...], tuple[ShippingLine, ...]]:
    """Compute the lines of the order and of its delivery, taxed for the country.

    Shape: `discounts` has an element per offer: what each coupon takes off it.

    Raises:
        DiscountExceedsLine: more is taken off than a line or the delivery costs, which is a bug.
        TaxRateUnknown: the policy has no rate for a tax class.
    """
    bases: list[TaxBase] = [
        (
            _net_minor(unit_price_minor * line.quantity, sum(taken_off)),
            policy.tax_rate_ppm(product.tax_class, country),
            price.tax_included,
        )
        for (line, product, price, unit_price_minor), taken_off in zip(
            offers, discounts, strict=True
        )
    ]
    if charge is not None:
        net_minor = _net_minor(charge.amount_minor, charge.discount_minor)
        tax_ppm = policy.tax_rate_ppm(charge.tax_class, country)
        bases.append((net_minor, tax_ppm, charge.tax_included))
    taxes = taxes_minor(bases, policy.rounding_level)
    lines = tuple(map(_order_line, offers, discounts, bases, taxes))
    if charge is None:
        return lines, ()
    return lines, (_shipping_line(charge, bases[-1], taxes[-1]),)


def _net_minor(amount_minor: int, discount_minor: int) -> int:
    if discount_minor > amount_minor:
        raise DiscountExceedsLine(f"{discount_minor} is taken off {amount_minor}")
    return amount_minor - discount_minor


def _order_line(
    offer: Offer, discounts_minor: tuple[int, ...], base: TaxBase, tax_minor: int
) -> OrderLine:
    line, product, price, unit_price_minor = offer
    net_minor, tax_ppm, tax_included = base
    return OrderLine(
        line_id=line.line_id,
        sku=line.sku,
        name=product.name,
        quantity=line.quantity,
        unit_price_minor=unit_price_minor,
        catalogue_unit_price_minor=price.amount_minor,
        agreed_price_reason=(
            None if line.agreed_unit_price_minor is None else line.agreed_price_reason
        ),
        price_id=price.price_id,
        tax_class=product.tax_class,
        tax_ppm=tax_ppm,
        tax_included=tax_included,
        discounts_minor=discounts_minor,
        gross_minor=unit_price_minor * line.quantity,
        net_minor=net_minor,
        tax_minor=tax_minor,
        total_minor=net_minor if tax_included else net_minor + tax_minor,
    )


def _shipping_line(charge: ShippingCharge, base: TaxBase, tax_minor: int) -> ShippingLine:
    net_minor, tax_ppm, tax_included = base
    return ShippingLine(
        method=charge.method,
        amount_minor=charge.amount_minor,
        discount_minor=charge.discount_minor,
        tax_class=charge.tax_class,
        tax_ppm=tax_ppm,
        tax_included=tax_included,
        tax_minor=tax_minor,
        total_minor=net_minor if tax_included else net_minor + tax_minor,
    )


def _repeated_ids(lines: Lines) -> list[ErrorItem]:
    items: list[ErrorItem] = []
    seen: set[str] = set()
    for index, line in enumerate(lines):
        if line.line_id in seen:
            items.append(_item(line, f"/lines/{index}/line_id"))
        seen.add(line.line_id)
    return items


def _fault(
    error: type[Refusal], line: PlaceOrderLine, index: int
) -> tuple[type[Refusal], ErrorItem]:
    return error, {**_item(line, f"/lines/{index}/sku"), "code": error.code}


def _item(line: PlaceOrderLine, pointer: str) -> ErrorItem:
    return {"line_id": line.line_id, "sku": line.sku, "pointer": pointer}
