"""What was asked of providers, and what became of it: where is the money of an order?

Key: payment and operation. One row per operation of a payment; the authorisation has the payment's
own id, a chargeback the bank's. What a void or a reauthorisation does to the authorisation shows in
its row too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, get_args

from domain.envelope import RecordedEvent
from domain.payment_events import (
    ChargebackOpened,
    ChargebackResolved,
    PaymentActionRequired,
    PaymentAuthorizationExpired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureFailed,
    PaymentCaptureRequested,
    PaymentDeclined,
    PaymentEvent,
    PaymentOutcomeUnknown,
    PaymentProcessing,
    PaymentReauthorizationFailed,
    PaymentReauthorizationRequested,
    PaymentReauthorized,
    PaymentRequested,
    PaymentVoided,
    PaymentVoidFailed,
    PaymentVoidRequested,
    RefundFailed,
    RefundRequested,
    RefundReversed,
    RefundSucceeded,
)
from domain.replace import replace
from projections.projection import Key, Projection


class LedgerOperation(StrEnum):
    """What happens with the money of a payment."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    REAUTHORIZE = "reauthorize"
    CHARGEBACK = "chargeback"


class LedgerStatus(StrEnum):
    """What became of an operation."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
    REVERSED = "reversed"
    """It was done, and taken back."""
    EXPIRED = "expired"
    VOIDED = "voided"
    """An authorisation that was given up before it was answered."""
    WON = "won"
    LOST = "lost"


UNSETTLED: Final = frozenset(
    {
        LedgerStatus.PENDING,
        LedgerStatus.REQUIRES_ACTION,
        LedgerStatus.PROCESSING,
        LedgerStatus.UNKNOWN,
    }
)
"""What somebody has to say something of; named in the table's index too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLedgerEntry:
    """An operation of a payment.

    Units: minor units of `currency`: what was asked for, once it is done what was done. `code` is
    the provider's word for a failure, `psp_ref` its name of the payment. `occurred_at` and
    `recorded_at` are those of what was last said of it, `version` the place in the payment's stream
    where that stands.
    """

    payment_id: str
    operation_id: str
    order_id: str
    customer_id: str
    operation: LedgerOperation
    amount_minor: int
    currency: str
    psp_ref: str | None
    status: LedgerStatus
    code: str | None
    occurred_at: datetime
    recorded_at: datetime
    version: int
    last_position: int


AskedEvent = (
    PaymentRequested
    | PaymentCaptureRequested
    | PaymentVoidRequested
    | PaymentReauthorizationRequested
    | RefundRequested
    | ChargebackOpened
)

_OPERATIONS: Final[Mapping[type[AskedEvent], LedgerOperation]] = MappingProxyType(
    {
        PaymentRequested: LedgerOperation.AUTHORIZE,
        PaymentCaptureRequested: LedgerOperation.CAPTURE,
        PaymentVoidRequested: LedgerOperation.VOID,
        PaymentReauthorizationRequested: LedgerOperation.REAUTHORIZE,
        RefundRequested: LedgerOperation.REFUND,
        ChargebackOpened: LedgerOperation.CHARGEBACK,
    }
)

_STATUSES: Final[Mapping[type[PaymentEvent], LedgerStatus]] = MappingProxyType(
    {
        PaymentActionRequired: LedgerStatus.REQUIRES_ACTION,
        PaymentProcessing: LedgerStatus.PROCESSING,
        PaymentAuthorized: LedgerStatus.DONE,
        PaymentDeclined: LedgerStatus.FAILED,
        PaymentAuthorizationExpired: LedgerStatus.EXPIRED,
        PaymentCaptured: LedgerStatus.DONE,
        PaymentCaptureFailed: LedgerStatus.FAILED,
        PaymentVoided: LedgerStatus.DONE,
        PaymentVoidFailed: LedgerStatus.FAILED,
        PaymentReauthorized: LedgerStatus.DONE,
        PaymentReauthorizationFailed: LedgerStatus.FAILED,
        RefundSucceeded: LedgerStatus.DONE,
        RefundFailed: LedgerStatus.FAILED,
        RefundReversed: LedgerStatus.REVERSED,
        PaymentOutcomeUnknown: LedgerStatus.UNKNOWN,
    }
)

_AUTHORIZED: Final = frozenset({LedgerStatus.DONE, LedgerStatus.EXPIRED})


