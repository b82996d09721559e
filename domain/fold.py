"""What does a stream amount to?

`evolve` folds one event into the state of its stream. It never refuses: the event happened. An
event that cannot follow the state is a bug, and an assertion.
"""

from typing import Final

from domain.customer import (
    Customer,
    CustomerEvent,
    EmailClaim,
    evolve_customer,
    evolve_email_claim,
)
from domain.events import Event
from domain.order import Order, OrderEvent, evolve_order
from domain.product import Product, ProductEvent, evolve_product
from domain.stock_events import StockEvent
from domain.stock_item import StockItem, evolve_stock_item

State = Product | Customer | EmailClaim | StockItem | Order

FOLD_VERSIONS: Final[dict[type[State], str]] = {
    Product: "product-1",
    Order: "order-1",
    StockItem: "stock-1",
}
"""Aggregates whose streams may grow long -> the name under which their folded states are kept.

A change of such a fold or of its state needs a new name, so that states folded by other code are
never taken for its own; tests/golden/test_fold_versions.py tells when.
"""


def evolve(state: State | None, event: Event) -> State:
    """Answer the state after the event; `state` is None for the first event of a stream."""
    if isinstance(event, OrderEvent):
        return evolve_order(as_order(state), event)
    if isinstance(event, StockEvent):
        return evolve_stock_item(as_stock_item(state), event)
    if isinstance(event, ProductEvent):
        return evolve_product(as_product(state), event)
    if isinstance(event, CustomerEvent):
        return evolve_customer(as_customer(state), event)
    return evolve_email_claim(as_email_claim(state), event)


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


def as_customer(state: State | None) -> Customer | None:
    """Read the state of a customer's stream."""
    assert state is None or isinstance(state, Customer)
    return state


def as_email_claim(state: State | None) -> EmailClaim | None:
    """Read the state of an e-mail address's stream."""
    assert state is None or isinstance(state, EmailClaim)
    return state
