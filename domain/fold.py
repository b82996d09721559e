"""What does a stream amount to?

`evolve` folds one event into the state of its stream. It never refuses: the event happened. An
event that cannot follow the state is a bug, and an assertion.
"""

from typing import Final, assert_never

from domain.customer import (
    Customer,
    CustomerRegistered,
    EmailClaim,
    EmailClaimed,
    evolve_customer,
    evolve_email_claim,
)
from domain.events import Event
from domain.order import (
    Order,
    OrderCancellationRequested,
    OrderCancelled,
    OrderNoteAdded,
    OrderPlaced,
    OrderShippingAddressChanged,
    evolve_order,
)
from domain.product import (
    Product,
    ProductActivated,
    ProductDiscontinued,
    ProductPriceSet,
    ProductPriceWithdrawn,
    ProductRegistered,
    evolve_product,
)

State = Product | Customer | EmailClaim | Order

FOLD_VERSIONS: Final[dict[type[State], str]] = {
    Product: "product-1",
    Order: "order-1",
}
"""Aggregates whose streams may grow long -> the name under which their folded states are kept.

A change of such a fold or of its state needs a new name, so that states folded by other code are
never taken for its own; tests/golden/test_fold_versions.py tells when.
"""


def evolve(state: State | None, event: Event) -> State:
    """Answer the state after the event; `state` is None for the first event of a stream."""
    match event:
        case (
            OrderPlaced()
            | OrderCancellationRequested()
            | OrderCancelled()
            | OrderNoteAdded()
            | OrderShippingAddressChanged()
        ):
            return evolve_order(as_order(state), event)
        case (
            ProductRegistered()
            | ProductActivated()
            | ProductDiscontinued()
            | ProductPriceSet()
            | ProductPriceWithdrawn()
        ):
            return evolve_product(as_product(state), event)
        case CustomerRegistered():
            return evolve_customer(as_customer(state), event)
        case EmailClaimed():
            return evolve_email_claim(as_email_claim(state), event)
        case _:
            assert_never(event)


def as_order(state: State | None) -> Order | None:
    """Read the state of an order's stream."""
    assert state is None or isinstance(state, Order)
    return state


def as_product(state: State | None) -> Product | None:
    """Read the state of a product's stream."""
    assert state is None or isinstance(state, Product)
    return state


def as_customer(state: State | None) -> Customer | None:
    """Read the state of a customer's stream."""
    assert state is None or isinstance(state, Customer)
    return state


def as_email_claim(state: State | None) -> EmailClaim | None:
    """Read the state of an e-mail address's stream."""
    assert state is None or isinstance(state, EmailClaim)
    return state
