"""DiscontinueProduct: a product shall never be sold again."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import require_product
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.product import Product, ProductDiscontinued


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscontinueProduct:
    """Take the product off sale for good."""

    actor: Actor
    asked_at: datetime
    sku: str
    reason: str


def discontinue_product(
    command: DiscontinueProduct, product: Product | None
) -> tuple[ProductDiscontinued, ...]:
    """Discontinue the product, or nothing if it is discontinued, for whatever reason.

    Raises:
        Forbidden: only the shop may.
        ProductNotFound: nobody registered the sku.
    """
    require_shop(command.actor)
    product = require_product(product, command.sku)
    if product.is_discontinued:
        return ()
    return (ProductDiscontinued(sku=product.sku, reason=command.reason),)
