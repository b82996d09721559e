"""RegisterProduct: a sku shall exist."""

from dataclasses import dataclass
from datetime import datetime

from domain.envelope import Actor
from domain.errors import SkuAlreadyExists
from domain.permissions import require_shop
from domain.product import Product, ProductRegistered


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterProduct:
    """Register a product as a draft. Units: `return_window_days` None means without limit."""

    actor: Actor
    asked_at: datetime
    sku: str
    name: str
    tax_class: str
    requires_shipping: bool
    returnable: bool
    weight_grams: int | None = None
    return_window_days: int | None = None


def register_product(
    command: RegisterProduct, product: Product | None
) -> tuple[ProductRegistered, ...]:
    """Register the product, or nothing if it was registered with the same content.

    Raises:
        Forbidden: only the shop may.
        SkuAlreadyExists: the sku was registered with other content.
    """
    require_shop(command.actor)
    registered = ProductRegistered(
        sku=command.sku,
        name=command.name,
        tax_class=command.tax_class,
        requires_shipping=command.requires_shipping,
        returnable=command.returnable,
        weight_grams=command.weight_grams,
        return_window_days=command.return_window_days,
    )
    if product is None:
        return (registered,)
    if product.registration == registered:
        return ()
    raise SkuAlreadyExists(f"{command.sku} is registered with other content")
