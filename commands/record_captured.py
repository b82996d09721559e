"""RecordCaptured: the provider took the money."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    known_operation,
    payment_facts,
    require_payment_of_provider,
    require_positive,
)
from domain.envelope import Actor
from domain.payment import OperationStatus, Payment, evolve_payment
from domain.payment_errors import CaptureExceedsAuthorized
from domain.payment_events import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentCaptureRequested,
    PaymentEvent,
    PaymentOperation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCaptured:
    """The money is taken. `psp_ref` is the provider's name of the payment. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    capture_id: str
    amount_minor: int
    psp_ref: str


def record_captured(command: RecordCaptured, payment: Payment | None) -> tuple[PaymentEvent, ...]:
    """Note it, or nothing if it was noted; what nobody asked for is noted with its request.

    An authorisation that has not been heard of yet is noted first: facts come in any order.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: the id was used for something else.
        CaptureExceedsAuthorized: more than was authorised.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    kind = PaymentOperation.CAPTURE
    known = known_operation(payment, command.capture_id, kind, command.amount_minor)
    if known is not None and known.status is OperationStatus.DONE:
        return ()
    facts = payment_facts(payment)
    events: list[PaymentEvent] = []
    if not payment.authorised_minor:
        authorised = PaymentAuthorized(
            **facts, psp_ref=command.psp_ref, amount_minor=payment.amount_minor
        )
        events.append(authorised)
        payment = evolve_payment(payment, authorised)
    if command.amount_minor > payment.uncaptured_minor:
        raise CaptureExceedsAuthorized(f"{payment.uncaptured_minor} can be taken")
    if known is None:
        events.append(
            PaymentCaptureRequested(
                **facts, capture_id=command.capture_id, amount_minor=command.amount_minor
            )
        )
    events.append(
        PaymentCaptured(**facts, capture_id=command.capture_id, amount_minor=command.amount_minor)
    )
    return tuple(events)
