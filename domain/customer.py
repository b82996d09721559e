"""A customer: who may order?

Stream `customer-<uuid>`. An e-mail address is unique by a claim on a stream of its own,
`email-<hmac>`, appended together with the registration.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPersonal:
    """The personal fields of a registration; all personal data of an event stands in `personal`."""

    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRegistered:
    """The customer may place orders."""

    customer_id: str
    locale: str | None = None
    email_claim: str | None = None
    personal: CustomerPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailClaimed:
    """An e-mail address (as the keyed hash `claim`) belongs to a customer."""

    claim: str
    customer_id: str


CustomerEvent = CustomerRegistered
EmailEvent = EmailClaimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as the events left it; `registration` is kept to recognise a repeat."""

    customer_id: str
    registration: CustomerRegistered


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailClaim:
    """An e-mail address (as a keyed hash) and the customer to whom it belongs."""

    claim: str
    customer_id: str


def evolve_customer(state: Customer | None, event: CustomerEvent) -> Customer:
    """Answer the customer after the event."""
    assert state is None
    return Customer(customer_id=event.customer_id, registration=event)


def evolve_email_claim(state: EmailClaim | None, event: EmailEvent) -> EmailClaim:
    """Answer the claim after the event."""
    assert state is None
    return EmailClaim(claim=event.claim, customer_id=event.customer_id)
