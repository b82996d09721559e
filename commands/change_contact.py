"""ChangeContact: a customer is reached in another way."""

from dataclasses import dataclass
from datetime import datetime

from commands.register_customer import RegisterCustomerState, email_claimed
from domain.customer import (
    CustomerContactChanged,
    CustomerPersonal,
    EmailClaimed,
    contact_digest,
)
from domain.envelope import Actor
from domain.permissions import require_customer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContact:
    """Set how a customer is reached, all of it; `email_claim` as in RegisterCustomer."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    email: str | None = None
    name: str | None = None
    locale: str | None = None
    email_claim: str | None = None


def change_contact(
    command: ChangeContact, state: RegisterCustomerState
) -> tuple[CustomerContactChanged | EmailClaimed, ...]:
    """Change the contact and claim a new e-mail address in one append.

    Raises:
        CustomerNotFound: unknown, or somebody else.
        EmailTaken: another customer has the e-mail address, or had it.
    """
    customer = require_customer(state.customer, command.actor, command.customer_id)
    has_personal = command.email is not None or command.name is not None
    changed = CustomerContactChanged(
        customer_id=command.customer_id,
        locale=command.locale,
        email_claim=command.email_claim,
        personal=CustomerPersonal(email=command.email, name=command.name) if has_personal else None,
    )
    if customer.contact == contact_digest(changed):
        return ()
    return (changed, *email_claimed(command.email_claim, command.customer_id, state.email))
