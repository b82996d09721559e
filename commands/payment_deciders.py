"""How are the commands about payments decided?"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from commands.decider import Decider, States, on_own_state
from commands.expire_authorization import ExpireAuthorization, expire_authorization
from commands.record_action_required import RecordActionRequired, record_action_required
from commands.record_authorized import RecordAuthorized, record_authorized
from commands.record_capture_failed import RecordCaptureFailed, record_capture_failed
from commands.record_captured import RecordCaptured, record_captured
from commands.record_chargeback import RecordChargeback, record_chargeback
from commands.record_declined import RecordDeclined, record_declined
from commands.record_outcome_unknown import RecordOutcomeUnknown, record_outcome_unknown
from commands.record_processing import RecordProcessing, record_processing
from commands.record_reauthorization_failed import (
    RecordReauthorizationFailed,
    record_reauthorization_failed,
)
from commands.record_reauthorized import RecordReauthorized, record_reauthorized
from commands.record_refund_failed import RecordRefundFailed, record_refund_failed
from commands.record_refund_reversed import RecordRefundReversed, record_refund_reversed
from commands.record_refunded import RecordRefunded, record_refunded
from commands.record_void_failed import RecordVoidFailed, record_void_failed
from commands.record_voided import RecordVoided, record_voided
from commands.request_capture import RequestCapture, request_capture
from commands.request_payment import RequestPayment, RequestPaymentState, request_payment
from commands.request_reauthorization import RequestReauthorization, request_reauthorization
from commands.request_refund import RequestRefund, request_refund
from commands.request_void import RequestVoid, request_void
from commands.resolve_chargeback import ResolveChargeback, resolve_chargeback
from domain.events import Event, order_stream, payment_stream
from domain.fold import as_order, as_payment
from domain.payment import Payment

PaymentCommand = (
    RequestPayment
    | RecordActionRequired
    | RecordProcessing
    | RecordAuthorized
    | RecordDeclined
    | RequestCapture
    | RecordCaptured
    | RecordCaptureFailed
    | RequestVoid
    | RecordVoided
    | RecordVoidFailed
    | ExpireAuthorization
    | RequestReauthorization
    | RecordReauthorized
    | RecordReauthorizationFailed
    | RequestRefund
    | RecordRefunded
    | RecordRefundFailed
    | RecordRefundReversed
    | RecordChargeback
    | ResolveChargeback
    | RecordOutcomeUnknown
)


def _payment_id(command: PaymentCommand) -> str:
    return command.payment_id


def _writes(command: PaymentCommand) -> tuple[str, ...]:
    return (payment_stream(command.payment_id),)


def _payment(command: PaymentCommand, states: States) -> Payment | None:
    return as_payment(states[payment_stream(command.payment_id)])


def _request_payment(command: RequestPayment, states: States) -> tuple[Event, ...]:
    order = as_order(states[order_stream(command.order_id)])
    return request_payment(command, RequestPaymentState(_payment(command, states), order))


_of_payment: Final = partial(on_own_state, state=_payment, writes=_writes, target_id=_payment_id)

PAYMENT_DECIDERS: Final[Mapping[type, Decider[Any]]] = {
    RequestPayment: Decider(
        type="request-payment",
        writes=_writes,
        reads=lambda command: (order_stream(command.order_id),),
        decide=_request_payment,
        target_id=_payment_id,
        creates=True,
    ),
    RecordActionRequired: _of_payment("record-action-required", record_action_required),
    RecordProcessing: _of_payment("record-processing", record_processing),
    RecordAuthorized: _of_payment("record-authorized", record_authorized),
    RecordDeclined: _of_payment("record-declined", record_declined),
    RequestCapture: _of_payment("request-capture", request_capture),
    RecordCaptured: _of_payment("record-captured", record_captured),
    RecordCaptureFailed: _of_payment("record-capture-failed", record_capture_failed),
    RequestVoid: _of_payment("request-void", request_void),
    RecordVoided: _of_payment("record-voided", record_voided),
    RecordVoidFailed: _of_payment("record-void-failed", record_void_failed),
    ExpireAuthorization: _of_payment("expire-authorization", expire_authorization),
    RequestReauthorization: _of_payment("request-reauthorization", request_reauthorization),
    RecordReauthorized: _of_payment("record-reauthorized", record_reauthorized),
    RecordReauthorizationFailed: _of_payment(
        "record-reauthorization-failed", record_reauthorization_failed
    ),
    RequestRefund: _of_payment("request-refund", request_refund),
    RecordRefunded: _of_payment("record-refunded", record_refunded),
    RecordRefundFailed: _of_payment("record-refund-failed", record_refund_failed),
    RecordRefundReversed: _of_payment("record-refund-reversed", record_refund_reversed),
    RecordChargeback: _of_payment("record-chargeback", record_chargeback),
    ResolveChargeback: _of_payment("resolve-chargeback", resolve_chargeback),
    RecordOutcomeUnknown: _of_payment("record-outcome-unknown", record_outcome_unknown),
}
