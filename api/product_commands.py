"""What can be asked about a product over HTTP?"""

from typing import Final

from api.catalogue_bodies import (
    ActivateProductBody,
    ChangeTaxClassBody,
    DiscontinueProductBody,
    RegisterProductBody,
    RenameProductBody,
    SetPriceBody,
    WithdrawPriceBody,
)
from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import Sku, Uuid
from commands.activate_product import ActivateProduct
from commands.change_tax_class import ChangeTaxClass
from commands.discontinue_product import DiscontinueProduct
from commands.register_product import RegisterProduct
from commands.rename_product import RenameProduct
from commands.set_price import SetPrice
from commands.withdraw_price import WithdrawPrice

TAG: Final = "Products"
SKU: Final = "85123A"
PRICE_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a05"
_LOCATION: Final = "/v1/products/{id}"


async def register_product(ask: Ask, body: RegisterProductBody) -> RegisterProduct:
    """Register a product as a draft; it can be sold once it is active and has a price."""
    return RegisterProduct(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=body.sku,
        name=body.name,
        tax_class=body.tax_class,
        requires_shipping=body.requires_shipping,
        returnable=body.returnable,
        weight_grams=body.weight_grams,
        return_window_days=body.return_window_days,
    )


async def activate_product(ask: Ask, sku: Sku, body: ActivateProductBody) -> ActivateProduct:
    """Put a product on sale. The body is `{}`."""
    del body
    return ActivateProduct(actor=ask.actor, asked_at=ask.asked_at, sku=sku)


async def discontinue_product(
    ask: Ask, sku: Sku, body: DiscontinueProductBody
) -> DiscontinueProduct:
    """Take a product off sale for good."""
    return DiscontinueProduct(actor=ask.actor, asked_at=ask.asked_at, sku=sku, reason=body.reason)


async def rename_product(ask: Ask, sku: Sku, body: RenameProductBody) -> RenameProduct:
    """Give a product another name; orders that were placed keep the one they were given."""
    return RenameProduct(actor=ask.actor, asked_at=ask.asked_at, sku=sku, name=body.name)


async def change_tax_class(ask: Ask, sku: Sku, body: ChangeTaxClassBody) -> ChangeTaxClass:
    """Tax a product by another class of the policy; orders that were placed keep their tax."""
    return ChangeTaxClass(actor=ask.actor, asked_at=ask.asked_at, sku=sku, tax_class=body.tax_class)


async def set_price(ask: Ask, sku: Sku, body: SetPriceBody) -> SetPrice:
    """Set a unit price in a price list and currency.

    The very next order sees it. A later `valid_from` closes the period that is open.
    """
    return SetPrice(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        price_id=body.price_id,
        price_list=body.price_list,
        currency=body.currency,
        amount_minor=body.amount_minor,
        tax_included=body.tax_included,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
    )


async def withdraw_price(
    ask: Ask, sku: Sku, price_id: Uuid, body: WithdrawPriceBody
) -> WithdrawPrice:
    """Withdraw a price: it counts for no order placed from now on."""
    return WithdrawPrice(
        actor=ask.actor,
        asked_at=ask.asked_at,
        sku=sku,
        price_id=price_id,
        reason=body.reason,
    )


def _answer(version: int, position: int) -> dict[str, str | int]:
    return {"id": SKU, "version": version, "position": position}


PRODUCT_COMMANDS: Final = (
    CommandRoute(
        "/v1/products",
        register_product,
        CommandSettings(
            summary="Register a product",
            tag=TAG,
            example={
                "sku": SKU,
                "name": "White hanging heart T-light holder",
                "tax_class": "standard",
                "requires_shipping": True,
                "returnable": True,
                "weight_grams": 180,
                "return_window_days": 30,
            },
            answer_example=_answer(1, 1),
            location=_LOCATION,
            refusals=("sku_already_exists",),
            if_match=IfMatch.SENSELESS,
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/prices",
        set_price,
        CommandSettings(
            summary="Set a price",
            tag=TAG,
            example={
                "price_id": PRICE_ID,
                "price_list": "retail",
                "currency": "GBP",
                "amount_minor": 295,
                "tax_included": True,
            },
            answer_example=_answer(3, 3),
            location=_LOCATION,
            refusals=(
                "product_not_found",
                "product_discontinued",
                "operation_conflict",
                "price_period_overlap",
                "price_period_invalid",
                "amount_invalid",
                "amount_out_of_range",
                "currency_unsupported",
            ),
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/prices/{price_id}/withdraw",
        withdraw_price,
        CommandSettings(
            summary="Withdraw a price",
            tag=TAG,
            example={"reason": "set by mistake"},
            answer_example=_answer(4, 4),
            location=_LOCATION,
            refusals=("product_not_found", "price_not_found"),
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/activate",
        activate_product,
        CommandSettings(
            summary="Put a product on sale",
            tag=TAG,
            example={},
            answer_example=_answer(2, 2),
            location=_LOCATION,
            refusals=("product_not_found", "product_discontinued"),
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/discontinue",
        discontinue_product,
        CommandSettings(
            summary="Take a product off sale for good",
            tag=TAG,
            example={"reason": "no longer made"},
            answer_example=_answer(5, 5),
            location=_LOCATION,
            refusals=("product_not_found",),
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/rename",
        rename_product,
        CommandSettings(
            summary="Rename a product",
            tag=TAG,
            example={"name": "White hanging heart tea light holder"},
            answer_example=_answer(6, 6),
            location=_LOCATION,
            refusals=("product_not_found", "product_discontinued"),
        ),
    ),
    CommandRoute(
        "/v1/products/{sku}/change-tax-class",
        change_tax_class,
        CommandSettings(
            summary="Change the tax class of a product",
            tag=TAG,
            example={"tax_class": "reduced"},
            answer_example=_answer(7, 7),
            location=_LOCATION,
            refusals=("product_not_found", "product_discontinued"),
        ),
    ),
)
