"""What do the decisions about payments share: refusals, repeats, amounts?"""

from domain.about_order import OrderFacts, facts_of
from domain.envelope import Actor, ActorKind
from domain.errors import AmountInvalid, Forbidden, OperationConflict
from domain.money import require_amount
from domain.payment import Operation, OperationStatus, Payment
from domain.payment_errors import (
    PaymentNotFound,
    PaymentOperationNotFound,
    PaymentStateConflict,
)
from domain.payment_events import PaymentOperation
from domain.permissions import require_shop, speaks_for_shop


class PaymentFacts(OrderFacts):
    """What every event of a payment says, as arguments."""

    payment_id: str


def payment_facts(payment: Payment) -> PaymentFacts:
    """Answer what every event of a payment says."""
    return PaymentFacts(**facts_of(payment), payment_id=payment.payment_id)


def require_payment_of_shop(payment: Payment | None, actor: Actor, payment_id: str) -> Payment:
    """Answer the payment if it exists, to the shop alone.

    Raises:
        Forbidden: only the shop asks providers for something.
        PaymentNotFound: no such payment.
    """
    require_shop(actor)
    return _required(payment, payment_id)


def require_payment_of_provider(payment: Payment | None, actor: Actor, payment_id: str) -> Payment:
    """Answer the payment if it exists, to providers and the shop.

    Raises:
        Forbidden: only providers, and the shop for them, say what they did.
        PaymentNotFound: no such payment.
    """
    if actor.kind is not ActorKind.PSP and not speaks_for_shop(actor):
        raise Forbidden(f"a {actor.kind} may not say what a provider did")
    return _required(payment, payment_id)


def _required(payment: Payment | None, payment_id: str) -> Payment:
    if payment is None:
        raise PaymentNotFound(f"there is no payment {payment_id}")
    return payment


def require_positive(amount_minor: int) -> None:
    """Refuse an amount of money that is none.

    Raises:
        AmountInvalid: zero or less.
        AmountOutOfRange: beyond 2^53-1 minor units.
    """
    if amount_minor <= 0:
        raise AmountInvalid(f"{amount_minor} is not more than zero")
    require_amount(amount_minor)


def payment_conflict(payment: Payment, consequence: str) -> PaymentStateConflict:
    """Make the refusal of what the payment's state forbids."""
    return PaymentStateConflict(
        f"payment {payment.payment_id} is {payment.status}; {consequence}",
        current_state=payment.status,
    )


def known_operation(
    payment: Payment,
    operation_id: str,
    kind: PaymentOperation,
    amount_minor: int | None = None,
) -> Operation | None:
    """Answer an operation that was asked for, None if it was not.

    Raises:
        OperationConflict: the id was used for another kind or amount, for a case of the bank, or
            is that of the payment, which is its authorisation's.
    """
    known = payment.operations.get(operation_id)
    if known is None:
        if operation_id == payment.payment_id or operation_id in payment.cases:
            raise OperationConflict(f"{operation_id} was used for another operation")
        return None
    if known.kind is not kind or amount_minor not in {None, known.amount_minor}:
        raise OperationConflict(f"{operation_id} was used for another operation")
    return known


def require_operation(payment: Payment, operation_id: str, kind: PaymentOperation) -> Operation:
    """Answer an operation that was asked for.

    Raises:
        PaymentOperationNotFound: it was not.
        OperationConflict: the id was used for another kind.
    """
    known = known_operation(payment, operation_id, kind)
    if known is None:
        raise PaymentOperationNotFound(f"nobody asked for {operation_id}")
    return known


def is_asked_already(operation: Operation | None) -> bool:
    """Tell whether asking again would change nothing; what failed may be asked for again."""
    return operation is not None and operation.status is not OperationStatus.FAILED
