"""How do the demo's orders reach the API, and how quickly is each of them seen?

Each order is a POST of its own, many at a time, as customers send them; what customers say about an
order (a note, another address) follows at once under their own names.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import httpx2
import msgspec

from cli.batch_sender import Sent, send_all
from cli.demo_catalogue import HOT_PRODUCT, DemoCustomer, DemoProduct
from cli.demo_expected import Expected, Pieces
from cli.demo_orders import CURRENCY, PRICE_LIST, DemoOrder, DemoShop
from cli.demo_sender import Sender, acting, side_by_side
from cli.failures import CommandFailed
from cli.progress import progress
from cli.retail_commands import BatchItem

CATALOGUE_SINCE: Final = "2020-01-01T00:00:00Z"
LOCATION: Final = "MAIN"
PIECES_TOGETHER: Final = 100
"""What is received comes in boxes of so many, but for the hot product."""
LOOK_EVERY: Final = 25
"""One order in so many is looked up until it is visible, to time it."""

_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Placed:
    """What was sent and accepted, without what an earlier run had sent. Units: milliseconds."""

    expected: Expected = field(default_factory=Expected)
    orders: list[DemoOrder] = field(default_factory=list[DemoOrder])
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
        list(_receipts(shop)),
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


def _receipts(shop: DemoShop) -> Iterator[BatchItem]:
    """Receive what the orders of this run want, and too little of the hot product."""
    if not shop.orders:
        return
    run = shop.orders[0].order_id
    for sku, wanted in sorted(shop.wanted_pieces().items()):
        boxes = math.ceil(wanted / PIECES_TOGETHER)
        is_hot = sku == HOT_PRODUCT.sku
        payload = {
            "stock_item": f"{sku}@{LOCATION}",
            "movement_id": str(uuid5(NAMESPACE_URL, f"ordertrail/demo/receipt/{run}/{sku}")),
            "quantity": shop.hot_pieces if is_hot else boxes * PIECES_TOGETHER,
        }
        yield _item("receive-stock", f"{sku}-{run}", payload)


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
    sender: Sender, orders: Sequence[DemoOrder], zone: ZoneInfo, concurrency: int, hot_left: int
) -> Placed:
    """Place every order over POST /v1/orders; `hot_left` pieces of the hot product are there.

    Raises:
        CommandFailed: the API refuses something, or does not answer.
    """
    placed = Placed(Expected(pieces=Pieces(hot_left=hot_left)))
    began = time.perf_counter()
    with progress("Placing orders", len(orders), "orders") as advance:
        buyer = _Buyer(sender, placed, zone, advance)
        await side_by_side(enumerate(orders), buyer.buy, concurrency)
    placed.seconds = time.perf_counter() - began
    return placed


@dataclass(frozen=True, slots=True)
class _Buyer:
    """Sends orders, as those do who buy."""

    sender: Sender
    placed: Placed
    zone: ZoneInfo
    advance: Callable[[int], None]

    async def buy(self, waiting: Iterator[tuple[int, DemoOrder]]) -> None:
        """Place one order after the other until none is left."""
        for number, order in waiting:
            began = time.perf_counter()
            answer = await self.sender.post("/v1/orders", order.body(), f"demo-{order.order_id}")
            answered = time.perf_counter()
            self.placed.answered_ms.append((answered - began) * 1000)
            if answer.headers.get("idempotent-replayed") != "true":
                self.placed.orders.append(order)
                self.placed.expected.placed(order, self.zone)
            if number % LOOK_EVERY == 0:
                await self._look(order, answer.json()["position"], answered)
            await self._afterwards(order)
            self.advance(1)

    async def _afterwards(self, order: DemoOrder) -> None:
        """Do what the customer does next, while the shop carries the order out."""
        place = f"/v1/orders/{order.order_id}"
        by_customer = acting(f"customer:{order.customer.customer_id}")
        if order.note is not None:
            note_id = str(uuid5(NAMESPACE_URL, f"{place}/note"))
            body = {"note_id": note_id, "text": order.note, "visibility": "customer"}
            await self.sender.post(f"{place}/notes", body, f"note-{order.order_id}", by_customer)
        if order.new_address is not None:
            body = {"address": order.new_address}
            key = f"address-{order.order_id}"
            path = f"{place}/change-shipping-address"
            await self.sender.post(path, body, key, by_customer)

    async def _look(self, order: DemoOrder, position: int, answered: float) -> None:
        """Time how long it takes until the order that was just placed can be read."""
        answer = await self.sender.client.get(
            f"/v1/orders/{order.order_id}", params={"min_position": str(position)}
        )
        if answer.is_success:
            self.placed.visible_ms.append((time.perf_counter() - answered) * 1000)
