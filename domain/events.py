"""Which events exist, under which stored names, in which streams?

A stored name and its schema version are chosen here once and never derived from a Python path.
"""

from typing import Any, Final, get_args

from domain.customer import (
    CustomerAddressAdded,
    CustomerAddressRemoved,
    CustomerBlocked,
    CustomerContactChanged,
    CustomerEvent,
    CustomerRegistered,
    CustomerUnblocked,
    EmailClaimed,
    EmailEvent,
)
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
from domain.stock_events import (
    BackorderFilled,
    BackorderPolicySet,
    SafetyStockSet,
    StockAdjusted,
    StockAllocated,
    StockBackordered,
    StockCounted,
    StockDeducted,
    StockDepleted,
    StockEvent,
    StockItemRegistered,
    StockLevelLow,
    StockQuarantined,
    StockReceived,
    StockReservationExpired,
    StockReservationExtended,
    StockReservationReleased,
    StockReserved,
    StockReturned,
    StockWrittenOff,
)

Event = ProductEvent | CustomerEvent | EmailEvent | StockEvent | OrderEvent

EVENT_TYPES: Final[dict[str, tuple[type[Event], int]]] = {
    "product-registered": (ProductRegistered, 1),
    "product-activated": (ProductActivated, 1),
    "product-discontinued": (ProductDiscontinued, 1),
    "product-price-set": (ProductPriceSet, 1),
    "product-price-withdrawn": (ProductPriceWithdrawn, 1),
    "customer-registered": (CustomerRegistered, 1),
    "customer-contact-changed": (CustomerContactChanged, 1),
    "customer-address-added": (CustomerAddressAdded, 1),
    "customer-address-removed": (CustomerAddressRemoved, 1),
    "customer-blocked": (CustomerBlocked, 1),
    "customer-unblocked": (CustomerUnblocked, 1),
    "email-claimed": (EmailClaimed, 1),
    "stock-item-registered": (StockItemRegistered, 1),
    "stock-received": (StockReceived, 1),
    "stock-adjusted": (StockAdjusted, 1),
    "stock-counted": (StockCounted, 1),
    "safety-stock-set": (SafetyStockSet, 1),
    "backorder-policy-set": (BackorderPolicySet, 1),
    "stock-reserved": (StockReserved, 1),
    "stock-backordered": (StockBackordered, 1),
    "stock-reservation-extended": (StockReservationExtended, 1),
    "stock-allocated": (StockAllocated, 1),
    "stock-reservation-released": (StockReservationReleased, 1),
    "stock-reservation-expired": (StockReservationExpired, 1),
    "stock-deducted": (StockDeducted, 1),
    "backorder-filled": (BackorderFilled, 1),
    "stock-returned": (StockReturned, 1),
    "stock-quarantined": (StockQuarantined, 1),
    "stock-written-off": (StockWrittenOff, 1),
    "stock-level-low": (StockLevelLow, 1),
    "stock-depleted": (StockDepleted, 1),
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


def stock_stream(sku: str, location: str) -> str:
    """Name the stream of the stock of a product at a location."""
    return f"stock-{sku}@{location}"


def order_stream(order_id: str) -> str:
    """Name the stream of an order."""
    return f"order-{order_id}"


def category_of(stream: str) -> str:
    """Tell the category of a stream: what stands before its first hyphen."""
    return stream.partition("-")[0]


def stream_of(event: Event) -> str:
    """Tell the stream to which an event belongs."""
    if isinstance(event, OrderEvent):
        return order_stream(event.order_id)
    if isinstance(event, StockEvent):
        return stock_stream(event.sku, event.location)
    if isinstance(event, ProductEvent):
        return product_stream(event.sku)
    if isinstance(event, CustomerEvent):
        return customer_stream(event.customer_id)
    return email_stream(event.claim)


_EVENTS_OF_STREAM: Final[dict[str, Any]] = {
    product_stream(""): ProductEvent,
    customer_stream(""): CustomerEvent,
    email_stream(""): EmailEvent,
    stock_stream("", ""): StockEvent,
    order_stream(""): OrderEvent,
}
CATEGORIES: Final[dict[type[Event], str]] = {
    event_class: category_of(stream)
    for stream, events in _EVENTS_OF_STREAM.items()
    for event_class in get_args(events) or (events,)
}
"""Payload class -> the category of the streams in which it stands."""
