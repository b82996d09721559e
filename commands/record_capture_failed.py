"""RecordCaptureFailed: the provider did not take the money, or takes its success back."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_operation, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentCaptureFailed, PaymentOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCaptureFailed:
    """A capture failed, with a code of the provider."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    capture_id: str
    code: str


def record_capture_failed(
    command: RecordCaptureFailed, payment: Payment | None
) -> tuple[PaymentCaptureFailed, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this capture.
        OperationConflict: the id was used for something else.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    known = require_operation(payment, command.capture_id, PaymentOperation.CAPTURE)
    if known.status is OperationStatus.FAILED:
        return ()
    return (
        PaymentCaptureFailed(
            **payment_facts(payment),
            capture_id=command.capture_id,
            amount_minor=known.amount_minor,
            code=command.code,
            was_captured=known.status is OperationStatus.DONE,
        ),
    )
