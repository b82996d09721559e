"""What does the fulfilment process do when something happens?

The state table of domain.md §2.2: event -> policy. Each policy is a function of a `Step`; what it
does is appended as one. An event that no policy is for is none of the process's business; what the
process itself brought about it knows already.
"""

from collections.abc import Callable, Mapping
from typing import Final

from commands.fulfilment_step import FULFILMENT, Step
from commands.policies_cancellation import (
    after_cancellation_requested,
    after_lines_cancelled,
    after_refund_failed,
    after_refund_succeeded,
    after_void_failed,
    after_voided,
)
from commands.policies_confirmation import (
    after_hold_released,
    after_order_placed,
    after_reservation_expired,
)
from commands.policies_edit import after_edit_proposed, after_edit_rejected
from commands.policies_payment import (
    after_action_required,
    after_authorization_expired,
    after_authorized,
    after_capture_failed,
    after_captured,
    after_chargeback_opened,
    after_chargeback_resolved,
    after_declined,
    after_outcome_unknown,
    after_payment_requested,
    after_reauthorization_failed,
    after_reauthorized,
    after_refund_reversed,
)
from commands.policies_return import (
    after_credit_released,
    after_credit_used,
    after_return_inspected,
)
from commands.policies_shipment import (
    after_backorder_filled,
    after_delivered,
    after_dispatched,
    after_line_shorted,
    after_parcel_gone,
    after_shipment_cancelled,
    after_shipment_planned,
)
from commands.policies_timer import after_step_retried, after_step_skipped, after_timer_fired
from domain.envelope import RecordedEvent
from domain.events import Event
from domain.fulfilment_events import FulfilmentStepRetried, FulfilmentStepSkipped, TimerFired
from domain.order_events import (
    OrderCancellationRequested,
    OrderEditProposed,
    OrderEditRejected,
    OrderHoldReleased,
    OrderLinesCancelled,
    OrderPlaced,
)
from domain.payment_events import (
    ChargebackOpened,
    ChargebackResolved,
    PaymentActionRequired,
    PaymentAuthorizationExpired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentDeclined,
    PaymentOutcomeUnknown,
    PaymentReauthorizationFailed,
    PaymentReauthorized,
    PaymentRequested,
    PaymentVoided,
    PaymentVoidFailed,
    RefundFailed,
    RefundReversed,
    RefundSucceeded,
)
from domain.return_events import ReturnCreditReleased, ReturnCreditUsed, ReturnInspected
from domain.shipment_events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentDispatched,
    ShipmentLineShorted,
    ShipmentLost,
    ShipmentPlanned,
    ShipmentReturnedToSender,
)
from domain.stock_events import BackorderFilled, StockReservationExpired

Policy = Callable[[Step], None]

POLICIES: Final[Mapping[type[Event], Policy]] = {
    OrderPlaced: after_order_placed,
    OrderHoldReleased: after_hold_released,
    OrderEditProposed: after_edit_proposed,
    OrderEditRejected: after_edit_rejected,
    OrderCancellationRequested: after_cancellation_requested,
    OrderLinesCancelled: after_lines_cancelled,
    PaymentRequested: after_payment_requested,
    PaymentActionRequired: after_action_required,
    PaymentAuthorized: after_authorized,
    PaymentDeclined: after_declined,
    PaymentCaptured: after_captured,
    PaymentCaptureFailed: after_capture_failed,
    PaymentVoided: after_voided,
    PaymentVoidFailed: after_void_failed,
    PaymentAuthorizationExpired: after_authorization_expired,
    PaymentReauthorized: after_reauthorized,
    PaymentReauthorizationFailed: after_reauthorization_failed,
    RefundSucceeded: after_refund_succeeded,
    RefundFailed: after_refund_failed,
    RefundReversed: after_refund_reversed,
    ChargebackOpened: after_chargeback_opened,
    ChargebackResolved: after_chargeback_resolved,
    PaymentOutcomeUnknown: after_outcome_unknown,
    ShipmentPlanned: after_shipment_planned,
    ShipmentDispatched: after_dispatched,
    ShipmentLineShorted: after_line_shorted,
    ShipmentDelivered: after_delivered,
    ShipmentReturnedToSender: after_parcel_gone,
    ShipmentLost: after_parcel_gone,
    ShipmentCancelled: after_shipment_cancelled,
    BackorderFilled: after_backorder_filled,
    StockReservationExpired: after_reservation_expired,
    ReturnInspected: after_return_inspected,
    ReturnCreditUsed: after_credit_used,
    ReturnCreditReleased: after_credit_released,
    TimerFired: after_timer_fired,
    FulfilmentStepRetried: after_step_retried,
    FulfilmentStepSkipped: after_step_skipped,
}
"""Event -> what the process does."""


def is_input(event: RecordedEvent) -> bool:
    """Tell whether the process reacts to an event: not to what it did itself.

    Pieces that it took from one order may have filled what another one waits for.
    """
    if isinstance(event.data, BackorderFilled):
        return True
    return type(event.data) in POLICIES and event.metadata.actor != FULFILMENT


def order_id_of(event: RecordedEvent) -> str:
    """Tell which order an input is about; each of them says so."""
    order_id: str = getattr(event.data, "order_id")  # noqa: B009 - not every event has one
    return order_id
