"""Which streams will the process most likely need for its reaction to an event?

A hint that is wrong costs a second load, no more: what is missing is asked for (`StreamsMissing`).
"""

from collections.abc import Callable

from domain.derived_id import derived_id
from domain.envelope import RecordedEvent
from domain.events import (
    fulfilment_stream,
    order_stream,
    payment_stream,
    shipment_stream,
    stock_stream,
)
from domain.fold import State
from domain.fulfilment import Fulfilment
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Order
from domain.order_events import OrderEditProposed, OrderPlaced
from domain.order_parts import OriginKind
from domain.payment_events import AboutPayment, PaymentAuthorized
from domain.shipment_events import AboutShipment

Known = Callable[[str], State | None]
"""Answers the newest state of a stream that is known without asking, if any."""


def likely_streams(event: RecordedEvent, policy: FulfilmentPolicy, known: Known) -> tuple[str, ...]:
    """Name the streams, besides those of the process and the order."""
    match event.data:
        case OrderPlaced() as placed:
            return _of_placing(placed, policy)
        case OrderEditProposed() as proposed:
            kept = _kept(known(fulfilment_stream(proposed.order_id)))
            paid = _payments(known(order_stream(proposed.order_id)))
            skus = {line.sku for line in proposed.content.lines}
            return tuple(sorted({*kept, *paid, *_stocks(skus, policy)}))
        case PaymentAuthorized() as authorised:
            kept = _kept(known(fulfilment_stream(authorised.order_id)))
            first = shipment_stream(derived_id(authorised.order_id, "shipment", "0"))
            return (payment_stream(authorised.payment_id), *kept, first)
        case AboutPayment() as about:
            return (payment_stream(about.payment_id),)
        case AboutShipment() as about:
            kept = _kept(known(fulfilment_stream(about.order_id)))
            paid = _payments(known(order_stream(about.order_id)))
            return (shipment_stream(about.shipment_id), *kept, *paid)
        case _:
            return ()


def _of_placing(placed: OrderPlaced, policy: FulfilmentPolicy) -> tuple[str, ...]:
    if placed.origin.kind is OriginKind.IMPORT:
        return ()
    stocks = _stocks({line.sku for line in placed.lines}, policy)
    if placed.payment_method_ref is None:
        return stocks
    return (*stocks, payment_stream(derived_id(placed.order_id, "payment", "1")))


def _stocks(skus: set[str], policy: FulfilmentPolicy) -> tuple[str, ...]:
    ordered = sorted(skus)
    return tuple(stock_stream(sku, location) for location in policy.locations for sku in ordered)


def _payments(state: State | None) -> tuple[str, ...]:
    if not isinstance(state, Order):
        return ()
    return tuple(payment_stream(each.payment_id) for each in state.payments if not each.is_credit)


def _kept(state: State | None) -> tuple[str, ...]:
    if not isinstance(state, Fulfilment):
        return ()
    return tuple(sorted({stock_stream(each.sku, each.location) for each in state.kept.values()}))
