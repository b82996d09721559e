"""ResolveChargeback: the bank decided a dispute."""

from dataclasses import dataclass
from datetime import datetime

from commands.payment_rules import payment_facts, require_payment_of_provider
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.payment import Payment
from domain.payment_errors import PaymentOperationNotFound
from domain.payment_events import ChargebackResolved


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveChargeback:
    """A case is over; a lost one takes the money back for good."""

    actor: Actor
    asked_at: datetime
    payment_id: str
    case_id: str
    is_won: bool


def resolve_chargeback(
    command: ResolveChargeback, payment: Payment | None
) -> tuple[ChargebackResolved, ...]:
    """Note it, or nothing if it was noted.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
        PaymentOperationNotFound: there is no such case.
        OperationConflict: the case was decided the other way.
    """
    payment = require_payment_of_provider(payment, command.actor, command.payment_id)
    known = payment.cases.get(command.case_id)
    if known is None:
        raise PaymentOperationNotFound(f"there is no case {command.case_id}")
    if known.is_won is not None:
        if known.is_won is not command.is_won:
            raise OperationConflict(f"case {command.case_id} was decided the other way")
        return ()
    return (
        ChargebackResolved(
            **payment_facts(payment),
            case_id=command.case_id,
            amount_minor=known.amount_minor,
            is_won=command.is_won,
        ),
    )
