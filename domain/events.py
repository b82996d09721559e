"""Which events exist, under which stored names, in which streams?

A stored name and its schema version are chosen here once and never derived from a Python path.
"""

from typing import Final, assert_never

from domain.customer import CustomerEvent, CustomerRegistered, EmailClaimed, EmailEvent
from domain.order import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderEvent,
    OrderNoteAdded,
    OrderPlaced,
    OrderShippingAddressChanged,
)
from domain.product import (
    ProductActivated,
    ProductDiscontinued,
    ProductEvent,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
)

Event = ProductEvent | CustomerEvent | EmailEvent | OrderEvent

EVENT_TYPES: Final[dict[str, tuple[type[Event], int]]] = {
    "product-registered": (ProductRegistered, 1),
    "product-activated": (ProductActivated, 1),
    "product-discontinued": (ProductDiscontinued, 1),
    "product-price-set": (ProductPriceSet, 1),
    "product-price-withdrawn": (ProductPriceWithdrawn, 1),
    "customer-registered": (CustomerRegistered, 1),
    "email-claimed": (EmailClaimed, 1),
    "order-placed": (OrderPlaced, 1),
    "order-shipping-address-changed": (OrderShippingAddressChanged, 1),
    "order-cancellation-requested": (OrderCancellationRequested, 1),
    "order-cancelled": (OrderCancelled, 1),
    "order-note-added": (OrderNoteAdded, 1),
}
"""Stored name -> (payload class, current schema version)."""

EVENT_NAMES: Final[dict[type[Event], tuple[str, int]]] = {
    event_class: (name, schema_version)
    for name, (event_class, schema_version) in EVENT_TYPES.items()
}
"""Payload class -> (stored name, current schema version)."""


def product_stream(sku: str) -> str:
    """Name the stream of a product."""
    return f"product-{sku}"


def customer_stream(customer_id: str) -> str:
    """Name the stream of a customer."""
    return f"customer-{customer_id}"


def email_stream(claim: str) -> str:
    """Name the stream on which an e-mail address is claimed."""
    return f"email-{claim}"


def order_stream(order_id: str) -> str:
    """Name the stream of an order."""
    return f"order-{order_id}"


def category_of(stream: str) -> str:
    """Tell the category of a stream: what stands before its first hyphen."""
    return stream.partition("-")[0]


def stream_of(event: Event) -> str:
    """Tell the stream to which an event belongs."""
    match event:
        case (
            ProductRegistered()
            | ProductActivated()
            | ProductDiscontinued()
            | ProductPriceSet()
            | ProductPriceWithdrawn()
        ):
            return product_stream(event.sku)
        case CustomerRegistered():
            return customer_stream(event.customer_id)
        case EmailClaimed():
            return email_stream(event.claim)
        case (
            OrderPlaced()
            | OrderShippingAddressChanged()
            | OrderCancellationRequested()
            | OrderCancelled()
            | OrderNoteAdded()
        ):
            return order_stream(event.order_id)
        case _:
            assert_never(event)
