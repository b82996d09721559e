"""A payment: what was authorised, taken and given back, and what is still being asked for?

Stream `payment-<uuid>`; its events stand in `payment_events.py`. The status follows from the
amounts, so that facts may come in any order. What is asked for and not answered counts: a refund
that is pending cannot be asked for twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from immutables import Map

from domain.about_order import AboutOrder, facts_of
from domain.payment_events import (
    CaptureMode,
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
    PaymentOperation,
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


class PaymentStatus(StrEnum):
    """How far a payment has come."""

    REQUESTED = "requested"
    REQUIRES_ACTION = "requires_action"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    FAILED = "failed"
    VOIDED = "voided"
    EXPIRED = "expired"


class OperationStatus(StrEnum):
    """What the provider said to something it was asked for."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that the provider was asked for, by our id of it. Units: minor units.

    `attempt` counts how often: once more after each time that it said no.
    """

    kind: PaymentOperation
    amount_minor: int
    status: OperationStatus
    ref: str | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A chargeback; `is_won` is None while the bank has not decided."""

    amount_minor: int
    is_won: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(AboutOrder):
    """A payment as its events left it. Units: minor units of the order's currency.

    Shape: `operations` and `cases` by our, and the bank's, ids of them; `unknown` counts how often
    in a row nobody knew what became of an operation.
    """

    payment_id: str
    amount_minor: int
    method_ref: str
    capture_mode: CaptureMode
    psp_ref: str | None = None
    authorised_minor: int = 0
    captured_minor: int = 0
    voided_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    valid_until: datetime | None = None
    risk_score: int | None = None
    before: PaymentStatus = PaymentStatus.REQUESTED
    has_expired: bool = False
    operations: Map[str, Operation]
    cases: Map[str, Case]
    unknown: Map[str, int]

    @property
    def status(self) -> PaymentStatus:
        """Tell how far the payment has come."""
        if self.disputed_minor > 0:
            return PaymentStatus.DISPUTED
        if self.captured_minor > 0:
            return self._captured_status
        if self.authorised_minor > self.voided_minor:
            return PaymentStatus.EXPIRED if self.has_expired else PaymentStatus.AUTHORIZED
        return PaymentStatus.VOIDED if self.authorised_minor else self.before

    @property
    def _captured_status(self) -> PaymentStatus:
        if self.refunded_minor >= self.captured_minor:
            return PaymentStatus.REFUNDED
        if self.refunded_minor > 0:
            return PaymentStatus.PARTIALLY_REFUNDED
        is_all = self.uncaptured_minor == 0
        return PaymentStatus.CAPTURED if is_all else PaymentStatus.PARTIALLY_CAPTURED

    @property
    def uncaptured_minor(self) -> int:
        """Tell what is authorised, and neither taken nor given up."""
        return self.authorised_minor - self.captured_minor - self.voided_minor

    @property
    def untouched_minor(self) -> int:
        """Tell what is neither taken, given up, nor being taken."""
        return self.uncaptured_minor - self.pending_minor(PaymentOperation.CAPTURE)

    @property
    def capturable_minor(self) -> int:
        """Tell what may still be asked for: nothing once it lapsed or is being given up."""
        if self.has_expired or self.pending(PaymentOperation.VOID):
            return 0
        return max(0, self.untouched_minor)

    @property
    def refundable_minor(self) -> int:
        """Tell what may still be given back: neither given back, disputed, nor being asked for."""
        given_back = self.refunded_minor + self.pending_minor(PaymentOperation.REFUND)
        return self.captured_minor - self.disputed_minor - given_back

    @property
    def is_undecided(self) -> bool:
        """Tell whether the provider has not said yes or no."""
        return self.status in UNDECIDED

    def pending_minor(self, kind: PaymentOperation) -> int:
        """Tell how much is being asked for and not answered."""
        return sum(each.amount_minor for each in self.pending(kind).values())

    def pending(self, kind: PaymentOperation) -> Mapping[str, Operation]:
        """Answer what is being asked for and not answered, by id."""
        return {
            operation_id: each
            for operation_id, each in self.operations.items()
            if each.kind is kind and each.status is OperationStatus.PENDING
        }


UNDECIDED: Final = frozenset(
    {PaymentStatus.REQUESTED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING}
)

AuthorizationEvent = (
    PaymentActionRequired
    | PaymentProcessing
    | PaymentAuthorized
    | PaymentDeclined
    | PaymentAuthorizationExpired
    | PaymentReauthorizationRequested
    | PaymentReauthorized
    | PaymentReauthorizationFailed
)
CaptureEvent = (
    PaymentCaptureRequested
    | PaymentCaptured
    | PaymentCaptureFailed
    | PaymentVoidRequested
    | PaymentVoided
    | PaymentVoidFailed
)
RefundEvent = RefundRequested | RefundSucceeded | RefundFailed | RefundReversed


def evolve_payment(state: Payment | None, event: PaymentEvent) -> Payment:
    """Answer the payment after the event."""
    if isinstance(event, PaymentRequested):
        assert state is None
        return _requested(event)
    assert state is not None
    match event:
        case PaymentOutcomeUnknown():
            unknown = state.unknown.set(event.operation_id, event.attempt)
            return replace(state, unknown=unknown)
        case ChargebackOpened() | ChargebackResolved():
            return _disputed(state, event)
        case RefundRequested() | RefundSucceeded() | RefundFailed() | RefundReversed():
            return _refunded(state, event)
        case _:
            return _authorised_or_taken(state, event)


def _requested(event: PaymentRequested) -> Payment:
    return Payment(
        **facts_of(event),
        payment_id=event.payment_id,
        amount_minor=event.amount_minor,
        method_ref=event.method_ref,
        capture_mode=event.capture_mode,
        operations=Map(),
        cases=Map(),
        unknown=Map(),
    )


