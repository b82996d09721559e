"""Which refusals do the commands about products share?"""

from domain.errors import ProductDiscontinuedAlready, ProductNotFound
from domain.product import ALLOWED_PRODUCT_COMMANDS, Product


def require_product(product: Product | None, sku: str) -> Product:
    """Answer the product if it exists.

    Raises:
        ProductNotFound: nobody registered the sku.
    """
    if product is None:
        raise ProductNotFound(f"there is no product {sku}")
    return product


def discontinued_already(product: Product) -> ProductDiscontinuedAlready:
    """Make the refusal of whatever a discontinued product cannot do."""
    return ProductDiscontinuedAlready(
        f"{product.sku} is discontinued, which is final",
        current_state=product.status,
        allowed_commands=ALLOWED_PRODUCT_COMMANDS[product.status],
    )
