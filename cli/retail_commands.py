"""Which commands does a file of retail sales become?

Products (registered, activated, priced once at the first price seen), their stock, customers
without personal data, one PlaceOrder per invoice; what became of the orders is in
`retail_history.py`. Ids come from the file, keys from the content: running the same file again is
the same set of requests, so nothing new happens.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import msgspec

from cli.retail_file import Invoice, Product, RetailFile

SHOP_ZONE: Final = "Europe/London"
CURRENCY: Final = "GBP"
PRICE_LIST: Final = "retail"
CHANNEL: Final = "import"
LOCATION: Final = "MAIN"
HISTORICAL: Final = "historical"
PLACE_ORDER: Final = "place-order"
DATA_SET: Final = uuid5(NAMESPACE_URL, "https://doi.org/10.24432/C5CG6D")

_LONDON: Final = ZoneInfo(SHOP_ZONE)
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A command as it travels in a batch.

    `subject` is the invoice, sku, customer, row or return that it is about.
    """

    type: str
    subject: str
    body: bytes


def order_id_of(invoice: str) -> str:
    """Name the order of an invoice."""
    return str(uuid5(DATA_SET, f"invoice/{invoice}"))


@lru_cache(maxsize=65_536)
def customer_id_of(customer: str) -> str:
    """Name a customer of the file."""
    return str(uuid5(DATA_SET, f"customer/{customer}"))


def price_id_of(sku: str) -> str:
    """Name the one price of a sku."""
    return str(uuid5(DATA_SET, f"price/{sku}"))


@lru_cache(maxsize=65_536)
def instant_of(wall_clock: str) -> str:
    """Write a time of the file, which is the shop's wall clock, as an instant in UTC."""
    local = datetime.fromisoformat(wall_clock).replace(tzinfo=_LONDON)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def catalogue_phases(file: RetailFile) -> list[list[BatchItem]]:
    """Write what must be there before the orders; each phase rests on the one before it."""
    products = list(file.products.values())
    names = {product.sku: product.name for product in products} | file.unsold
    return [
        [_register(sku, name) for sku, name in names.items()],
        [_activate(product) for product in products],
        [_set_price(product) for product in products],
        [_register_stock_item(sku) for sku in names],
        [_register_customer(customer) for customer in file.customers],
    ]


def batch_item(
    command_type: str,
    subject: str,
    payload: dict[str, Any],
    expected_version: int | None = None,
) -> BatchItem:
    """Write a command, under a key that is made of its content."""
    content = _ENCODE(payload)
    key = sha256(b"%s\n%s" % (command_type.encode(), content)).hexdigest()
    version = b"" if expected_version is None else b',"expected_version":%d' % expected_version
    body = b'{"type":"%s","idempotency_key":"retail-%s"%s,"payload":%s}' % (
        command_type.encode(),
        key.encode(),
        version,
        content,
    )
    return BatchItem(command_type, subject, body)


def _register(sku: str, name: str) -> BatchItem:
    payload = {
        "sku": sku,
        "name": name,
        "tax_class": "zero",
        "requires_shipping": True,
        "returnable": True,
    }
    return batch_item("register-product", sku, payload)


def _activate(product: Product) -> BatchItem:
    return batch_item("activate-product", product.sku, {"sku": product.sku}, expected_version=1)


def _set_price(product: Product) -> BatchItem:
    payload = {
        "sku": product.sku,
        "price_id": price_id_of(product.sku),
        "price_list": PRICE_LIST,
        "currency": CURRENCY,
        "amount_minor": product.price_minor,
        "tax_included": True,
        "valid_from": instant_of(product.sold_from),
    }
    return batch_item("set-price", product.sku, payload, expected_version=2)


def _register_stock_item(sku: str) -> BatchItem:
    return batch_item("register-stock-item", sku, {"sku": sku, "location": LOCATION})


def _register_customer(customer: str) -> BatchItem:
    return batch_item("register-customer", customer, {"customer_id": customer_id_of(customer)})


def place_order(order: Invoice, products: dict[str, Product]) -> BatchItem:
    """Write the order of an invoice."""
    lines: list[dict[str, Any]] = []
    for line in order.lines:
        wanted: dict[str, Any] = {
            "line_id": str(line.row),
            "sku": line.sku,
            "quantity": line.quantity,
        }
        if line.price_minor != products[line.sku].price_minor:
            wanted["agreed_unit_price_minor"] = line.price_minor
            wanted["agreed_price_reason"] = HISTORICAL
        lines.append(wanted)
    payload: dict[str, Any] = {
        "order_id": order_id_of(order.number),
        "customer_id": customer_id_of(order.customer),
        "currency": CURRENCY,
        "price_list": PRICE_LIST,
        "channel": CHANNEL,
        "country": order.country,
        "origin": {"kind": "import", "ref": order.number},
        "lines": lines,
        "occurred_at": instant_of(order.placed_at),
    }
    if order.carriage:
        payload["agreed_shipping_minor"] = order.carriage_minor
    # Whatever the catalogue there says: the order comes to what the invoice came to, or not at all.
    payload["expected_total_minor"] = order.gross_minor + order.carriage_minor
    return batch_item(PLACE_ORDER, order.number, payload)


def in_batches(
    items: Iterable[BatchItem], *, commands_max: int, bytes_max: int
) -> Generator[list[BatchItem]]:
    """Part items into batches that are neither too many nor too large."""
    batch: list[BatchItem] = []
    size = 0
    for item in items:
        if batch and (len(batch) == commands_max or size + len(item.body) > bytes_max):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.body) + 1
    if batch:
        yield batch
