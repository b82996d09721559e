"""ActivateProduct: a registered product shall be sold from now on."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import discontinued_already, require_product
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.product import Product, ProductActivated


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateProduct:
    """Put the product on sale."""

    actor: Actor
    asked_at: datetime
    sku: str


def activate_product(
    command: ActivateProduct, product: Product | None
) -> tuple[ProductActivated, ...]:
    """Activate the product, or nothing if it is active.

    Raises:
        Forbidden: only the shop may.
        ProductNotFound: nobody registered the sku.
        ProductDiscontinuedAlready: the product is discontinued, which is final.
    """
    require_shop(command.actor)
    product = require_product(product, command.sku)
    if product.is_discontinued:
        raise discontinued_already(product)
    if product.can_be_sold:
        return ()
    return (ProductActivated(sku=product.sku),)
