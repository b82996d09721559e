"""RecordChargeback: the customer disputes a payment at the bank."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_payment_of_provider, require_positive
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.payment import Payment
from domain.payment_errors import RefundExceedsCaptured
from domain.payment_events import ChargebackOpened


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChargeback:
    """A case of the bank, under its name for it. Units: minor units."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    case_id: str
    amount_minor: int


def record_chargeback(
    command: RecordChargeback, payment: Payment | None
) -> tuple[ChargebackOpened, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        AmountInvalid, AmountOutOfRange: not an amount of money.
        OperationConflict: the case was noted with another amount, or the id is another thing's.
        RefundExceedsCaptured: more than was taken and not given back.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    require_positive(command.amount_minor)
    known = payment.cases.get(command.case_id)
    if known is not None:
        if known.amount_minor != command.amount_minor:
            raise OperationConflict(f"case {command.case_id} was noted with another amount")
        return ()
    if command.case_id == payment.payment_id or command.case_id in payment.operations:
        raise OperationConflict(f"{command.case_id} was used for another operation")
    if command.amount_minor > payment.refundable_minor:
        raise RefundExceedsCaptured(f"{max(0, payment.refundable_minor)} can be disputed")
    return (
        ChargebackOpened(
            **payment_facts(payment),
            case_id=command.case_id,
            amount_minor=command.amount_minor,
        ),
    )
