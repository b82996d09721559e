"""What has a payment provider to be told, or asked, because of an event?

Our id of an operation is the provider's idempotency key for it, followed by the number of the
attempt after the first: what the provider refused is asked for anew, under another key. As long as
nobody knows what became of it, it is the same attempt, and never sent under another key
(domain.md §2.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.envelope import RecordedEvent
from domain.fulfilment_events import TimerFired
from domain.payment import OperationStatus, Payment
from domain.payment_events import (
    AboutPayment,
    PaymentCaptureRequested,
    PaymentOperation,
    PaymentReauthorizationRequested,
    PaymentRequested,
    PaymentVoidRequested,
    RefundRequested,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCall:
    """An operation on a payment. Units: minor units; a void is of all that is left.

    `psp_ref` is the provider's name of the payment, empty while it has told none; `asks_only`:
    nobody knows what became of it, so the provider is asked before it is told again. `attempt`
    counts those that the provider refused before, and this one.
    """

    operation: PaymentOperation
    payment_id: str
    operation_id: str
    order_id: str
    currency: str
    amount_minor: int
    method_ref: str = ""
    psp_ref: str = ""
    asks_only: bool = False
    attempt: int = 1

    @property
    def key(self) -> str:
        """Answer the idempotency key of this attempt."""
        return self.operation_id if self.attempt == 1 else f"{self.operation_id}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class WantedCall:
    """What an event wants of a provider; `asks_only` as in ProviderCall."""

    payment_id: str
    operation: PaymentOperation
    operation_id: str
    asks_only: bool = False


def call_of(event: RecordedEvent) -> WantedCall | None:
    """Tell which operation an event wants; None for one that concerns no provider."""
    data = event.data
    if isinstance(data, PaymentRequested):
        return WantedCall(data.payment_id, PaymentOperation.AUTHORIZE, data.payment_id)
    if isinstance(data, TimerFired):
        return _asked(data.timer)
    if isinstance(data, AboutPayment) and type(data) in _IDS:
        operation, id_field = _IDS[type(data)]
        return WantedCall(data.payment_id, operation, getattr(data, id_field))
    return None


_IDS: Final[Mapping[type[AboutPayment], tuple[PaymentOperation, str]]] = {
    PaymentCaptureRequested: (PaymentOperation.CAPTURE, "capture_id"),
    PaymentVoidRequested: (PaymentOperation.VOID, "void_id"),
    RefundRequested: (PaymentOperation.REFUND, "refund_id"),
    PaymentReauthorizationRequested: (PaymentOperation.REAUTHORIZE, "reauthorization_id"),
}
"""What is wanted -> the operation, and the field with our id of it."""

CALLING: Final[tuple[type[Any], ...]] = (PaymentRequested, TimerFired, *_IDS)
"""What may call for a provider; `call_of` looks at nothing else."""


def _asked(timer: str) -> WantedCall | None:
    name, *rest = timer.split(":")
    if name != "ask":
        return None
    operation, payment_id, operation_id = rest
    return WantedCall(payment_id, PaymentOperation(operation), operation_id, asks_only=True)


def open_call(wanted: WantedCall, payment: Payment) -> ProviderCall | None:
    """Make the call for an operation, None if its outcome is known by now."""
    amount_minor, attempt = payment.amount_minor, 1
    if wanted.operation is PaymentOperation.AUTHORIZE:
        if not payment.is_undecided:
            return None
    else:
        known = payment.operations.get(wanted.operation_id)
        if known is None or known.status is not OperationStatus.PENDING:
            return None
        amount_minor, attempt = known.amount_minor, known.attempt
    return ProviderCall(
        operation=wanted.operation,
        payment_id=payment.payment_id,
        operation_id=wanted.operation_id,
        order_id=payment.order_id,
        currency=payment.currency,
        amount_minor=amount_minor,
        method_ref=payment.method_ref,
        psp_ref=payment.psp_ref or "",
        asks_only=wanted.asks_only,
        attempt=attempt,
    )
