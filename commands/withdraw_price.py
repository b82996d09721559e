"""WithdrawPrice: a price shall count for no order from now on."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import require_product
from domain.envelope import Actor
from domain.errors import PriceNotFound
from domain.permissions import require_shop
from domain.product import Product, ProductPriceWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPrice:
    """Withdraw a price. A period that it had closed stays closed."""

    actor: Actor
    asked_at: datetime
    sku: str
    price_id: str
    reason: str


def withdraw_price(
    command: WithdrawPrice, product: Product | None
) -> tuple[ProductPriceWithdrawn, ...]:
    """Withdraw the price, or nothing if it was withdrawn; a discontinued product's too.

    Raises:
        Forbidden: only the shop may.
        ProductNotFound: nobody registered the sku.
        PriceNotFound: the product has no such price.
    """
    require_shop(command.actor)
    product = require_product(product, command.sku)
    price = product.prices.get(command.price_id)
    if price is None:
        raise PriceNotFound(f"{product.sku} has no price {command.price_id}")
    if price.withdrawn:
        return ()
    return (
        ProductPriceWithdrawn(
            sku=product.sku,
            price_id=price.price_id,
            price_list=price.price_list,
            currency=price.currency,
            reason=command.reason,
        ),
    )
