"""What is the HTTP application made of?

FastAPI makes the OpenAPI document of the routes; requests go through one wrapper (`edge.py`)
straight to the router and the route. `cli` runs it under uvicorn:
`create_app(open_services, options)`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from api.batch import BatchRoute
from api.command_route import CommandRoute
from api.command_routes import COMMAND_ROUTES
from api.coupon_queries import COUPON_QUERIES
from api.customer_queries import CUSTOMER_QUERIES
from api.doc_pages import DOCUMENTATION_ROUTES
from api.documentation import ProblemBody
from api.edge import Edge
from api.headers import JSON
from api.health import HEALTH_QUERIES
from api.links import add_links
from api.log_queries import LOG_QUERIES
from api.metrics import METRICS_ROUTE
from api.order_queries import ORDER_QUERIES
from api.payment_queries import PAYMENT_QUERIES
from api.problem_pages import PROBLEM_ROUTE
from api.process_queries import PROCESS_QUERIES
from api.product_queries import PRODUCT_QUERIES
from api.report_queries import REPORT_QUERIES
from api.return_queries import RETURN_QUERIES
from api.routes import SlimRoute
from api.services import ApiOptions, OpenServices, Services
from api.shipment_queries import SHIPMENT_QUERIES
from api.stock_queries import STOCK_QUERIES
from api.stripe_webhooks import STRIPE_WEBHOOK
from api.webhooks import WEBHOOKS
from api.worklist_queries import WORKLIST_QUERIES
from domain.errors import Unavailable

DESCRIPTION: Final = """
Orders, and the trail they leave. **Commands** (`POST`) change something: each needs an
`Idempotency-Key`, and most need `If-Match` with the version they were decided on. An answer is
given when the effect is on disk. Where `dry_run` is offered, `?dry_run=true` answers what would
follow and keeps nothing of it; a command takes no other query parameter. **Queries** (`GET`) read
tables that follow the log; each says in `as_of_position` how far, and waits for the `position` of
a command with `min_position`.

Amounts are whole numbers of minor units of their currency; instants are RFC 3339 in UTC. Errors
are `application/problem+json` with a stable `code`.
"""


class OrderTrailApi(FastAPI):
    """The application."""

    def __init__(self, open_services: OpenServices, options: ApiOptions) -> None:
        """Take what opens the services when the application starts."""

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
            async with open_services() as services:
                self._services = services
                yield
            self._services = None

        super().__init__(
            title="OrderTrail",
            version=options.code_version,
            summary="An event-sourced order-processing system.",
            description=DESCRIPTION,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            lifespan=lifespan,
        )
        self._services: Services | None = None
        self.edge_options = options
        self.router.routes[:] = all_routes(
            with_docs=options.docs_enabled, with_metrics=options.metrics_enabled
        )
        self._edge = Edge(self.router, options.header_bytes_max)

    @property
    def services(self) -> Services:
        """The ports, while the application runs.

        Raises:
            Unavailable: it does not.
        """
        if self._services is None:
            raise Unavailable("the application is not running")
        return self._services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or open and close the services."""
        scope["app"] = self
        await self._edge(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Describe the API; made once."""
        return self._openapi

    def openapi_bytes(self) -> bytes:
        """Describe the API, as JSON."""
        return self._openapi_bytes

    @cached_property
    def _openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        schemas: dict[str, Any] = schema["components"]["schemas"]
        schemas["ProblemBody"] = ProblemBody.model_json_schema()
        for route in self.router.routes:
            if isinstance(route, SlimRoute):
                restore_example(schema["paths"][route.path][route.method.lower()], route)
        add_links(schema["paths"], self.router.routes)
        return schema

    @cached_property
    def _openapi_bytes(self) -> bytes:
        return msgspec.json.encode(self._openapi)


def create_app(open_services: OpenServices, options: ApiOptions) -> OrderTrailApi:
    """Make the application; its services are opened when it starts and closed when it stops."""
    return OrderTrailApi(open_services, options)


def restore_example(operation: dict[str, Any], route: SlimRoute) -> None:
    """Show the answer of an operation with the nulls that FastAPI takes out of examples."""
    status = str(route.status_code or 200)
    if isinstance(route, CommandRoute) and route.settings.dry_run_example is not None:
        operation["responses"]["200"]["content"][JSON]["example"] = route.settings.dry_run_example
    operation["responses"][status]["content"][JSON]["example"] = route.answer_example


def all_routes(*, with_docs: bool, with_metrics: bool = True) -> list[BaseRoute]:
    """List the routes in the order in which the router tries them, hot ones first."""
    return [
        *COMMAND_ROUTES,
        BatchRoute(),
        *WEBHOOKS,
        STRIPE_WEBHOOK,
        *ORDER_QUERIES,
        *PAYMENT_QUERIES,
        *CUSTOMER_QUERIES,
        *PRODUCT_QUERIES,
        *STOCK_QUERIES,
        *COUPON_QUERIES,
        *PROCESS_QUERIES,
        *WORKLIST_QUERIES,
        *SHIPMENT_QUERIES,
        *RETURN_QUERIES,
        *REPORT_QUERIES,
        *LOG_QUERIES,
        *HEALTH_QUERIES,
        PROBLEM_ROUTE,
        *((METRICS_ROUTE,) if with_metrics else ()),
        *(DOCUMENTATION_ROUTES if with_docs else ()),
    ]
