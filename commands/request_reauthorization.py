"""RequestReauthorization: the provider shall keep the uncaptured rest available."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    is_asked_already,
    known_operation,
    payment_conflict,
    payment_facts,
    require_payment_of_shop,
)
from domain.envelope import Actor
from domain.payment import Payment
from domain.payment_events import PaymentOperation, PaymentReauthorizationRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReauthorization:
    """Keep the rest available for longer; `reauthorization_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    reauthorization_id: str


def request_reauthorization(
    command: RequestReauthorization, payment: Payment | None
) -> tuple[PaymentReauthorizationRequested, ...]:
    """Ask for it, or nothing if it was asked for.

    Raises:
        Forbidden: only the shop asks providers for something.
        PaymentNotFound: no such payment.
        OperationConflict: the id was used for something else.
        PaymentStateConflict: nothing is left to be taken.
    """
    payment = require_payment_of_shop(payment, command.actor, command.payment_id)
    known = known_operation(payment, command.reauthorization_id, PaymentOperation.REAUTHORIZE)
    if is_asked_already(known):
        return ()
    if payment.uncaptured_minor <= 0:
        raise payment_conflict(payment, "nothing is left to be taken")
    return (
        PaymentReauthorizationRequested(
            **payment_facts(payment),
            reauthorization_id=command.reauthorization_id,
            amount_minor=payment.uncaptured_minor,
        ),
    )
