"""UnblockCustomer: the shop takes orders from a customer again."""

from dataclasses import dataclass
from datetime import datetime

from domain.customer import Customer, CustomerUnblocked
from domain.envelope import Actor
from domain.order_parts import FreeTextPersonal
from domain.permissions import require_customer, require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockCustomer:
    """Unblock a customer; open orders go on."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    reason: str


def unblock_customer(
    command: UnblockCustomer, customer: Customer | None
) -> tuple[CustomerUnblocked, ...]:
    """Unblock the customer, or nothing if he is not blocked.

    Raises:
        Forbidden: only the shop decides who may order.
        CustomerNotFound: nobody registered the customer.
    """
    require_shop(command.actor)
    customer = require_customer(customer, command.actor, command.customer_id)
    if customer.may_order:
        return ()
    return (
        CustomerUnblocked(
            customer_id=command.customer_id, personal=FreeTextPersonal(text=command.reason)
        ),
    )
