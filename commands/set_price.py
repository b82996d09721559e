"""SetPrice: a product shall cost so much in a price list and currency from then on."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import discontinued_already, require_product
from domain.envelope import Actor
from domain.errors import OperationConflict, PricePeriodInvalid, PricePeriodOverlap
from domain.money import currency_exponent, require_price
from domain.permissions import require_shop
from domain.product import PricePeriod, Product, ProductPriceSet


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """Set a unit price. `valid_from` None: from `asked_at` on; `valid_to` None: until closed."""

    actor: Actor
    asked_at: datetime
    sku: str
    price_id: str
    price_list: str
    currency: str
    amount_minor: int
    tax_included: bool
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def set_price(command: SetPrice, product: Product | None) -> tuple[ProductPriceSet, ...]:
    """Set the price and close the open period before it; nothing if this price was set before.

    Raises:
        Forbidden: only the shop may.
        CurrencyUnsupported, AmountInvalid, AmountOutOfRange: it is no price.
        ProductNotFound: nobody registered the sku.
        OperationConflict: the price id was used for another price.
        ProductDiscontinuedAlready: the product is discontinued, which is final.
        PricePeriodInvalid: the period ends before it begins.
        PricePeriodOverlap: another period of the list and currency holds at the same time.
    """
    require_shop(command.actor)
    currency_exponent(command.currency)
    require_price(command.amount_minor)
    product = require_product(product, command.sku)
    known = product.prices.get(command.price_id)
    if known is not None:
        if _is_same(command, known):
            return ()
        raise OperationConflict(f"price id {command.price_id} was used for another price")
    if product.is_discontinued:
        raise discontinued_already(product)
    return (_price_set(command, product),)


def _is_same(command: SetPrice, known: PricePeriod) -> bool:
    """Compare with the stored price; a start that was left to the clock fits any start."""
    return (
        known.price_list == command.price_list
        and known.currency == command.currency
        and known.amount_minor == command.amount_minor
        and known.tax_included is command.tax_included
        and known.valid_to == command.valid_to
        and command.valid_from in (None, known.valid_from)
    )


def _price_set(command: SetPrice, product: Product) -> ProductPriceSet:
    valid_from = command.asked_at if command.valid_from is None else command.valid_from
    valid_to = command.valid_to
    if valid_to is not None and valid_to <= valid_from:
        raise PricePeriodInvalid("valid_to is not after valid_from")
    overlapped = product.price_overlapped_by(
        command.price_list, command.currency, valid_from, valid_to
    )
    if overlapped is not None:
        raise PricePeriodOverlap(
            f"price {overlapped.price_id} holds at the same time",
            items=({"price_id": overlapped.price_id},),
        )
    closed = product.price_closed_by(command.price_list, command.currency, valid_from)
    return ProductPriceSet(
        sku=product.sku,
        price_id=command.price_id,
        price_list=command.price_list,
        currency=command.currency,
        amount_minor=command.amount_minor,
        tax_included=command.tax_included,
        valid_from=valid_from,
        valid_to=valid_to,
        closes_price_id=None if closed is None else closed.price_id,
    )
