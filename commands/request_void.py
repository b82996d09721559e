"""RequestVoid: the provider shall give up what was not captured."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    is_asked_already,
    known_operation,
    payment_facts,
    require_payment_of_shop,
)
from domain.envelope import Actor
from domain.payment import Payment
from domain.payment_errors import VoidAfterCapture
from domain.payment_events import PaymentOperation, PaymentVoidRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestVoid:
    """Give the uncaptured rest up; `void_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    void_id: str
    reason: str


def request_void(command: RequestVoid, payment: Payment | None) -> tuple[PaymentVoidRequested, ...]:
    """Ask for it, or nothing if it was asked for or there is nothing to give up.

    Raises:
        Forbidden: only the shop asks providers for something.
        PaymentNotFound: no such payment.
        OperationConflict: the id was used for something else.
        VoidAfterCapture: everything is taken already.
    """
    payment = require_payment_of_shop(payment, command.actor, command.payment_id)
    known = known_operation(payment, command.void_id, PaymentOperation.VOID)
    if is_asked_already(known) or payment.pending(PaymentOperation.VOID):
        return ()
    if payment.captured_minor and not payment.uncaptured_minor:
        raise VoidAfterCapture("everything is taken already; ask for a refund")
    if not payment.is_undecided and payment.untouched_minor <= 0:
        return ()  # what is being taken right now cannot be given up
    return (
        PaymentVoidRequested(
            **payment_facts(payment),
            void_id=command.void_id,
            amount_minor=payment.untouched_minor,
            reason=command.reason,
        ),
    )
