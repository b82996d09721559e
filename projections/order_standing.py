"""Where does an order stand after an event: how far is it, paid, sent, returned, and still owed?

What the read models about single orders share. They count pieces and payments with the same lines
of code as the order itself (`domain/order_progress.py`), in columns of their own, because a fold
can look nothing up.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol, get_args

from domain.envelope import RecordedEvent
from domain.events import Event
from domain.order import Lifecycle
from domain.order_events import (
    OrderCancellationRefused,
    OrderCancellationRequested,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderEdited,
    OrderEvent,
    OrderExpired,
    OrderLinesCancelled,
    OrderPaymentRecorded,
    OrderPlaced,
    OrderRejected,
)
from domain.order_progress import (
    Lines,
    Payments,
    evolve_lines,
    evolve_payments,
    payments_placed,
)
from domain.order_states import PaymentState, fulfilment_state, payment_state, return_state

ORDER_EVENTS: Final[frozenset[type[OrderEvent]]] = frozenset(get_args(OrderEvent))


class Standing(Protocol):
    """What a row has to know for the next event to be understood.

    Units: minor units; `cancelled_minor` is what of `grand_minor` is no longer owed.
    """

    @property
    def lifecycle(self) -> Lifecycle:
        """How far the order is."""
        ...

    @property
    def grand_minor(self) -> int:
        """What it came to before anything was cancelled."""
        ...

    @property
    def units(self) -> int:
        """How many pieces that were."""
        ...

    @property
    def cancelled_minor(self) -> int:
        """What is no longer owed of it."""
        ...

    @property
    def confirmed_at(self) -> datetime | None:
        """When it was confirmed."""
        ...

    @property
    def progress(self) -> Lines:
        """The pieces per line."""
        ...

    @property
    def payments(self) -> Payments:
        """The sums per payment and credit."""
        ...


def payment_state_placed(placed: OrderPlaced) -> PaymentState:
    """Tell how far a new order is paid."""
    return payment_state(payments_placed(placed), placed.totals.grand_minor)


def standing_after(row: Standing, event: RecordedEvent) -> dict[str, Any]:
    """Answer what an event of the order, other than its first, changes. Shape: column -> value."""
    data = event.data
    assert isinstance(data, OrderEvent)
    changes: dict[str, Any] = {
        "lifecycle": _lifecycle_after(row, data),
        "version": event.version,
        "last_position": event.position,
    }
    if isinstance(data, OrderConfirmed):
        changes["confirmed_at"] = event.occurred_at
    progress = evolve_lines(row.progress, data)
    if progress is not row.progress:
        changes |= {
            "progress": progress,
            "fulfilment_state": fulfilment_state(progress),
            "return_state": return_state(progress),
        }
    if isinstance(data, OrderEdited):
        changes |= {
            "item_count": len(data.content.lines),
            "units": row.units + sum(change.quantity for change in data.changes),
        }
    return changes | _money_after(row, data)


def _money_after(row: Standing, data: OrderEvent) -> dict[str, Any]:
    payments, cancelled_minor, added_minor = row.payments, cancelled_by(data), _added_by(data)
    if isinstance(data, OrderPaymentRecorded):
        payments = evolve_payments(payments, data)
    elif not cancelled_minor and not added_minor:
        return {}
    cancelled_minor += row.cancelled_minor
    grand_minor = row.grand_minor + added_minor
    return {
        "payments": payments,
        "payment_state": payment_state(payments, grand_minor - cancelled_minor),
        "grand_minor": grand_minor,
        "cancelled_minor": cancelled_minor,
    }


def _added_by(data: OrderEvent) -> int:
    """Tell what is owed more, or below zero less, because the order was changed."""
    if not isinstance(data, OrderEdited):
        return 0
    return data.totals_after.grand_minor - data.totals_before.grand_minor


def cancelled_by(data: Event) -> int:
    """Tell what is no longer owed because of an event. Units: minor units, freight and tax too."""
    match data:
        case OrderCancelled() | OrderRejected() | OrderExpired():
            return data.totals.grand_minor
        case OrderLinesCancelled():
            return sum(line.total_minor for line in data.lines)
        case _:
            return 0


_LIFECYCLE_AFTER: Final[Mapping[type[OrderEvent], Lifecycle]] = {
    OrderConfirmed: Lifecycle.CONFIRMED,
    OrderRejected: Lifecycle.REJECTED,
    OrderExpired: Lifecycle.EXPIRED,
    OrderCancellationRequested: Lifecycle.CANCELLING,
    OrderCancelled: Lifecycle.CANCELLED,
    OrderCompleted: Lifecycle.COMPLETED,
}


def _lifecycle_after(row: Standing, data: OrderEvent) -> Lifecycle:
    goes_on = isinstance(data, OrderCancellationRefused) or (
        isinstance(data, OrderLinesCancelled) and row.lifecycle is Lifecycle.CANCELLING
    )
    if goes_on:
        return Lifecycle.PENDING if row.confirmed_at is None else Lifecycle.CONFIRMED
    return _LIFECYCLE_AFTER.get(type(data), row.lifecycle)
