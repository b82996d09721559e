"""What is an order after an event?

It never refuses: the event happened. An event that cannot follow is an assertion.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from immutables import Map

from domain.order import Cancellation, Hold, Lifecycle, Order, address_digest, note_of
from domain.order_edit import PendingEdit
from domain.order_events import (
    OrderCancellationRefused,
    OrderCancellationRequested,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderEdited,
    OrderEditProposed,
    OrderEditRejected,
    OrderEvent,
    OrderExpired,
    OrderFlaggedOverdue,
    OrderHeld,
    OrderHoldReleased,
    OrderLinesAllocated,
    OrderLinesBackordered,
    OrderLinesCancelled,
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderLinesShipped,
    OrderNoteAdded,
    OrderPaymentRecorded,
    OrderPlaced,
    OrderRejected,
    OrderReturnEnded,
    OrderReturnRequested,
    OrderShippingAddressChanged,
)
from domain.order_operations import (
    APPLIED,
    REJECTED,
    acceptance,
    allocation,
    backorder,
    delivery,
    digest,
    edit,
    edit_end,
    edit_texts,
    flag,
    hold,
    line_cancellation,
    payment_fact,
    pieces,
    rest_cancellation,
    return_end,
    return_request,
    shipping,
)
from domain.order_progress import evolve_lines, evolve_payments, lines_placed, payments_placed
from domain.replace import replace


def evolve_order(state: Order | None, event: OrderEvent) -> Order:
    """Answer the order after the event."""
    if isinstance(event, OrderPlaced):
        assert state is None
        return _placed(event)
    assert state is not None
    return replace(state, version=state.version + 1, **_changed_by(state, event))


def _changed_by(state: Order, event: "LaterEvent") -> dict[str, Any]:
    """Answer what an event changes. Shape: field -> value; so wide a state is replaced once."""
    match event:
        case OrderNoteAdded():
            assert event.note_id not in state.notes
            note = note_of(state.order_id, event.personal.text, event.visibility)
            return {"notes": state.notes.set(event.note_id, note)}
        case OrderShippingAddressChanged():
            return _sent_elsewhere(state, event)
        case OrderHeld() | OrderHoldReleased():
            return _held(state, event)
        case OrderPaymentRecorded() | OrderFlaggedOverdue():
            return _noticed(state, event)
        case OrderEditProposed() | OrderEdited() | OrderEditRejected():
            return _edited(state, event)
        case _:
            return _moved_on(state, event)


LifecycleEvent = (
    OrderConfirmed
    | OrderRejected
    | OrderExpired
    | OrderCancellationRequested
    | OrderCancelled
    | OrderCancellationRefused
    | OrderCompleted
)
LinesEvent = (
    OrderLinesCancelled
    | OrderLinesBackordered
    | OrderLinesAllocated
    | OrderLinesShipped
    | OrderLinesDelivered
    | OrderReturnRequested
    | OrderReturnEnded
    | OrderLinesReturned
)


LaterEvent = (
    OrderNoteAdded
    | OrderShippingAddressChanged
    | OrderHeld
    | OrderHoldReleased
    | OrderPaymentRecorded
    | OrderFlaggedOverdue
    | OrderEditProposed
    | OrderEdited
    | OrderEditRejected
    | LifecycleEvent
    | LinesEvent
)
"""Whatever can happen to an order that was placed."""


def _moved_on(state: Order, event: LifecycleEvent | LinesEvent) -> dict[str, Any]:
    progress = {"progress": evolve_lines(state.progress, event)}
    match event:
        case OrderConfirmed() | OrderRejected() | OrderExpired() | OrderCompleted():
            before, after = _LIFECYCLE[type(event)]
            assert state.lifecycle is before
            return {**progress, "lifecycle": after}
        case OrderCancellationRequested() | OrderCancelled() | OrderCancellationRefused():
            return progress | _cancelled(state, event)
        case OrderLinesCancelled() if state.lifecycle is Lifecycle.CANCELLING:
            return progress | _rest_cancelled(state, event)
        case OrderLinesReturned():
            granted = {"granted_minor": state.granted_minor + event.refund_due_minor}
            return {**progress, **granted, "operations": _counted(state, event)}
        case _:
            return {**progress, "operations": _counted(state, event)}


_LIFECYCLE: Final[Mapping[type[OrderEvent], tuple[Lifecycle, Lifecycle]]] = {
    OrderConfirmed: (Lifecycle.PENDING, Lifecycle.CONFIRMED),
    OrderRejected: (Lifecycle.PENDING, Lifecycle.REJECTED),
    OrderExpired: (Lifecycle.PENDING, Lifecycle.EXPIRED),
    OrderCompleted: (Lifecycle.CONFIRMED, Lifecycle.COMPLETED),
}
"""Event -> the lifecycle before and after it."""


def _cancelled(
    state: Order, event: OrderCancellationRequested | OrderCancelled | OrderCancellationRefused
) -> dict[str, Any]:
    if isinstance(event, OrderCancellationRequested):
        assert state.is_open
        wish = Cancellation(event.cancellation_id, event.reason_code, event.scope, state.lifecycle)
        return {"lifecycle": Lifecycle.CANCELLING, "cancellation": wish}
    under_way = state.cancellation
    assert under_way is not None
    assert under_way.cancellation_id == event.cancellation_id
    assert state.lifecycle is Lifecycle.CANCELLING
    if isinstance(event, OrderCancelled):
        return {"lifecycle": Lifecycle.CANCELLED}
    return {
        "lifecycle": under_way.from_lifecycle,
        "cancellation": None,
        "refused_cancellations": (*state.refused_cancellations, event.cancellation_id),
    }


def _rest_cancelled(state: Order, event: OrderLinesCancelled) -> dict[str, Any]:
    """A cancellation of what has not left yet is over; the rest of the order goes on."""
    under_way = state.cancellation
    assert under_way is not None
    assert under_way.cancellation_id == event.cancellation_id
    return {
        "lifecycle": under_way.from_lifecycle,
        "cancellation": None,
        "operations": _with(state, rest_cancellation(event.cancellation_id), pieces(event.lines)),
    }


def _counted(state: Order, event: LinesEvent) -> Map[str, bytes]:
    name, id_field = _OPERATIONS[type(event)]
    return _with(state, name(getattr(event, id_field)), pieces(event.lines))


_OPERATIONS: Final[Mapping[type[OrderEvent], tuple[Callable[[str], str], str]]] = {
    OrderLinesCancelled: (line_cancellation, "cancellation_id"),
    OrderLinesBackordered: (backorder, "operation_id"),
    OrderLinesAllocated: (allocation, "operation_id"),
    OrderLinesShipped: (shipping, "shipment_id"),
    OrderLinesDelivered: (delivery, "shipment_id"),
    OrderReturnRequested: (return_request, "return_id"),
    OrderReturnEnded: (return_end, "return_id"),
    OrderLinesReturned: (acceptance, "return_id"),
}
"""Event -> how its operation is named, and after which of its ids."""


def _edited(
    state: Order, event: OrderEditProposed | OrderEdited | OrderEditRejected
) -> dict[str, Any]:
    if isinstance(event, OrderEditProposed):
        assert state.edit is None
        return {
            "edit": PendingEdit(
                edit_id=event.edit_id, content=event.content, totals=event.totals_after
            ),
            "operations": _with(state, edit(event.edit_id), *edit_texts(event.operations)),
        }
    assert state.edit is not None
    assert state.edit.edit_id == event.edit_id
    if isinstance(event, OrderEditRejected):
        operations = _with(state, edit_end(event.edit_id), REJECTED)
        return {"edit": None, "operations": operations}
    return {
        "edit": None,
        "lines": event.content.lines,
        "progress": evolve_lines(state.progress, event),
        "shipping_lines": event.content.shipping_lines,
        "coupons": event.content.coupons,
        "operations": _with(state, edit_end(event.edit_id), APPLIED),
    }


def _sent_elsewhere(state: Order, event: OrderShippingAddressChanged) -> dict[str, Any]:
    assert state.is_open
    assert not state.has_shipped
    address = event.personal.shipping_address
    return {
        "shipping_country": address.country,
        "shipping_address_digest": address_digest(state.order_id, address),
    }


def _noticed(state: Order, event: OrderPaymentRecorded | OrderFlaggedOverdue) -> dict[str, Any]:
    if isinstance(event, OrderFlaggedOverdue):
        operation = flag(event.stage, event.since)
        return {"operations": _with(state, operation)}
    operation = payment_fact(event.payment_id, event.kind, event.operation_id)
    return {
        "payments": evolve_payments(state.payments, event),
        "operations": _with(state, operation, str(event.amount_minor)),
    }


def _held(state: Order, event: OrderHeld | OrderHoldReleased) -> dict[str, Any]:
    if isinstance(event, OrderHeld):
        assert event.hold_id not in state.holds
        what = (event.kind, event.personal.text)
        return {
            "holds": state.holds.set(event.hold_id, Hold(event.kind)),
            "operations": _with(state, hold(event.hold_id), *what),
        }
    released = replace(state.holds[event.hold_id], decision=event.decision)
    return {"holds": state.holds.set(event.hold_id, released)}


def _with(state: Order, operation: str, *what: str | None) -> Map[str, bytes]:
    assert operation not in state.operations
    return state.operations.set(operation, digest(operation, *what))


def _placed(event: OrderPlaced) -> Order:
    address = None if event.personal is None else event.personal.shipping_address
    return Order(
        order_id=event.order_id,
        customer_id=event.customer_id,
        currency=event.currency,
        channel=event.channel,
        country=event.country,
        placed_at=event.placed_at,
        order_number=event.order_number,
        version=1,
        price_list=event.price_list,
        fingerprint=event.fingerprint,
        origin_kind=event.origin.kind,
        lifecycle=Lifecycle.PENDING,
        lines=event.lines,
        progress=lines_placed(event.lines),
        payments=payments_placed(event),
        shipping_lines=event.shipping_lines,
        totals=event.totals,
        coupons=event.coupons,
        shipping_country=None if address is None else address.country,
        shipping_address_digest=(
            None if address is None else address_digest(event.order_id, address)
        ),
        payment_method_ref=event.payment_method_ref,
        pay_by=event.pay_by,
        allow_backorder=event.allow_backorder,
        allow_split=event.allow_split,
        holds=Map(),
        notes=Map(),
        operations=Map(),
    )
