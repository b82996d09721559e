"""AddAddress: a customer wants to keep an address for later orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.customer import (
    Customer,
    CustomerAddressAdded,
    CustomerAddressPersonal,
    address_digest,
)
from domain.envelope import Actor
from domain.errors import OperationConflict, TooManyAddresses
from domain.order_parts import Address
from domain.permissions import require_customer

ADDRESSES_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAddress:
    """Keep an address; `address_id` tells a repeat from a second address."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    address_id: str
    address: Address


def add_address(command: AddAddress, customer: Customer | None) -> tuple[CustomerAddressAdded, ...]:
    """Keep the address, or nothing if it is or was kept.

    Raises:
        CustomerNotFound: unknown, or somebody else.
        OperationConflict: the address id was used for another address, or one that was removed.
        TooManyAddresses: as many as can be kept are kept.
    """
    customer = require_customer(customer, command.actor, command.customer_id)
    if command.address_id in customer.addresses:
        known = customer.addresses[command.address_id]
        if known == address_digest(command.customer_id, command.address):
            return ()
        raise OperationConflict(f"address id {command.address_id} was used for another address")
    if customer.kept_addresses >= ADDRESSES_MAX:
        raise TooManyAddresses(f"a customer keeps at most {ADDRESSES_MAX} addresses")
    return (
        CustomerAddressAdded(
            customer_id=command.customer_id,
            address_id=command.address_id,
            personal=CustomerAddressPersonal(address=command.address),
        ),
    )