def _keys(event: RecordedEvent) -> tuple[Key, ...]:
    data = event.data
    if not isinstance(data, PaymentEvent):
        return ()
    payment_id = data.payment_id
    own = (payment_id, _operation_id(data))
    if isinstance(data, PaymentVoided | PaymentReauthorized):
        return (own, (payment_id, payment_id))
    return (own,)


def _operation_id(data: PaymentEvent) -> str:
    match data:
        case PaymentCaptureRequested() | PaymentCaptured() | PaymentCaptureFailed():
            return data.capture_id
        case PaymentVoidRequested() | PaymentVoided() | PaymentVoidFailed():
            return data.void_id
        case RefundRequested() | RefundSucceeded() | RefundFailed() | RefundReversed():
            return data.refund_id
        case _:
            return _other_id(data)


def _other_id(data: PaymentEvent) -> str:
    match data:
        case (
            PaymentReauthorizationRequested()
            | PaymentReauthorized()
            | PaymentReauthorizationFailed()
        ):
            return data.reauthorization_id
        case ChargebackOpened() | ChargebackResolved():
            return data.case_id
        case PaymentOutcomeUnknown():
            return data.operation_id
        case _:
            return data.payment_id


def _evolve(row: PaymentLedgerEntry | None, event: RecordedEvent, key: Key) -> PaymentLedgerEntry:
    data = event.data
    assert isinstance(data, PaymentEvent), f"{event.type} is about no payment"
    if isinstance(data, AskedEvent):
        may_be_asked_for = {LedgerStatus.FAILED, LedgerStatus.REVERSED}
        assert row is None or row.status in may_be_asked_for, "it is asked for once"
        return _asked(data, event, key)
    assert row is not None, "an operation is asked for before anything is said of it"
    _, operation_id = key
    if operation_id != _operation_id(data):
        return _authorization_after(row, event)
    return replace(
        row,
        status=_status(data),
        amount_minor=_amount_minor(row, data),
        psp_ref=_psp_ref(row, data),
        code=getattr(data, "code", None),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        version=event.version,
        last_position=event.position,
    )


def _asked(data: AskedEvent, event: RecordedEvent, key: Key) -> PaymentLedgerEntry:
    _, operation_id = key
    return PaymentLedgerEntry(
        payment_id=data.payment_id,
        operation_id=operation_id,
        order_id=data.order_id,
        customer_id=data.customer_id,
        operation=_OPERATIONS[type(data)],
        amount_minor=data.amount_minor,
        currency=data.currency,
        psp_ref=None,
        status=LedgerStatus.PENDING,
        code=None,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        version=event.version,
        last_position=event.position,
    )


def _authorization_after(row: PaymentLedgerEntry, event: RecordedEvent) -> PaymentLedgerEntry:
    """Answer the authorisation after what was done to it under another id."""
    status = row.status
    if isinstance(event.data, PaymentReauthorized):
        status = LedgerStatus.DONE
    elif status not in _AUTHORIZED:
        status = LedgerStatus.VOIDED
    if status is row.status:
        return replace(row, last_position=event.position)
    return replace(
        row,
        status=status,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        version=event.version,
        last_position=event.position,
    )


def _status(data: PaymentEvent) -> LedgerStatus:
    if isinstance(data, ChargebackResolved):
        return LedgerStatus.WON if data.is_won else LedgerStatus.LOST
    if isinstance(data, PaymentCaptureFailed) and data.was_captured:
        return LedgerStatus.REVERSED
    return _STATUSES[type(data)]


def _amount_minor(row: PaymentLedgerEntry, data: PaymentEvent) -> int:
    match data:
        case PaymentAuthorized() | PaymentCaptured() | PaymentVoided() | RefundSucceeded():
            return data.amount_minor
        case _:
            return row.amount_minor


def _psp_ref(row: PaymentLedgerEntry, data: PaymentEvent) -> str | None:
    match data:
        case PaymentProcessing() | PaymentAuthorized():
            return data.psp_ref or row.psp_ref
        case _:
            return row.psp_ref


PAYMENT_LEDGER: Final = Projection(
    name="payment_ledger",
    fold_version="1",
    row_type=PaymentLedgerEntry,
    key_columns=("payment_id", "operation_id"),
    handles=frozenset(get_args(PaymentEvent)),
    keys=_keys,
    evolve=_evolve,
    begins=frozenset({PaymentRequested, ChargebackOpened}),
)
