"""RemoveAddress: a customer keeps an address no longer."""

from dataclasses import dataclass
from datetime import datetime

from domain.customer import Customer, CustomerAddressRemoved
from domain.envelope import Actor
from domain.errors import AddressNotFound
from domain.permissions import require_customer


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAddress:
    """Forget an address; orders that go there are not touched."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    address_id: str


def remove_address(
    command: RemoveAddress, customer: Customer | None
) -> tuple[CustomerAddressRemoved, ...]:
    """Remove the address, or nothing if it was removed.

    Raises:
        CustomerNotFound: unknown, or somebody else.
        AddressNotFound: the customer has never kept it.
    """
    customer = require_customer(customer, command.actor, command.customer_id)
    if command.address_id not in customer.addresses:
        raise AddressNotFound(f"there is no address {command.address_id}")
    if customer.addresses[command.address_id] is None:
        return ()
    return (CustomerAddressRemoved(customer_id=command.customer_id, address_id=command.address_id),)
