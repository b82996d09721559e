"""What can be asked about a customer?

There is no read table of customers: the answer is folded from the customer's own few events, so it
is always up to date.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import Query as Parameters

from api.customer_commands import ADDRESS_EXAMPLE, ADDRESS_ID, CUSTOMER_ID
from api.fields import Uuid
from api.query_route import Asked, Query, QueryRoute, QuerySettings, found_version
from api.read_bodies import CustomerRead
from api.routes import Answer
from domain.customer import (
    CustomerAddressAdded,
    CustomerAddressRemoved,
    CustomerBlocked,
    CustomerContactChanged,
    CustomerPersonal,
    CustomerRegistered,
    CustomerStatus,
    CustomerUnblocked,
)
from domain.envelope import RecordedEvent
from domain.errors import CustomerNotFound
from domain.events import customer_stream
from domain.permissions import may_act_for, speaks_for_shop
from sql.codec import to_builtins
from sql.queries.events import read_stream


async def get_customer(
    ask: Asked, customer_id: Uuid, query: Annotated[Query, Parameters()]
) -> Answer:
    """Read a customer."""
    del query
    events, head = await read_stream(ask.services.reads.reader, customer_stream(customer_id))
    if not events or not may_act_for(ask.actor, customer_id):
        raise CustomerNotFound(f"there is no customer {customer_id}")
    body = {
        "customer_id": customer_id,
        **known_of(events, with_reason=speaks_for_shop(ask.actor)),
        "registered_at": events[0].recorded_at,
        "version": events[-1].version,
        "as_of_position": head,
    }
    return found_version(ask, body, events[-1].version)


def known_of(events: Sequence[RecordedEvent], *, with_reason: bool) -> dict[str, Any]:
    """Tell what is known of a customer; why he is blocked is for the shop alone."""
    known: dict[str, Any] = {"status": CustomerStatus.ACTIVE, "blocked_reason": None}
    addresses: dict[str, Any] = {}
    for event in events:
        match event.data:
            case CustomerRegistered() | CustomerContactChanged() as contact:
                personal = contact.personal or CustomerPersonal()
                known |= {"email": personal.email, "name": personal.name, "locale": contact.locale}
            case CustomerAddressAdded() as added:
                addresses[added.address_id] = to_builtins(added.personal.address)
            case CustomerAddressRemoved() as removed:
                del addresses[removed.address_id]
            case CustomerBlocked() as blocked:
                reason = blocked.personal.text if with_reason else None
                known |= {"status": CustomerStatus.BLOCKED, "blocked_reason": reason}
            case CustomerUnblocked():
                known |= {"status": CustomerStatus.ACTIVE, "blocked_reason": None}
            case _:
                raise AssertionError(f"{event.type} is no event of a customer")
    kept = [{"address_id": each, "address": address} for each, address in addresses.items()]
    return {**known, "addresses": kept}


CUSTOMER_QUERIES: Final = (
    QueryRoute(
        "/v1/customers/{customer_id}",
        get_customer,
        QuerySettings(
            summary="Read a customer",
            tag="Customers",
            answer=CustomerRead,
            example={
                "customer_id": CUSTOMER_ID,
                "email": "ada@example.com",
                "name": "Ada Lovelace",
                "locale": "en-GB",
                "status": "active",
                "blocked_reason": None,
                "addresses": [
                    {
                        "address_id": ADDRESS_ID,
                        "address": {
                            **ADDRESS_EXAMPLE,
                            "line2": None,
                            "region": None,
                            "phone": None,
                        },
                    }
                ],
                "registered_at": "2026-11-20T10:00:00Z",
                "version": 1,
                "as_of_position": 4711,
            },
            refusals=("customer_not_found",),
            has_etag=True,
        ),
    ),
)
