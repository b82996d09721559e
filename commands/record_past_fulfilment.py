"""RecordPastFulfilment: an order from elsewhere was paid, sent and delivered there.

One decision over the order, its payment, its parcel and the stock that it took, made of the
commands by which the fulfilment process would have done the same (ADR 11). Nothing is reserved:
what is delivered already only has to be there.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.business_time import require_business_time
from commands.complete_order import CompleteOrder
from commands.confirm_order import ConfirmOrder
from commands.dispatch import Dispatch
from commands.order_rules import require_order_of_shop
from commands.pack import Pack
from commands.plan_shipment import PlanShipment
from commands.record_authorized import RecordAuthorized
from commands.record_captured import RecordCaptured
from commands.record_delivered import RecordDelivered
from commands.record_lines_delivered import RecordLinesDelivered
from commands.record_payment_fact import RecordPaymentFact
from commands.request_payment import RequestPayment
from commands.script import Asked, Script
from commands.shipment_rules import parts_of
from commands.stock_rules import with_level
from domain.derived_id import derived_id
from domain.envelope import Actor
from domain.errors import ErrorItem
from domain.events import Event, order_stream, shipment_stream, stock_stream
from domain.fold import as_order, as_stock_item
from domain.order import Order
from domain.order_errors import OrderNotImported
from domain.order_parts import LineQuantity, PaymentFactKind
from domain.payment_events import CaptureMode
from domain.shipment_events import Parcel, ShipmentLine
from domain.stock_errors import InsufficientStock
from domain.stock_events import StockIssued

SYNTHETIC: Final = "synthetic"
"""What stands for a payment method, a carrier and a service of which nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPastFulfilment:
    """All that the order wants was paid and left `location`, and arrived, at `occurred_at`."""

    actor: Actor
    asked_at: datetime
    order_id: str
    location: str
    occurred_at: datetime

    @property
    def asked(self) -> Asked:
        """Tell who asks, and when."""
        return Asked(actor=self.actor, asked_at=self.asked_at)


def past_payment_id(order_id: str) -> str:
    """Name the payment of an order from elsewhere."""
    return derived_id(order_id, "payment", "1")


def past_shipment_id(order_id: str) -> str:
    """Name the parcel of an order from elsewhere."""
    return derived_id(order_id, "shipment", "0")


def record_past_fulfilment(command: RecordPastFulfilment, script: Script) -> tuple[Event, ...]:
    """Record the payment, the goods that left, the parcel and the end, or nothing if that was done.

    Raises:
        Forbidden: only the shop knows the past.
        OccurredAtInFuture: it has not happened yet.
        OrderNotFound: no such order.
        OrderNotImported: the order is carried out here.
        OperationConflict: it was recorded with another time or place.
        InsufficientStock: what is short, all products of it.
        OrderStateConflict: the order was cancelled.
        OrderOnHold: something has to be cleared up first.
        StreamsMissing: the stock of the order's products is needed.
    """
    order = require_imported(script, command.actor, command.order_id)
    require_business_time(command.actor, command.asked_at, command.occurred_at)
    is_new = script.state(shipment_stream(past_shipment_id(order.order_id))) is None
    if is_new:
        _issue_stock(command, script, order)
        _pay(command, script, order)
        _confirm(command, script, order)
    lines = _plan(command, script, order)
    if is_new:
        _deliver(command, script, lines)
    return script.outcome()


def require_imported(script: Script, actor: Actor, order_id: str) -> Order:
    """Answer the order if it comes from elsewhere, to the shop alone.

    Raises:
        Forbidden: only the shop knows the past.
        OrderNotFound: no such order.
        OrderNotImported: the order is carried out here.
    """
    order = require_order_of_shop(as_order(script.state(order_stream(order_id))), actor, order_id)
    if not order.is_imported:
        raise OrderNotImported(f"order {order.order_number} is carried out here")
    return order


