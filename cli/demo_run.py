"""How do the demo's orders reach the API, and how quickly is each of them seen?

Each order is a POST of its own, many at a time, as customers send them; what customers do with an
order afterwards (a note, another address, a cancellation) follows at once under their own names.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import httpx2
import msgspec

from cli.batch_sender import Sent, send_all
from cli.demo_catalogue import DemoCustomer, DemoProduct
from cli.demo_orders import CURRENCY, PRICE_LIST, DemoOrder, DemoShop, Expected
from cli.failures import CommandFailed
from cli.progress import progress
from cli.retail_commands import BatchItem

ACTOR_HEADER: Final = "X-OrderTrail-Actor"
CATALOGUE_SINCE: Final = "2020-01-01T00:00:00Z"
LOCATION: Final = "MAIN"
PIECES: Final = 1_000_000
LOOK_EVERY: Final = 25
"""One order in so many is looked up until it is visible, to time it."""
TRIES_MAX: Final = 8
UNAVAILABLE: Final = frozenset({429, 503})
PAUSE_SECONDS: Final = 0.1

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Placed:
    """What was sent and accepted. Units: milliseconds of answers and of visibility."""

    expected: Expected = field(default_factory=Expected)
    position: int = 0
    answered_ms: list[float] = field(default_factory=list[float])
    visible_ms: list[float] = field(default_factory=list[float])
    seconds: float = 0.0


async def open_shop(client: httpx2.AsyncClient, shop: DemoShop, concurrency: int) -> Sent:
    """Register products, prices and customers.

    Raises:
        CommandFailed: the API refuses one of them.
    """
    sent = Sent()
    phases = [
        list(_registrations(shop.products)),
        list(_activations(shop.products)),
        list(_prices(shop.products)),
        list(_stock(shop.products)),
        list(_receipts(shop.products)),
        list(_customers(shop.customers)),
    ]
    with progress("Opening the shop", sum(map(len, phases)), "commands") as advance:
        for phase in phases:
            await send_all(client, phase, concurrency=concurrency, sent=sent, progress=advance)
    if sent.refused:
        item, result = sent.refused[0]
        raise CommandFailed(f"The API refuses {item.type} of {item.subject}: {result.code}.")
    return sent


def _registrations(products: Iterable[DemoProduct]) -> Iterator[BatchItem]:
    for product in products:
        payload = {
            "sku": product.sku,
            "name": product.name,
            "tax_class": product.tax_class,
            "requires_shipping": True,
            "returnable": True,
            "return_window_days": 30,
        }
        yield _item("register-product", product.sku, payload)


def _activations(products: Iterable[DemoProduct]) -> Iterator[BatchItem]:
    for product in products:
        yield _item("activate-product", product.sku, {"sku": product.sku}, expected_version=1)


def _prices(products: Iterable[DemoProduct]) -> Iterator[BatchItem]:
    for product in products:
        payload = {
            "sku": product.sku,
            "price_id": str(uuid5(NAMESPACE_URL, f"ordertrail/demo/{product.sku}")),
            "price_list": PRICE_LIST,
            "currency": CURRENCY,
            "amount_minor": product.price_minor,
            "tax_included": True,
            "valid_from": CATALOGUE_SINCE,
        }
        yield _item("set-price", product.sku, payload, expected_version=2)


def _stock(products: Iterable[DemoProduct]) -> Iterator[BatchItem]:
    for product in products:
        payload = {"sku": product.sku, "location": LOCATION}
        yield _item("register-stock-item", product.sku, payload)


def _receipts(products: Iterable[DemoProduct]) -> Iterator[BatchItem]:
    for product in products:
        payload = {
            "stock_item": f"{product.sku}@{LOCATION}",
            "movement_id": str(uuid5(NAMESPACE_URL, f"ordertrail/demo/receipt/{product.sku}")),
            "quantity": PIECES,
        }
        yield _item("receive-stock", product.sku, payload)


def _customers(customers: Iterable[DemoCustomer]) -> Iterator[BatchItem]:
    for customer in customers:
        payload = {
            "customer_id": customer.customer_id,
            "email": customer.email,
            "name": customer.name,
            "locale": "en-GB",
        }
        yield _item("register-customer", customer.customer_id, payload)


def _item(
    command_type: str, subject: str, payload: dict[str, Any], expected_version: int | None = None
) -> BatchItem:
    item: dict[str, Any] = {
        "type": command_type,
        "idempotency_key": f"demo-{command_type}-{subject}",
        "payload": payload,
    }
    if expected_version is not None:
        item["expected_version"] = expected_version
    return BatchItem(command_type, subject, _ENCODE(item))


async def place_orders(
    client: httpx2.AsyncClient, orders: list[DemoOrder], zone: ZoneInfo, concurrency: int
) -> Placed:
    """Place every order over POST /v1/orders and let its customer do the rest.

    Raises:
        CommandFailed: the API refuses something, or does not answer.
    """
    placed = Placed()
    waiting = iter(enumerate(orders))
    began = time.perf_counter()
    with progress("Placing orders", len(orders), "orders") as advance:
        buyers = [
            asyncio.create_task(_Buyer(client, placed, zone).buy(waiting, advance))
            for _ in range(concurrency)
        ]
        try:
            await asyncio.wait(buyers, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for buyer in buyers:
                buyer.cancel()
            await asyncio.gather(*buyers, return_exceptions=True)
    for buyer in buyers:
        buyer.result()
    placed.seconds = time.perf_counter() - began
    return placed


@dataclass(slots=True)
class _Buyer:
    """One of those who send orders at the same time."""

    client: httpx2.AsyncClient
    placed: Placed
    zone: ZoneInfo

    async def buy(
        self, waiting: Iterator[tuple[int, DemoOrder]], advance: Callable[[int], None]
    ) -> None:
        """Place one order after the other until none is left."""
        for number, order in waiting:
            began = time.perf_counter()
            answer = await self._post("/v1/orders", order.body(), f"demo-{order.order_id}")
            answered = time.perf_counter()
            self.placed.answered_ms.append((answered - began) * 1000)
            if answer.headers.get("idempotent-replayed") != "true":
                self.placed.expected.placed(order, self.zone)
            if number % LOOK_EVERY == 0:
                await self._look(order, answer.json()["position"], answered)
            await self._afterwards(order)
            advance(1)

    async def _afterwards(self, order: DemoOrder) -> None:
        """Do what the customer does next, while the shop carries the order out."""
        place = f"/v1/orders/{order.order_id}"
        actor = f"customer:{order.customer.customer_id}"
        if order.note is not None:
            note_id = str(uuid5(NAMESPACE_URL, f"{place}/note"))
            body = {"note_id": note_id, "text": order.note, "visibility": "customer"}
            await self._post(f"{place}/notes", body, f"note-{order.order_id}", actor)
        if order.new_address is not None:
            body = {"address": order.new_address}
            key = f"address-{order.order_id}"
            path = f"{place}/change-shipping-address"
            await self._post(path, body, key, actor)
        if order.cancel_reason is not None:
            cancellation_id = str(uuid5(NAMESPACE_URL, f"{place}/cancel"))
            body = {"cancellation_id": cancellation_id, "reason_code": order.cancel_reason}
            key = f"cancel-{order.order_id}"
            answer = await self._post(f"{place}/cancel", body, key, actor)
            if answer.headers.get("idempotent-replayed") != "true":
                self.placed.expected.was_cancelled(order)

    async def _post(
        self,
        path: str,
        body: dict[str, Any],
        key: str,
        actor: str | None = None,
    ) -> httpx2.Response:
        """Send one command, again and again under its key while the server is busy.

        Raises:
            CommandFailed: the API refuses it, or stays away.
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if actor is not None:
            headers |= {ACTOR_HEADER: actor, "If-Match": "*"}
        said = ""
        for attempt in range(TRIES_MAX):
            try:
                answer = await self.client.post(path, content=_ENCODE(body), headers=headers)
            except httpx2.TransportError as error:
                said = str(error) or type(error).__name__
            else:
                if answer.is_success:
                    position = int(answer.headers["event-position"])
                    self.placed.position = max(self.placed.position, position)
                    return answer
                said = f"{answer.status_code}: {answer.text[:400]}"
                if answer.status_code not in UNAVAILABLE:
                    break
            await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
        raise CommandFailed(f"POST {path} failed: {said}")

    async def _look(self, order: DemoOrder, position: int, answered: float) -> None:
        """Time how long it takes until the order that was just placed can be read."""
        answer = await self.client.get(
            f"/v1/orders/{order.order_id}", params={"min_position": str(position)}
        )
        if answer.is_success:
            self.placed.visible_ms.append((time.perf_counter() - answered) * 1000)
