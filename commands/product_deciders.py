"""How are the commands about products decided?"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.activate_product import ActivateProduct, activate_product
from commands.change_tax_class import ChangeTaxClass, change_tax_class
from commands.decider import Decider, States, on_own_state
from commands.discontinue_product import DiscontinueProduct, discontinue_product
from commands.register_product import RegisterProduct, register_product
from commands.rename_product import RenameProduct, rename_product
from commands.set_price import SetPrice, set_price
from commands.withdraw_price import WithdrawPrice, withdraw_price
from domain.events import product_stream
from domain.fold import as_product
from domain.product import Product

ProductCommand = (
    RegisterProduct
    | ActivateProduct
    | DiscontinueProduct
    | RenameProduct
    | ChangeTaxClass
    | SetPrice
    | WithdrawPrice
)


def _sku(command: ProductCommand) -> str:
    return command.sku


def _writes(command: ProductCommand) -> tuple[str, ...]:
    return (product_stream(command.sku),)


def _product(command: ProductCommand, states: States) -> Product | None:
    return as_product(states[product_stream(command.sku)])


_of_product: Final = partial(on_own_state, state=_product, writes=_writes, target_id=_sku)

PRODUCT_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RegisterProduct: _of_product("register-product", register_product, creates=True),
    ActivateProduct: _of_product("activate-product", activate_product),
    DiscontinueProduct: _of_product("discontinue-product", discontinue_product),
    RenameProduct: _of_product("rename-product", rename_product),
    ChangeTaxClass: _of_product("change-tax-class", change_tax_class),
    SetPrice: _of_product("set-price", set_price),
    WithdrawPrice: _of_product("withdraw-price", withdraw_price),
}
