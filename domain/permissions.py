"""Who may ask for what?

Until identities exist the actor is what the edge says it is; the rules about it are here.
"""

from domain.customer import Customer
from domain.envelope import Actor, ActorKind
from domain.errors import CustomerNotFound, Forbidden, OrderNotFound
from domain.order import Order


def speaks_for_shop(actor: Actor) -> bool:
    """Tell whether the actor is the shop itself: its staff or its programs."""
    return actor.kind is ActorKind.STAFF or actor.kind is ActorKind.SYSTEM


def require_shop(actor: Actor) -> None:
    """Refuse everybody but the shop.

    Raises:
        Forbidden: the actor is a customer, a payment provider or a carrier.
    """
    if not speaks_for_shop(actor):
        raise Forbidden(f"a {actor.kind} may not do this")


def may_act_for(actor: Actor, customer_id: str) -> bool:
    """Tell whether the actor may act for the customer: the shop for all, a customer for himself."""
    return speaks_for_shop(actor) or (actor.kind is ActorKind.CUSTOMER and actor.id == customer_id)


def require_customer(customer: Customer | None, actor: Actor, customer_id: str) -> Customer:
    """Answer the customer if he exists and the actor may know of him.

    Raises:
        CustomerNotFound: unknown, or somebody else, which must look the same.
    """
    if customer is None or not may_act_for(actor, customer.customer_id):
        raise CustomerNotFound(f"there is no customer {customer_id}")
    return customer


def require_order(order: Order | None, actor: Actor, order_id: str) -> Order:
    """Answer the order if it exists and the actor may know of it.

    Raises:
        OrderNotFound: unknown, or another customer's, which must look the same.
    """
    if order is None or not may_act_for(actor, order.customer_id):
        raise OrderNotFound(f"there is no order {order_id}")
    return order
