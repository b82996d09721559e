"""How do the tests talk to the API as a client would?

The same client works on a server that runs and on an application in the test's own process.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2
from uuid_utils import uuid7

from api.actors import ActorSource
from api.app import create_app
from api.services import ApiOptions
from api.wiring import ServiceSettings, open_services
from domain.policy import Policy
from tests.examples import POLICY

ACTOR_HEADER: Final = "X-OrderTrail-Actor"
HMAC_KEY: Final = "a key of the tests, thirty-two characters long"
WEBHOOK_KEY: Final = b"a key of providers and carriers in tests, long enough"
STRIPE_WEBHOOK_SECRET: Final = "whsec_of_the_tests"
STAFF: Final = "staff:jo"

Json = dict[str, Any]
IMPORTED: Final[Json] = {"origin": {"kind": "import"}}
"""An imported order is cancelled at once; others wait for what was reserved to be undone."""


def new_id() -> str:
    """Make an id as clients should: a UUID of version 7."""
    return str(uuid7())


def an_order_body(customer_id: str, sku: str, **changes: object) -> Json:
    """Write the body of an order of three pieces of a product."""
    return {
        "order_id": new_id(),
        "customer_id": customer_id,
        "currency": "GBP",
        "price_list": "retail",
        "channel": "web",
        "country": "GB",
        "shipping_address": an_address_body(),
        "lines": [{"line_id": "1", "sku": sku, "quantity": 3}],
        **changes,
    }


def an_address_body(**changes: object) -> Json:
    """Write a postal address."""
    return {
        "recipient": "Ada Lovelace",
        "line1": "12 St James's Square",
        "city": "London",
        "country": "GB",
        **changes,
    }


class ApiClient:
    """A client that sends what a test says and no more."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def command(
        self,
        path: str,
        body: object,
        *,
        key: str | None = None,
        if_match: int | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a command, under a key of its own if none is given."""
        sent = {"Idempotency-Key": key or new_id(), **(headers or {})}
        if if_match is not None:
            sent["If-Match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
        return await self.http.post(path, json=body, headers=sent)

    async def get(self, path: str, **parameters: str | int) -> httpx2.Response:
        """Ask a query."""
        return await self.http.get(path, params=parameters)

    async def head(self) -> int:
        """Tell where the log ends."""
        answer = await self.http.get("/v1/events", params={"limit": 1}, headers=AS_STAFF)
        assert answer.status_code == 200, answer.text
        position: int = answer.json()["head_position"]
        return position

    async def a_product(self, *, price_minor: int = 500, **changes: object) -> str:
        """Put a product on sale; changes are those of its registration."""
        sku = f"SKU-{new_id()[-12:].upper()}"
        product = {
            "sku": sku,
            "name": "A blue mug",
            "tax_class": "standard",
            "requires_shipping": True,
            "returnable": True,
            **changes,
        }
        price = {
            "price_id": new_id(),
            "price_list": "retail",
            "currency": "GBP",
            "amount_minor": price_minor,
            "tax_included": True,
            "valid_from": "2025-01-01T00:00:00Z",
        }
        for path, body, version in (
            ("/v1/products", product, None),
            (f"/v1/products/{sku}/activate", {}, 1),
            (f"/v1/products/{sku}/prices", price, 2),
        ):
            answer = await self.command(path, body, if_match=version, headers=AS_STAFF)
            assert answer.is_success, answer.text
        return sku

    async def a_customer(self) -> str:
        """Register a customer."""
        customer_id = new_id()
        answer = await self.command("/v1/customers", {"customer_id": customer_id}, headers=AS_STAFF)
        assert answer.is_success, answer.text
        return customer_id

    async def an_order(self, **changes: object) -> Json:
        """Place an order of a new product by a new customer; answers its body and its answer."""
        body = an_order_body(await self.a_customer(), await self.a_product(), **changes)
        answer = await self.command("/v1/orders", body)
        assert answer.is_success, answer.text
        return {**body, **answer.json()}


AS_STAFF: Final = {ACTOR_HEADER: STAFF}


def acting_as(actor: str) -> dict[str, str]:
    """Write the header that names the actor."""
    return {ACTOR_HEADER: actor}


@asynccontextmanager
async def api_on(database_url: str, *, policy: Policy = POLICY) -> AsyncGenerator[ApiClient]:
    """Run the application in this process, on the real database, and talk to it."""
    settings = ServiceSettings(
        database_url=database_url,
        role_prefix="ordertrail",
        code_version="test",
        policy=policy,
        business_time_zone="Europe/London",
    )
    application = create_app(
        lambda: open_services(settings),
        ApiOptions(
            email_hmac_key=HMAC_KEY.encode(),
            code_version="test",
            actors=ActorSource(trusted_header=ACTOR_HEADER),
            webhook_key=WEBHOOK_KEY,
            stripe_webhook_secret=STRIPE_WEBHOOK_SECRET,
        ),
    )
    transport = httpx2.ASGITransport(app=application, raise_app_exceptions=False)
    async with (
        application.router.lifespan_context(application),
        httpx2.AsyncClient(transport=transport, base_url="http://ordertrail.test") as http,
    ):
        yield ApiClient(http)
