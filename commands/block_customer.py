"""BlockCustomer: the shop takes no more orders from a customer."""

from dataclasses import dataclass
from datetime import datetime

from domain.customer import Customer, CustomerBlocked
from domain.envelope import Actor
from domain.order_parts import FreeTextPersonal
from domain.permissions import require_customer, require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCustomer:
    """Block a customer; open orders go on."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    reason: str


def block_customer(
    command: BlockCustomer, customer: Customer | None
) -> tuple[CustomerBlocked, ...]:
    """Block the customer, or nothing if he is blocked.

    Raises:
        Forbidden: only the shop decides who may order.
        CustomerNotFound: nobody registered the customer.
    """
    require_shop(command.actor)
    customer = require_customer(customer, command.actor, command.customer_id)
    if not customer.may_order:
        return ()
    return (
        CustomerBlocked(
            customer_id=command.customer_id, personal=FreeTextPersonal(text=command.reason)
        ),
    )
