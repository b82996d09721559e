"""Which orders are sent when the HTTP side is measured?

Orders of three lines over a catalogue of 200 products (or as many as asked for) and 500 customers,
each with an id and an Idempotency-Key of its own (UUIDv7). Made before the clock starts, so that
the load generator only sends; the same requests go to every side of a ratio.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import uuid_utils

PRODUCTS: Final = 200
CUSTOMERS: Final = 500
LINES: Final = 3
BATCH: Final = 400
SEED: Final = 20_261_120
LOCATION: Final = "MAIN"
PIECES: Final = 1_000_000_000
"""More of every product than all orders of a measurement want."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One POST about an order; to /v1/orders unless it says otherwise."""

    order_id: str
    key: str
    body: bytes
    path: str = "/v1/orders"

    def raw(self, host: str) -> bytes:
        """Write the request as it goes over the wire, connection kept alive."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {self.key}\r\nContent-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


def customers() -> list[str]:
    """Name the customers, the same ones in every run."""
    chance = random.Random(SEED)
    return [str(uuid_utils.UUID(int=chance.getrandbits(128))) for _ in range(CUSTOMERS)]


def prepare_catalogue(url: str, products: int = PRODUCTS) -> None:
    """Register products with prices and customers through the API."""
    items: list[dict[str, Any]] = []
    for number in range(products):
        sku = sku_of(number)
        items.append(
            command_item(
                "register-product",
                sku=sku,
                name=f"Product {number}",
                tax_class="zero",
                requires_shipping=False,
                returnable=True,
            )
        )
        items.append(command_item("activate-product", expected_version=1, sku=sku))
        items.append(
            command_item(
                "set-price",
                expected_version=2,
                sku=sku,
                price_id=str(uuid_utils.uuid7()),
                price_list="default",
                currency="GBP",
                amount_minor=price_minor(number),
                tax_included=True,
            )
        )
    items += [command_item("register-customer", customer_id=customer) for customer in customers()]
    with httpx2.Client(base_url=url, timeout=30) as client:
        send_items(client, items)


def prepare_stock(url: str, products: int = PRODUCTS) -> None:
    """Receive plenty of every product through the API."""
    items: list[dict[str, Any]] = []
    for number in range(products):
        sku = sku_of(number)
        items.append(command_item("register-stock-item", sku=sku, location=LOCATION))
        items.append(
            command_item(
                "receive-stock",
                stock_item=f"{sku}@{LOCATION}",
                movement_id=str(uuid_utils.uuid7()),
                quantity=PIECES,
            )
        )
    with httpx2.Client(base_url=url, timeout=30) as client:
        send_items(client, items)


def send_items(client: httpx2.Client, items: Sequence[dict[str, Any]]) -> None:
    """Send commands by the batch; none of them may be refused."""
    for first in range(0, len(items), BATCH):
        answer = client.post("/v1/commands/batch", json=items[first : first + BATCH])
        answer.raise_for_status()
        results = answer.json()["results"]
        refused = [result for result in results if "problem" in result]
        assert not refused, refused[:3]


def make_orders(
    count: int, *, products: int = PRODUCTS, is_hot: bool = False, method: str | None = None
) -> list[OrderRequest]:
    """Make orders that were never sent before; hot ones all begin with the same product.

    `method` is what they are paid with; without one nobody asks for their money.
    """
    chance = random.Random()
    buyers = customers()
    paid = {} if method is None else {"payment_method_ref": method}
    return [_order(chance, buyers, products, paid, is_hot=is_hot) for _ in range(count)]


def _order(
    chance: random.Random, buyers: list[str], products: int, paid: dict[str, str], *, is_hot: bool
) -> OrderRequest:
    order_id = str(uuid_utils.uuid7())
    body = {
        "order_id": order_id,
        "customer_id": chance.choice(buyers),
        "currency": "GBP",
        "price_list": "default",
        "channel": "web",
        "country": "United Kingdom",
        "lines": [
            {
                "line_id": str(line),
                "sku": sku_of(0 if is_hot and line == 1 else chance.randrange(products)),
                "quantity": chance.randint(1, 24),
            }
            for line in range(1, LINES + 1)
        ],
        **paid,
    }
    return OrderRequest(order_id, str(uuid_utils.uuid7()), json.dumps(body).encode())


def sku_of(number: int) -> str:
    """Name a product of the catalogue."""
    return f"{10_000 + number}A"


def price_minor(number: int) -> int:
    """Tell the price of a product of the catalogue."""
    return 65 + number


def command_item(
    command_type: str, *, expected_version: int | None = None, **payload: object
) -> dict[str, Any]:
    """Make an item of a batch, under a key of its own."""
    item: dict[str, Any] = {
        "type": command_type,
        "idempotency_key": str(uuid_utils.uuid7()),
        "payload": payload,
    }
    if expected_version is not None:
        item["expected_version"] = expected_version
    return item
