"""What can be asked about a customer?

There is no read table of customers: the answer is folded from the customer's own few events, so it
is always up to date.
"""

from typing import Annotated, Final

from fastapi import Query as Parameters

from api.customer_commands import CUSTOMER_ID
from api.fields import Uuid
from api.query_route import Asked, Query, QueryRoute, QuerySettings, found_version
from api.read_bodies import CustomerRead
from api.routes import Answer
from domain.customer import Customer
from domain.errors import CustomerNotFound
from domain.events import customer_stream
from domain.fold import as_customer, evolve
from domain.permissions import may_act_for
from sql.queries.events import read_stream


async def get_customer(
    ask: Asked, customer_id: Uuid, query: Annotated[Query, Parameters()]
) -> Answer:
    """Read a customer."""
    del query
    events, head = await read_stream(ask.services.reads.reader, customer_stream(customer_id))
    customer: Customer | None = None
    for event in events:
        customer = as_customer(evolve(customer, event.data))
    if customer is None or not may_act_for(ask.actor, customer_id):
        raise CustomerNotFound(f"there is no customer {customer_id}")
    registration = customer.registration
    personal = registration.personal
    version = events[-1].version
    body = {
        "customer_id": customer.customer_id,
        "email": None if personal is None else personal.email,
        "name": None if personal is None else personal.name,
        "locale": registration.locale,
        "registered_at": events[0].recorded_at,
        "version": version,
        "as_of_position": head,
    }
    return found_version(ask, body, version)


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
                "registered_at": "2026-11-20T10:00:00Z",
                "version": 1,
                "as_of_position": 4711,
            },
            refusals=("customer_not_found",),
            has_etag=True,
        ),
    ),
)
