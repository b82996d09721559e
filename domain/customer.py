"""A customer: who may order, and how is he reached?

Stream `customer-<uuid>`. States: active, blocked. An e-mail address is unique by a claim on a
stream of its own, `email-<hmac>`, appended together with the registration or the change; a claim
stays with its customer, so that nobody can take over an address that he once had.
"""

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import assert_never

from immutables import Map

from domain.digest import digest_of
from domain.order_parts import Address, FreeTextPersonal
from domain.replace import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPersonal:
    """How a customer is reached; all personal data of an event stands in `personal`."""

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
class CustomerContactChanged:
    """The customer is reached like this from now on; what is missing is no longer known."""

    customer_id: str
    locale: str | None = None
    email_claim: str | None = None
    personal: CustomerPersonal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddressPersonal:
    """The personal field of an address that a customer keeps."""

    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddressAdded:
    """The customer keeps an address for later orders."""

    customer_id: str
    address_id: str
    personal: CustomerAddressPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddressRemoved:
    """The customer keeps an address no longer; orders that name it are not touched."""

    customer_id: str
    address_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBlocked:
    """The customer may place no orders until he is unblocked."""

    customer_id: str
    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUnblocked:
    """The customer may place orders again."""

    customer_id: str
    personal: FreeTextPersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailClaimed:
    """An e-mail address (as the keyed hash `claim`) belongs to a customer."""

    claim: str
    customer_id: str


CustomerEvent = (
    CustomerRegistered
    | CustomerContactChanged
    | CustomerAddressAdded
    | CustomerAddressRemoved
    | CustomerBlocked
    | CustomerUnblocked
)
EmailEvent = EmailClaimed


class CustomerStatus(StrEnum):
    """Whether a customer may order."""

    ACTIVE = "active"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as the events left it, without personal texts, of which digests are kept.

    `registration` recognises a repeated registration, `contact` a repeated change. Shape:
    `addresses` holds the kept ones by id, None for one that was removed.
    """

    customer_id: str
    status: CustomerStatus
    registration: bytes
    contact: bytes
    addresses: Map[str, bytes | None]

    @property
    def may_order(self) -> bool:
        """Tell whether orders are taken from the customer."""
        return self.status is CustomerStatus.ACTIVE

    @property
    def kept_addresses(self) -> int:
        """Tell how many addresses are kept."""
        return sum(digest is not None for digest in self.addresses.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailClaim:
    """An e-mail address (as a keyed hash) and the customer to whom it belongs."""

    claim: str
    customer_id: str


def contact_digest(event: CustomerRegistered | CustomerContactChanged) -> bytes:
    """Digest how a customer is reached."""
    personal = event.personal or CustomerPersonal()
    return digest_of(
        event.customer_id, event.locale, event.email_claim, personal.email, personal.name
    )


def address_digest(customer_id: str, address: Address) -> bytes:
    """Digest an address of a customer."""
    return digest_of(customer_id, *astuple(address))


def evolve_customer(state: Customer | None, event: CustomerEvent) -> Customer:
    """Answer the customer after the event."""
    if isinstance(event, CustomerRegistered):
        assert state is None
        digest = contact_digest(event)
        return Customer(
            customer_id=event.customer_id,
            status=CustomerStatus.ACTIVE,
            registration=digest,
            contact=digest,
            addresses=Map(),
        )
    assert state is not None
    match event:
        case CustomerContactChanged():
            return replace(state, contact=contact_digest(event))
        case CustomerAddressAdded():
            assert event.address_id not in state.addresses
            digest = address_digest(event.customer_id, event.personal.address)
            return replace(state, addresses=state.addresses.set(event.address_id, digest))
        case CustomerAddressRemoved():
            assert state.addresses[event.address_id] is not None
            return replace(state, addresses=state.addresses.set(event.address_id, None))
        case CustomerBlocked():
            assert state.may_order
            return replace(state, status=CustomerStatus.BLOCKED)
        case CustomerUnblocked():
            assert not state.may_order
            return replace(state, status=CustomerStatus.ACTIVE)
        case _:
            assert_never(event)


def evolve_email_claim(state: EmailClaim | None, event: EmailEvent) -> EmailClaim:
    """Answer the claim after the event."""
    assert state is None
    return EmailClaim(claim=event.claim, customer_id=event.customer_id)
