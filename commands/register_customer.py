"""RegisterCustomer: somebody wants to be able to order."""

from dataclasses import dataclass
from datetime import datetime

from domain.customer import (
    Customer,
    CustomerPersonal,
    CustomerRegistered,
    EmailClaim,
    EmailClaimed,
    contact_digest,
)
from domain.envelope import Actor
from domain.errors import CustomerAlreadyExists, EmailTaken, Forbidden
from domain.permissions import may_act_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCustomer:
    """Register a customer; `email_claim` is the keyed hash of the normalised e-mail address."""

    actor: Actor
    asked_at: datetime
    customer_id: str
    email: str | None = None
    name: str | None = None
    locale: str | None = None
    email_claim: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterCustomerState:
    """What a registration rests on: the customer, and who has the e-mail address."""

    customer: Customer | None = None
    email: EmailClaim | None = None


def register_customer(
    command: RegisterCustomer, state: RegisterCustomerState
) -> tuple[CustomerRegistered | EmailClaimed, ...]:
    """Register the customer and claim the e-mail address in one append.

    Raises:
        Forbidden: a customer may register only himself.
        CustomerAlreadyExists: the id was registered with other content.
        EmailTaken: another customer has the e-mail address.
    """
    if not may_act_for(command.actor, command.customer_id):
        raise Forbidden("a customer may register only himself")
    registered = _registered(command)
    if state.customer is not None:
        if state.customer.registration == contact_digest(registered):
            return ()
        raise CustomerAlreadyExists(f"{command.customer_id} is registered with other content")
    return (registered, *email_claimed(command.email_claim, command.customer_id, state.email))


def email_claimed(
    claim: str | None, customer_id: str, known: EmailClaim | None
) -> tuple[EmailClaimed, ...]:
    """Claim an e-mail address for a customer, or nothing if it is his already.

    Raises:
        EmailTaken: another customer has it, or had it.
    """
    if claim is None:
        return ()
    if known is None:
        return (EmailClaimed(claim=claim, customer_id=customer_id),)
    if known.customer_id != customer_id:
        raise EmailTaken("another customer has this e-mail address")
    return ()


def _registered(command: RegisterCustomer) -> CustomerRegistered:
    has_personal = command.email is not None or command.name is not None
    return CustomerRegistered(
        customer_id=command.customer_id,
        locale=command.locale,
        email_claim=command.email_claim,
        personal=CustomerPersonal(email=command.email, name=command.name) if has_personal else None,
    )