def _authorised_or_taken(state: Payment, event: AuthorizationEvent | CaptureEvent) -> Payment:
    match event:
        case PaymentActionRequired():
            return _heard_of(replace(state, before=PaymentStatus.REQUIRES_ACTION))
        case PaymentProcessing():
            ref = event.psp_ref or state.psp_ref
            return _heard_of(replace(state, before=PaymentStatus.PROCESSING, psp_ref=ref))
        case PaymentDeclined():
            return _heard_of(replace(state, before=PaymentStatus.FAILED))
        case PaymentAuthorized():
            assert state.authorised_minor == 0
            state = replace(
                state,
                psp_ref=event.psp_ref,
                authorised_minor=event.amount_minor,
                valid_until=event.valid_until,
                risk_score=event.risk_score,
            )
            return _heard_of(state)
        case PaymentAuthorizationExpired():
            return replace(state, has_expired=True)
        case _:
            return _asked_or_answered(state, event)


ReauthorizationEvent = (
    PaymentReauthorizationRequested | PaymentReauthorized | PaymentReauthorizationFailed
)


def _asked_or_answered(state: Payment, event: ReauthorizationEvent | CaptureEvent) -> Payment:
    match event:
        case PaymentReauthorizationRequested():
            return _asked(
                state, event.reauthorization_id, PaymentOperation.REAUTHORIZE, event.amount_minor
            )
        case PaymentReauthorized():
            state = replace(state, valid_until=event.valid_until, has_expired=False)
            return _answered(state, event.reauthorization_id, OperationStatus.DONE)
        case PaymentReauthorizationFailed():
            return _answered(state, event.reauthorization_id, OperationStatus.FAILED)
        case PaymentCaptureRequested() | PaymentCaptured() | PaymentCaptureFailed():
            return _captured(state, event)
        case _:
            return _voided(state, event)


def _captured(
    state: Payment, event: PaymentCaptureRequested | PaymentCaptured | PaymentCaptureFailed
) -> Payment:
    match event:
        case PaymentCaptureRequested():
            kind, ref = PaymentOperation.CAPTURE, event.shipment_id
            return _asked(state, event.capture_id, kind, event.amount_minor, ref)
        case PaymentCaptured():
            state = replace(state, captured_minor=state.captured_minor + event.amount_minor)
            return _answered(state, event.capture_id, OperationStatus.DONE)
        case PaymentCaptureFailed():
            if event.was_captured:
                state = replace(state, captured_minor=state.captured_minor - event.amount_minor)
            return _answered(state, event.capture_id, OperationStatus.FAILED)
        case _:
            assert_never(event)


def _voided(
    state: Payment, event: PaymentVoidRequested | PaymentVoided | PaymentVoidFailed
) -> Payment:
    match event:
        case PaymentVoidRequested():
            return _asked(state, event.void_id, PaymentOperation.VOID, event.amount_minor)
        case PaymentVoided():
            state = replace(
                state,
                voided_minor=state.voided_minor + event.amount_minor,
                before=PaymentStatus.VOIDED,
            )
            return _answered(_heard_of(state), event.void_id, OperationStatus.DONE)
        case PaymentVoidFailed():
            return _answered(state, event.void_id, OperationStatus.FAILED)
        case _:
            assert_never(event)


def _refunded(state: Payment, event: RefundEvent) -> Payment:
    match event:
        case RefundRequested():
            kind, ref = PaymentOperation.REFUND, event.return_id
            return _asked(state, event.refund_id, kind, event.amount_minor, ref)
        case RefundSucceeded():
            state = replace(state, refunded_minor=state.refunded_minor + event.amount_minor)
            return _answered(state, event.refund_id, OperationStatus.DONE)
        case RefundFailed():
            return _answered(state, event.refund_id, OperationStatus.FAILED)
        case RefundReversed():
            state = replace(state, refunded_minor=state.refunded_minor - event.amount_minor)
            return _answered(state, event.refund_id, OperationStatus.REVERSED)
        case _:
            assert_never(event)


def _disputed(state: Payment, event: ChargebackOpened | ChargebackResolved) -> Payment:
    if isinstance(event, ChargebackOpened):
        return replace(
            state,
            disputed_minor=state.disputed_minor + event.amount_minor,
            cases=state.cases.set(event.case_id, Case(event.amount_minor)),
        )
    lost = 0 if event.is_won else event.amount_minor
    return replace(
        state,
        disputed_minor=state.disputed_minor - event.amount_minor,
        refunded_minor=state.refunded_minor + lost,
        cases=state.cases.set(event.case_id, Case(event.amount_minor, event.is_won)),
    )


def _asked(
    state: Payment,
    operation_id: str,
    kind: PaymentOperation,
    amount_minor: int,
    ref: str | None = None,
) -> Payment:
    known = state.operations.get(operation_id)
    assert known is None or known.status is OperationStatus.FAILED
    attempt = 1 if known is None else known.attempt + 1
    operation = Operation(kind, amount_minor, OperationStatus.PENDING, ref, attempt)
    return replace(state, operations=state.operations.set(operation_id, operation))


def _answered(state: Payment, operation_id: str, status: OperationStatus) -> Payment:
    answered = replace(state.operations[operation_id], status=status)
    operations = state.operations.set(operation_id, answered)
    return replace(state, operations=operations, unknown=_without(state.unknown, operation_id))


def _heard_of(state: Payment) -> Payment:
    """Tell the payment that its authorisation, which has the payment's own id, was answered."""
    return replace(state, unknown=_without(state.unknown, state.payment_id))


def _without(unknown: Map[str, int], operation_id: str) -> Map[str, int]:
    return unknown.delete(operation_id) if operation_id in unknown else unknown
