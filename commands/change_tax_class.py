"""ChangeTaxClass: a product shall be taxed otherwise."""

from dataclasses import dataclass
from datetime import datetime

from commands.product_rules import discontinued_already, require_product
from domain.envelope import Actor
from domain.permissions import require_shop
from domain.product import Product, ProductTaxClassChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTaxClass:
    """Tax the product by another class; placed orders keep the tax they were given."""

    actor: Actor
    asked_at: datetime
    sku: str
    tax_class: str


def change_tax_class(
    command: ChangeTaxClass, product: Product | None
) -> tuple[ProductTaxClassChanged, ...]:
    """Change the tax class, or nothing if it is that one.

    Raises:
        Forbidden: only the shop may.
        ProductNotFound: nobody registered the sku.
        ProductDiscontinuedAlready: the product is discontinued, which is final.
    """
    require_shop(command.actor)
    product = require_product(product, command.sku)
    if product.tax_class == command.tax_class:
        return ()
    if product.is_discontinued:
        raise discontinued_already(product)
    return (ProductTaxClassChanged(sku=product.sku, tax_class=command.tax_class),)