def _issue_stock(command: RecordPastFulfilment, script: Script, order: Order) -> None:
    """Take the pieces of all lines off the shelf.

    Raises:
        InsufficientStock: others have, or keep, them; all that is short is named.
    """
    shipment_id = past_shipment_id(order.order_id)
    wanted: Counter[str] = Counter()
    for line in order.progress:
        wanted[line.sku] += line.kept
    script.require(*(stock_stream(sku, command.location) for sku in wanted))
    short: list[ErrorItem] = []
    for sku, quantity in sorted((+wanted).items()):
        item = as_stock_item(script.state(stock_stream(sku, command.location)))
        available = 0 if item is None else max(0, item.available)
        if item is None or available < quantity:
            place: ErrorItem = {"sku": sku, "location": command.location}
            short.append({**place, "requested": quantity, "available": available})
            continue
        issued = StockIssued(
            sku=sku,
            location=command.location,
            order_id=order.order_id,
            shipment_id=shipment_id,
            quantity=quantity,
        )
        for event in with_level(item, issued):
            script.append(event)
    if short:
        raise InsufficientStock("there are not enough pieces", items=short)


def _pay(command: RecordPastFulfilment, script: Script, order: Order) -> None:
    """Record that all of it was authorised and taken at once; nothing for a gift."""
    amount_minor = order.due_totals.grand_minor
    if not amount_minor:
        return
    payment_id, psp_ref = past_payment_id(order.order_id), f"{SYNTHETIC}-{order.order_number}"
    capture_id = derived_id(order.order_id, "capture", payment_id)
    script.must(
        RequestPayment(
            **command.asked,
            payment_id=payment_id,
            order_id=order.order_id,
            amount_minor=amount_minor,
            currency=order.currency,
            method_ref=SYNTHETIC,
            capture_mode=CaptureMode.IMMEDIATE,
        )
    )
    script.must(
        RecordAuthorized(
            **command.asked,
            payment_id=payment_id,
            psp_ref=psp_ref,
            amount_minor=amount_minor,
        )
    )
    script.must(
        RecordCaptured(
            **command.asked,
            payment_id=payment_id,
            capture_id=capture_id,
            amount_minor=amount_minor,
            psp_ref=psp_ref,
        )
    )
    for kind, operation_id in (
        (PaymentFactKind.REQUESTED, payment_id),
        (PaymentFactKind.AUTHORIZED, payment_id),
        (PaymentFactKind.CAPTURED, capture_id),
    ):
        script.must(
            RecordPaymentFact(
                **command.asked,
                order_id=order.order_id,
                payment_id=payment_id,
                kind=kind,
                operation_id=operation_id,
                amount_minor=amount_minor,
            )
        )


def _confirm(command: RecordPastFulfilment, script: Script, order: Order) -> None:
    script.must(
        ConfirmOrder(
            **command.asked,
            order_id=order.order_id,
            allocations=tuple(
                LineQuantity(line_id=line.line_id, sku=line.sku, quantity=line.kept)
                for line in order.progress
                if line.kept
            ),
        )
    )


def _plan(command: RecordPastFulfilment, script: Script, order: Order) -> tuple[ShipmentLine, ...]:
    """Plan the one parcel, which has no reservations and names itself instead.

    Raises:
        OperationConflict: it was planned otherwise.
    """
    shipment_id = past_shipment_id(order.order_id)
    lines = tuple(
        ShipmentLine(
            line_id=line.line_id, sku=line.sku, quantity=line.kept, reservation_id=shipment_id
        )
        for line in order.progress
        if line.kept
    )
    script.must(
        PlanShipment(
            **command.asked,
            shipment_id=shipment_id,
            order_id=order.order_id,
            location=command.location,
            lines=lines,
            carrier=SYNTHETIC,
            service=SYNTHETIC,
            ship_by=command.occurred_at,
        )
    )
    return lines


def _deliver(
    command: RecordPastFulfilment, script: Script, lines: tuple[ShipmentLine, ...]
) -> None:
    shipment_id = past_shipment_id(command.order_id)
    for step in (
        Pack(**command.asked, shipment_id=shipment_id, parcels=(Parcel(parcel_id="1"),)),
        Dispatch(
            **command.asked,
            shipment_id=shipment_id,
            tracking_number=f"{SYNTHETIC}-{shipment_id}",
            carrier=SYNTHETIC,
            dispatched_at=command.occurred_at,
        ),
        RecordDelivered(**command.asked, shipment_id=shipment_id, delivered_at=command.occurred_at),
        RecordLinesDelivered(
            **command.asked,
            order_id=command.order_id,
            shipment_id=shipment_id,
            lines=parts_of(lines),
            delivered_at=command.occurred_at,
        ),
        CompleteOrder(**command.asked, order_id=command.order_id),
    ):
        script.must(step)
