"""What is the HTTP application of the sandbox made of?

A payment provider and a carrier that are real servers, with books of their own and signed webhooks,
for trying things out and for tests. They never touch money or parcels.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.sandbox_books import Fact, SandboxBooks
from api.sandbox_provider import OPERATIONS, Answer, Asked, authorize, operate
from api.webhook_signatures import ID, SIGNATURE, TIMESTAMP, signature_of

WEBHOOK_TRIES_MAX: Final = 20
WEBHOOK_PAUSE_SECONDS: Final = 0.5
LATE_SECONDS: Final = 0.3
DELIVERY_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """Where webhooks go, how they are signed, and where the books are kept.

    Units: seconds. `late_seconds` before a webhook is sent, `delivery_seconds` before a parcel
    counts as delivered (None: never).
    """

    webhook_url: str | None
    webhook_key: bytes = field(repr=False)
    journal: Path | None = None
    late_seconds: float = LATE_SECONDS
    delivery_seconds: float | None = DELIVERY_SECONDS


class Sandbox:
    """The provider and the carrier."""

    def __init__(self, options: SandboxOptions) -> None:
        """Open the books later, when the application starts."""
        self._options = options
        self._books = SandboxBooks()
        self._parcels: dict[str, str] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._client: httpx2.AsyncClient | None = None

    @asynccontextmanager
    async def running(self, _: Starlette) -> AsyncGenerator[None]:
        """Keep the books and send webhooks as long as the application runs."""
        self._books = SandboxBooks.opened(self._options.journal)
        async with httpx2.AsyncClient(timeout=5.0) as client:
            self._client = client
            yield
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)
        self._books.close()

    async def pay(self, request: Request) -> Response:
        """POST /v1/payments: authorise."""
        body = await request.json()
        return await self._answer(authorize(self._books, _key(request), body))

    async def operate(self, request: Request) -> Response:
        """POST /v1/payments/{payment_id}/{operation}: capture, void, refund, reauthorize."""
        payment = self._books.payments.get(request.path_params["payment_id"])
        operation = request.path_params["operation"]
        if payment is None or operation not in OPERATIONS:
            return JSONResponse([], HTTPStatus.NOT_FOUND)
        body = await request.json()
        key = _key(request)
        asked = Asked(key, str(body.get("operation_id", key)), int(body["amount_minor"]))
        return await self._answer(operate(self._books, operation, payment, asked))

    async def look_up(self, request: Request) -> Response:
        """GET /v1/operations/{key}: what became of an operation."""
        facts = self._books.operations.get(request.path_params["key"])
        return JSONResponse(facts or [], HTTPStatus.OK if facts else HTTPStatus.NOT_FOUND)

    async def sums(self, _: Request) -> Response:
        """GET /v1/books: the sums of everything."""
        return JSONResponse(self._books.sums())

    async def dispute(self, request: Request) -> Response:
        """POST /v1/payments/{payment_id}/dispute: the customer disputes a payment at the bank."""
        payment = self._books.payments.get(request.path_params["payment_id"])
        if payment is None:
            return JSONResponse([], HTTPStatus.NOT_FOUND)
        body = await request.json()
        fact: Fact = {
            "kind": body.get("kind", "chargeback"),
            "payment_id": payment.payment_id,
            "operation_id": body["case_id"],
            "psp_ref": payment.psp_ref,
            "amount_minor": body.get("amount_minor", payment.captured_minor),
        }
        self._send_later("provider", fact, 0.0)
        return JSONResponse([fact], HTTPStatus.ACCEPTED)

    async def book(self, request: Request) -> Response:
        """POST /v1/shipments: take a parcel along, and bring it."""
        body = await request.json()
        shipment_id = str(body["shipment_id"])
        number = self._parcels.setdefault(shipment_id, f"SB{len(self._parcels) + 1:08}")
        delay = self._options.delivery_seconds
        if delay is not None:
            fact: Fact = {"kind": "delivered", "shipment_id": shipment_id}
            self._send_later("carrier", fact, delay)
        return JSONResponse({"tracking_number": number})

    async def _answer(self, answer: Answer) -> Response:
        for _ in range(answer.webhooks if answer.later else 0):
            for fact in answer.later:
                self._send_later("provider", fact, self._options.late_seconds)
        if answer.delay_seconds:
            await asyncio.sleep(answer.delay_seconds)
        if answer.is_lost:
            return Response(status_code=HTTPStatus.GATEWAY_TIMEOUT)
        return JSONResponse(answer.facts)

    def _send_later(self, party: str, fact: Fact, delay_seconds: float) -> None:
        if self._options.webhook_url is None:
            return
        webhook_id = f"{fact['kind']}:{json.dumps(fact, sort_keys=True)}"
        name = f"sb_{abs(hash(webhook_id)):x}" if party == "provider" else f"sb_{uuid4().hex}"
        task = asyncio.create_task(self._send(party, name, fact, delay_seconds))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, party: str, webhook_id: str, fact: Fact, delay_seconds: float) -> None:
        """Send a webhook until the answer is 2xx, as providers do."""
        assert self._client is not None
        await asyncio.sleep(delay_seconds)
        body = json.dumps(fact).encode()
        for number in range(WEBHOOK_TRIES_MAX):
            timestamp = str(int(time.time()))
            headers = {
                ID: webhook_id,
                TIMESTAMP: timestamp,
                SIGNATURE: signature_of(self._options.webhook_key, webhook_id, timestamp, body),
                "Content-Type": "application/json",
            }
            url = f"{self._options.webhook_url}/v1/webhooks/sandbox-{party}"
            with suppress(httpx2.HTTPError):
                response = await self._client.post(url, content=body, headers=headers)
                if response.is_success:
                    return
            await asyncio.sleep(WEBHOOK_PAUSE_SECONDS * min(2**number, 20))


def _key(request: Request) -> str:
    return request.headers["idempotency-key"]


def create_sandbox(options: SandboxOptions) -> Starlette:
    """Make the application of the sandbox."""
    sandbox = Sandbox(options)
    routes: list[tuple[str, Callable[[Request], Any], str]] = [
        ("/v1/payments", sandbox.pay, "POST"),
        ("/v1/payments/{payment_id}/dispute", sandbox.dispute, "POST"),
        ("/v1/payments/{payment_id}/{operation}", sandbox.operate, "POST"),
        ("/v1/operations/{key:path}", sandbox.look_up, "GET"),
        ("/v1/books", sandbox.sums, "GET"),
        ("/v1/shipments", sandbox.book, "POST"),
    ]
    return Starlette(
        routes=[Route(path, endpoint, methods=[method]) for path, endpoint, method in routes],
        lifespan=sandbox.running,
    )
