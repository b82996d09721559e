"""How does the process ask a provider again for what it refused, or could not be asked for?"""

from commands.fulfilment_money import give_back, paid_beyond_due, taken_too_much
from commands.fulfilment_step import FULFILMENT, Step
from commands.request_capture import RequestCapture
from commands.request_refund import RequestRefund
from commands.request_void import RequestVoid
from domain.about_order import facts_of
from domain.fulfilment_events import FulfilmentStepTried
from domain.payment import Operation, OperationStatus


def take_again(step: Step, capture_id: str) -> None:
    """Ask once more for a capture that failed, under the same id."""
    payment_id, known = _asked_for(step, capture_id)
    if known is None or known.status is not OperationStatus.FAILED:
        return
    command = RequestCapture(
        actor=FULFILMENT,
        asked_at=step.now,
        payment_id=payment_id,
        capture_id=capture_id,
        amount_minor=known.amount_minor,
        shipment_id=known.ref,
    )
    _ask(step, f"capture:{capture_id}", command, "not authorised", known.amount_minor)


def refund_again(step: Step, refund_id: str) -> None:
    """Ask once more for a refund that failed, under the same id."""
    payment_id, known = _asked_for(step, refund_id)
    if known is not None and known.status is OperationStatus.FAILED:
        _refund(step, refund_id, payment_id, refund_id, known)


def void_again(step: Step, void_id: str) -> None:
    """Ask once more for a void that failed, under the same id."""
    payment_id, known = _asked_for(step, void_id)
    if known is None or known.status is not OperationStatus.FAILED:
        return
    command = RequestVoid(
        actor=FULFILMENT,
        asked_at=step.now,
        payment_id=payment_id,
        void_id=void_id,
        reason="again",
    )
    _ask(step, f"void:{void_id}", command, "not voidable", known.amount_minor)


def give_back_again(step: Step, name: str) -> None:
    """Give back what an operator wants tried again.

    `name` is the id of a refund that failed, or came back and is asked for anew; or what the money
    was to be given back for, of which no more is asked for than is owed by now.
    """
    payment_id, known = _asked_for(step, name)
    if known is None:
        owed_minor = taken_too_much(step) if step.begun.is_over else paid_beyond_due(step)
        give_back(step, max(0, owed_minor), "again", name)
    elif known.status is OperationStatus.REVERSED:
        _refund(step, name, payment_id, step.derived_id("refund", payment_id, name), known)
    else:
        refund_again(step, name)


def _refund(step: Step, name: str, payment_id: str, refund_id: str, known: Operation) -> None:
    command = RequestRefund(
        actor=FULFILMENT,
        asked_at=step.now,
        payment_id=payment_id,
        refund_id=refund_id,
        amount_minor=known.amount_minor,
        reason="again",
        return_id=known.ref,
    )
    _ask(step, f"refund:{name}", command, "not refundable", known.amount_minor)


def _ask(step: Step, name: str, command: object, error: str, amount_minor: int) -> None:
    step.script.append(FulfilmentStepTried(**facts_of(step.order), step=name))
    if not step.succeeds(command):
        step.call_for_help(name, error, amount_minor)


def _asked_for(step: Step, operation_id: str) -> tuple[str, Operation | None]:
    """Find what was asked for under an id, and the payment that it is about."""
    for payment in step.payments():
        known = payment.operations.get(operation_id)
        if known is not None:
            return payment.payment_id, known
    return "", None
