"""What can be asked about a customer over HTTP?"""

from typing import Final

from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.customer_bodies import (
    AddAddressBody,
    BlockCustomerBody,
    ChangeContactBody,
    RegisterCustomerBody,
    RemoveAddressBody,
    UnblockCustomerBody,
)
from api.fields import Uuid, email_claim
from commands.add_address import AddAddress
from commands.block_customer import BlockCustomer
from commands.change_contact import ChangeContact
from commands.register_customer import RegisterCustomer
from commands.remove_address import RemoveAddress
from commands.unblock_customer import UnblockCustomer

TAG: Final = "Customers"
CUSTOMER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02"
ADDRESS_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a0a"
ADDRESS_EXAMPLE: Final = {
    "recipient": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}
_LOCATION: Final = "/v1/customers/{id}"
_CONTACT_EXAMPLE: Final = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "locale": "en-GB",
}


async def register_customer(ask: Ask, body: RegisterCustomerBody) -> RegisterCustomer:
    """Register a customer, who may order from then on.

    The same id with the same data again is no error. An e-mail address belongs to one customer.
    """
    return RegisterCustomer(
        actor=ask.actor,
        asked_at=ask.asked_at,
        customer_id=body.customer_id,
        email=body.email,
        name=body.name,
        locale=body.locale,
        email_claim=_claim(ask, body.email),
    )


async def change_contact(ask: Ask, customer_id: Uuid, body: ChangeContactBody) -> ChangeContact:
    """Change how a customer is reached: all of it, what is left out is no longer known.

    An e-mail address that a customer once had stays his, so that nobody can take it over.
    """
    return ChangeContact(
        actor=ask.actor,
        asked_at=ask.asked_at,
        customer_id=customer_id,
        email=body.email,
        name=body.name,
        locale=body.locale,
        email_claim=_claim(ask, body.email),
    )


async def add_address(ask: Ask, customer_id: Uuid, body: AddAddressBody) -> AddAddress:
    """Keep an address for later orders, up to 100 of them."""
    return AddAddress(
        actor=ask.actor,
        asked_at=ask.asked_at,
        customer_id=customer_id,
        address_id=body.address_id,
        address=body.address.address(),
    )


async def remove_address(
    ask: Ask, customer_id: Uuid, address_id: Uuid, body: RemoveAddressBody
) -> RemoveAddress:
    """Keep an address no longer. Orders that go there are not touched. The body is `{}`."""
    del body
    return RemoveAddress(
        actor=ask.actor, asked_at=ask.asked_at, customer_id=customer_id, address_id=address_id
    )


async def block_customer(ask: Ask, customer_id: Uuid, body: BlockCustomerBody) -> BlockCustomer:
    """Take no more orders from a customer. Open orders go on."""
    return BlockCustomer(
        actor=ask.actor, asked_at=ask.asked_at, customer_id=customer_id, reason=body.reason
    )


async def unblock_customer(
    ask: Ask, customer_id: Uuid, body: UnblockCustomerBody
) -> UnblockCustomer:
    """Take orders from a customer again."""
    return UnblockCustomer(
        actor=ask.actor, asked_at=ask.asked_at, customer_id=customer_id, reason=body.reason
    )


def _claim(ask: Ask, email: str | None) -> str | None:
    return None if email is None else email_claim(email, ask.options.email_hmac_key)


def _settings(summary: str, example: dict[str, object], *refusals: str) -> CommandSettings:
    return CommandSettings(
        summary=summary,
        tag=TAG,
        example=example,
        answer_example={"id": CUSTOMER_ID, "version": 2, "position": 18},
        location=_LOCATION,
        refusals=("customer_not_found", *refusals),
    )


CUSTOMER_COMMANDS: Final = (
    CommandRoute(
        "/v1/customers",
        register_customer,
        CommandSettings(
            summary="Register a customer",
            tag=TAG,
            example={"customer_id": CUSTOMER_ID, **_CONTACT_EXAMPLE},
            answer_example={"id": CUSTOMER_ID, "version": 1, "position": 17},
            location=_LOCATION,
            refusals=("customer_already_exists", "email_taken"),
            if_match=IfMatch.SENSELESS,
        ),
    ),
    CommandRoute(
        "/v1/customers/{customer_id}/contact",
        change_contact,
        _settings("Change how a customer is reached", {**_CONTACT_EXAMPLE}, "email_taken"),
    ),
    CommandRoute(
        "/v1/customers/{customer_id}/addresses",
        add_address,
        _settings(
            "Keep an address",
            {"address_id": ADDRESS_ID, "address": ADDRESS_EXAMPLE},
            "operation_conflict",
            "too_many_addresses",
        ),
    ),
    CommandRoute(
        "/v1/customers/{customer_id}/addresses/{address_id}/remove",
        remove_address,
        _settings("Keep an address no longer", {}, "address_not_found"),
    ),
    CommandRoute(
        "/v1/customers/{customer_id}/block",
        block_customer,
        _settings("Block a customer", {"reason": "three chargebacks"}),
    ),
    CommandRoute(
        "/v1/customers/{customer_id}/unblock",
        unblock_customer,
        _settings("Unblock a customer", {"reason": "paid in the end"}),
    ),
)
