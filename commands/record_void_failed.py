"""RecordVoidFailed: the provider could not give up what was not captured."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    payment_conflict,
    payment_facts,
    require_operation,
    require_payment_of_provider,
)
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentOperation, PaymentVoidFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVoidFailed:
    """A void failed, with a code of the provider."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    void_id: str
    code: str


def record_void_failed(
    command: RecordVoidFailed, payment: Payment | None
) -> tuple[PaymentVoidFailed, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this.
        OperationConflict: the id was used for something else.
        PaymentStateConflict: it was given up already.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    known = require_operation(payment, command.void_id, PaymentOperation.VOID)
    if known.status is OperationStatus.FAILED:
        return ()
    if known.status is OperationStatus.DONE:
        raise payment_conflict(payment, "it was given up")
    return (
        PaymentVoidFailed(**payment_facts(payment), void_id=command.void_id, code=command.code),
    )
