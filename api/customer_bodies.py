"""What does a caller send about a customer?"""

from typing import Annotated

from pydantic import Field

from api.fields import Body, Email, Locale, Name, Reason, Uuid
from api.order_bodies import AddressBody


class RegisterCustomerBody(Body):
    """A customer. The e-mail address is unique among customers."""

    customer_id: Annotated[Uuid, Field(description="any UUID, version 7 recommended")]
    email: Email | None = None
    name: Name | None = None
    locale: Locale | None = None


class ChangeContactBody(Body):
    """How the customer is reached from now on; what is left out is no longer known."""

    email: Email | None = None
    name: Name | None = None
    locale: Locale | None = None


class AddAddressBody(Body):
    """An address to be kept. The same `address_id` again has no second effect."""

    address_id: Uuid
    address: AddressBody


class RemoveAddressBody(Body):
    """Nothing needs to be said: send `{}`."""


class BlockCustomerBody(Body):
    """Why the shop takes no more orders from the customer."""

    reason: Reason


class UnblockCustomerBody(Body):
    """Why the shop takes orders from the customer again."""

    reason: Reason
