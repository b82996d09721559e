"""RecordOutcomeUnknown: nobody knows what the provider did."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_operation, require_payment_of_provider
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment
from domain.payment_errors import PaymentOperationNotFound
from domain.payment_events import PaymentOperation, PaymentOutcomeUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOutcomeUnknown:
    """No answer came to an operation, for the `attempt`th time in a row.

    The id of the authorisation is that of the payment.
    """

    actor: Actor
    asked_at: datetime
    payment_id: str
    operation: PaymentOperation
    operation_id: str
    attempt: int


def record_outcome_unknown(
    command: RecordOutcomeUnknown, payment: Payment | None
) -> tuple[PaymentOutcomeUnknown, ...]:
    """Note it, or nothing if it was noted or the outcome is known by now.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: nobody asked for this.
        OperationConflict: the id was used for something else.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    if command.operation is PaymentOperation.AUTHORIZE:
        if command.operation_id != payment.payment_id:
            raise PaymentOperationNotFound("an authorisation has the id of its payment")
        is_open = payment.is_undecided
    else:
        known = require_operation(payment, command.operation_id, command.operation)
        is_open = known.status is OperationStatus.PENDING
    if not is_open or command.attempt <= payment.unknown.get(command.operation_id, 0):
        return ()
    return (
        PaymentOutcomeUnknown(
            **payment_facts(payment),
            operation=command.operation,
            operation_id=command.operation_id,
            attempt=command.attempt,
        ),
    )
