"""RequestCapture: the provider shall take money that it authorised."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import (
    is_asked_already,
    known_operation,
    payment_conflict,
    payment_facts,
    require_payment_of_shop,
    require_positive,
)
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.payment import Payment
from domain.payment_errors import AuthorizationExpired, CaptureExceedsAuthorized
from domain.payment_events import PaymentCaptureRequested, PaymentOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCapture:
    """Take a part of what is authorised; `capture_id` tells a repeat. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    capture_id: str
    amount_minor: int
    shipment_id: str | None = None


def request_capture(
    command: RequestCapture, payment: Payment | None
) -> tuple[PaymentCaptureRequested, ...]:
    """Ask for it, or nothing if it was asked for; what failed may be asked for again.

    Raises:
        Forbidden: only the shop asks providers for something.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: the id was used for something else.
        PaymentStateConflict: nothing is authorised.
        AuthorizationExpired: what was authorised can no longer be taken.
        CaptureExceedsAuthorized: more than is authorised and not being taken or given up.
    """
    payment = require_payment_of_shop(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    kind = PaymentOperation.CAPTURE
    known = known_operation(payment, command.capture_id, kind, command.amount_minor)
    if known is not None and known.ref != command.shipment_id:
        raise OperationConflict(f"{command.capture_id} was asked for with another shipment")
    if is_asked_already(known):
        return ()
    if not payment.authorised_minor:
        raise payment_conflict(payment, "nothing is authorised")
    valid_until = payment.valid_until
    if payment.has_expired or (valid_until is not None and command.asked_at >= valid_until):
        raise AuthorizationExpired("what was authorised can no longer be taken")
    if command.amount_minor > payment.capturable_minor:
        raise CaptureExceedsAuthorized(f"{payment.capturable_minor} can be taken")
    return (
        PaymentCaptureRequested(
            **payment_facts(payment),
            capture_id=command.capture_id,
            amount_minor=command.amount_minor,
            shipment_id=command.shipment_id,
        ),
    )
