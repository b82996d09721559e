"""RecordVoided: the provider gave up what was not captured."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    known_operation,
    payment_conflict,
    payment_facts,
    require_payment_of_provider,
)
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_events import PaymentOperation, PaymentVoided, PaymentVoidRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVoided:
    """So much can no longer be taken. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    void_id: str
    amount_minor: int


def record_voided(
    command: RecordVoided, payment: Payment | None
) -> tuple[PaymentVoidRequested | PaymentVoided, ...]:
    """Note it, or nothing if it was noted; what nobody asked for is noted with its request.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        OperationConflict: the id was used for something else.
        PaymentStateConflict: more than is authorised and not taken.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    known = known_operation(payment, command.void_id, PaymentOperation.VOID)
    if known is not None and known.status is OperationStatus.DONE:
        return ()
    if not 0 <= command.amount_minor <= payment.uncaptured_minor:
        raise payment_conflict(payment, f"{payment.uncaptured_minor} can be given up")
    facts, void_id, amount_minor = payment_facts(payment), command.void_id, command.amount_minor
    voided = PaymentVoided(**facts, void_id=void_id, amount_minor=amount_minor)
    if known is not None:
        return (voided,)
    requested = PaymentVoidRequested(
        **facts, void_id=void_id, amount_minor=amount_minor, reason="provider"
    )
    return (requested, voided)
