"""What does a caller send about a product?"""

from typing import Annotated, Final

from pydantic import Field

from api.fields import (
    AmountMinor,
    Body,
    Code,
    Currency,
    Instant,
    Name,
    Reason,
    Sku,
    Uuid,
)

WEIGHT_GRAMS_MAX: Final = 10_000_000
RETURN_WINDOW_DAYS_MAX: Final = 3_650


class RegisterProductBody(Body):
    """A product, not for sale before it is activated and has a price."""

    sku: Sku
    name: Name
    tax_class: Code
    requires_shipping: bool
    returnable: bool
    weight_grams: Annotated[int, Field(ge=0, le=WEIGHT_GRAMS_MAX)] | None = None
    return_window_days: Annotated[
        Annotated[int, Field(ge=0, le=RETURN_WINDOW_DAYS_MAX)] | None,
        Field(description="null: without limit"),
    ] = None


class ActivateProductBody(Body):
    """Nothing needs to be said: send `{}`."""


class DiscontinueProductBody(Body):
    """Why a product leaves the catalogue for good."""

    reason: Reason


class RenameProductBody(Body):
    """What a product is called from now on."""

    name: Name


class ChangeTaxClassBody(Body):
    """How a product is taxed from now on: a class of the policy."""

    tax_class: Code


class SetPriceBody(Body):
    """A unit price; the same `price_id` again has no second effect."""

    price_id: Uuid
    price_list: Code
    currency: Currency
    amount_minor: AmountMinor
    tax_included: bool
    valid_from: Annotated[Instant | None, Field(description="without it: from now on")] = None
    valid_to: Annotated[
        Instant | None, Field(description="exclusive; without it: until a later price begins")
    ] = None


class WithdrawPriceBody(Body):
    """Why a price counts for no order from now on."""

    reason: Reason
