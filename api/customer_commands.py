"""What can be asked about a customer over HTTP?"""

from typing import Final

from api.catalogue_bodies import RegisterCustomerBody
from api.command_route import Ask, CommandRoute
from api.command_settings import CommandSettings, IfMatch
from api.fields import email_claim
from commands.register_customer import RegisterCustomer

CUSTOMER_ID: Final = "0198c0de-7a31-7c06-8f6e-0d7c3c1b5a02"


async def register_customer(ask: Ask, body: RegisterCustomerBody) -> RegisterCustomer:
    """Register a customer, who may order from then on.

    The same id with the same data again is no error. An e-mail address belongs to one customer.
    """
    key = ask.options.email_hmac_key
    return RegisterCustomer(
        actor=ask.actor,
        asked_at=ask.asked_at,
        customer_id=body.customer_id,
        email=body.email,
        name=body.name,
        locale=body.locale,
        email_claim=None if body.email is None else email_claim(body.email, key),
    )


CUSTOMER_COMMANDS: Final = (
    CommandRoute(
        "/v1/customers",
        register_customer,
        CommandSettings(
            summary="Register a customer",
            tag="Customers",
            example={
                "customer_id": CUSTOMER_ID,
                "email": "ada@example.com",
                "name": "Ada Lovelace",
                "locale": "en-GB",
            },
            answer_example={"id": CUSTOMER_ID, "version": 1, "position": 17},
            location="/v1/customers/{id}",
            refusals=("customer_already_exists", "email_taken"),
            if_match=IfMatch.SENSELESS,
        ),
    ),
)
