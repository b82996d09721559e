"""RenameProduct: a product shall bear another name."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import discontinued_already, require_product
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.product import Product, ProductRenamed


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameProduct:
    """Give the product another name; placed orders keep the one they were given."""

    actor: Actor
    asked_at: datetime
    sku: str
    name: str


def rename_product(command: RenameProduct, product: Product | None) -> tuple[ProductRenamed, ...]:
    """Rename the product, or nothing if it bears that name.

    Raises:
        Forbidden: only the shop may.
        ProductNotFound: nobody registered the sku.
        ProductDiscontinuedAlready: the product is discontinued, which is final.
    """
    require_shop(command.actor)
    product = require_product(product, command.sku)
    if product.name == command.name:
        return ()
    if product.is_discontinued:
        raise discontinued_already(product)
    return (ProductRenamed(sku=product.sku, name=command.name),)
