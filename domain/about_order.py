"""Which facts of an order travel with everything that is about it?

A fold can look nothing up, so every event about an order, a payment, a shipment or a return carries
them (domain.md §1.2).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutOrder:
    """The order that something is about; none of these facts ever changes."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime


class OrderFacts(TypedDict):
    """The same facts as arguments of the events that carry them."""

    order_id: str
    customer_id: str
    currency: str
    channel: str
    country: str
    placed_at: datetime


def facts_of(about: AboutOrder) -> OrderFacts:
    """Answer the facts, to be handed on to an event."""
    return OrderFacts(
        order_id=about.order_id,
        customer_id=about.customer_id,
        currency=about.currency,
        channel=about.channel,
        country=about.country,
        placed_at=about.placed_at,
    )
