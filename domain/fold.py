"""What does a stream amount to?

`evolve` folds one event into the state of its stream. It never refuses: the event happened. An
event that cannot follow the state is a bug, and an assertion.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.coupon import Coupon, evolve_coupon
from domain.customer import (
    Customer,
    EmailClaim,
    evolve_customer,
    evolve_email_claim,
)
from domain.events import CATEGORIES, Event
from domain.fulfilment import Fulfilment, evolve_fulfilment
from domain.order import Order
from domain.order_fold import evolve_order
from domain.payment import Payment, evolve_payment
from domain.product import Product, evolve_product
from domain.return_request import ReturnRequest, evolve_return
from domain.shipment import Shipment, evolve_shipment
from domain.stock_item import StockItem, evolve_stock_item

State = (
    Product
    | Customer
    | EmailClaim
    | StockItem
    | Order
    | Payment
    | Shipment
    | Fulfilment
    | ReturnRequest
    | Coupon
)

FOLD_VERSIONS: Final[dict[type[State], str]] = {
    Product: "product-2",
    Order: "order-4",
    StockItem: "stock-1",
    Coupon: "coupon-1",
}
"""Aggregates whose streams may grow long -> the name under which their folded states are kept.

A change of such a fold or of its state needs a new name, so that states folded by other code are
never taken for its own; tests/golden/test_fold_versions.py tells when.
"""


def evolve(state: State | None, event: Event) -> State:
    """Answer the state after the event; `state` is None for the first event of a stream."""
    return _FOLDS[CATEGORIES[type(event)]](state, event)


_FOLDS: Final[Mapping[str, Callable[[Any, Any], State]]] = {
    "product": lambda state, event: evolve_product(as_product(state), event),
    "customer": lambda state, event: evolve_customer(as_customer(state), event),
    "email": lambda state, event: evolve_email_claim(as_email_claim(state), event),
    "stock": lambda state, event: evolve_stock_item(as_stock_item(state), event),
    "coupon": lambda state, event: evolve_coupon(as_coupon(state), event),
    "order": lambda state, event: evolve_order(as_order(state), event),
    "payment": lambda state, event: evolve_payment(as_payment(state), event),
    "shipment": lambda state, event: evolve_shipment(as_shipment(state), event),
    "return": lambda state, event: evolve_return(as_return(state), event),
    "fulfilment": lambda state, event: evolve_fulfilment(as_fulfilment(state), event),
}
"""Category of streams -> the fold of their events."""


def as_order(state: State | None) -> Order | None:
    """Read the state of an order's stream."""
    assert state is None or isinstance(state, Order)
    return state


def as_product(state: State | None) -> Product | None:
    """Read the state of a product's stream."""
    assert state is None or isinstance(state, Product)
    return state


def as_stock_item(state: State | None) -> StockItem | None:
    """Read the state of a stock stream."""
    assert state is None or isinstance(state, StockItem)
    return state


def as_coupon(state: State | None) -> Coupon | None:
    """Read the state of a coupon's stream."""
    assert state is None or isinstance(state, Coupon)
    return state


def as_customer(state: State | None) -> Customer | None:
    """Read the state of a customer's stream."""
    assert state is None or isinstance(state, Customer)
    return state


def as_email_claim(state: State | None) -> EmailClaim | None:
    """Read the state of an e-mail address's stream."""
    assert state is None or isinstance(state, EmailClaim)
    return state


def as_payment(state: State | None) -> Payment | None:
    """Read the state of a payment's stream."""
    assert state is None or isinstance(state, Payment)
    return state


def as_shipment(state: State | None) -> Shipment | None:
    """Read the state of a shipment's stream."""
    assert state is None or isinstance(state, Shipment)
    return state


def as_fulfilment(state: State | None) -> Fulfilment | None:
    """Read the state of a fulfilment's stream."""
    assert state is None or isinstance(state, Fulfilment)
    return state


def as_return(state: State | None) -> ReturnRequest | None:
    """Read the state of a return's stream."""
    assert state is None or isinstance(state, ReturnRequest)
    return state
