"""Dispatch: the carrier takes a shipment along.

The order learns of it in the same append: what has left can neither be cancelled nor held, and
what is being cancelled or held cannot leave, however close the two come (ADR 10).
"""

from dataclasses import dataclass
from datetime import datetime

from commands.record_shipped import RecordShipped, record_shipped
from commands.shipment_rules import (
    parts_of,
    require_shipment_of_shop,
    shipment_conflict,
    shipment_facts,
)
from domain.envelope import Actor
from domain.order import Order
from domain.order_errors import OrderOnHold
from domain.order_events import OrderLinesShipped
from domain.shipment import Shipment, ShipmentStatus
from domain.shipment_errors import (
    PaymentRequired,
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    TrackingRequired,
)
from domain.shipment_events import ShipmentDispatched


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Hand a packed shipment of an order over to a carrier."""

    actor: Actor
    asked_at: datetime
    shipment_id: str
    tracking_number: str
    carrier: str
    dispatched_at: datetime


@dataclass(frozen=True, slots=True)
class DispatchState:
    """What a dispatch rests on."""

    shipment: Shipment | None
    order: Order | None


def dispatch(
    command: Dispatch, state: DispatchState
) -> tuple[ShipmentDispatched | OrderLinesShipped, ...]:
    """Let it leave, or nothing if it left like this.

    Raises:
        Forbidden: only the shop packs.
        ShipmentNotFound: no such shipment.
        ShipmentAlreadyDispatched: it left under another number.
        TrackingRequired: a parcel leaves with a tracking number.
        ShipmentStateConflict: it is not packed.
        ShipmentEmpty: all that was in it turned out to be missing.
        OrderOnHold: something has to be cleared up first.
        PaymentRequired: payments are not good for what the order comes to.
        OrderStateConflict: the order is about to be cancelled, or over.
        LineQuantityExceeded: fewer pieces of the order are allocated.
        OperationConflict: the order knows of this parcel with other lines.
    """
    shipment = require_shipment_of_shop(state.shipment, command.actor, command.shipment_id)
    order = state.order
    assert order is not None
    if not shipment.is_in_house and shipment.status is not ShipmentStatus.CANCELLED:
        if shipment.tracking_number == command.tracking_number:
            return ()
        raise ShipmentAlreadyDispatched("it left under another number")
    if not command.tracking_number:
        raise TrackingRequired("a parcel leaves with a tracking number")
    if shipment.status is not ShipmentStatus.PACKED:
        raise shipment_conflict(shipment, "only what is packed leaves")
    if not shipment.lines:
        raise ShipmentEmpty("nothing is left in it")
    if order.is_held:
        raise OrderOnHold("the order is held")
    # What was granted for returned pieces may have been given back already.
    if order.authorised_minor < order.due_totals.grand_minor - order.granted_minor:
        raise PaymentRequired(f"payments are good for {order.authorised_minor}")
    shipped = record_shipped(
        RecordShipped(
            actor=command.actor,
            asked_at=command.asked_at,
            order_id=order.order_id,
            shipment_id=command.shipment_id,
            lines=parts_of(shipment.lines),
        ),
        order,
    )
    dispatched = ShipmentDispatched(
        **shipment_facts(shipment),
        lines=shipment.lines,
        tracking_number=command.tracking_number,
        carrier=command.carrier,
        dispatched_at=command.dispatched_at,
    )
    return (dispatched, *shipped)
