"""How does the process ask a provider again for what it refused?"""

from commands.fulfilment_step import FULFILMENT, Step
from commands.request_capture import RequestCapture
from commands.request_refund import RequestRefund
from domain.about_order import facts_of
from domain.fulfilment_events import FulfilmentStepTried
from domain.payment import Operation, OperationStatus


def take_again(step: Step, capture_id: str) -> None:
    """Ask once more for a capture that failed, under the same id."""
    found = _failed(step, capture_id)
    if found is None:
        return
    payment_id, known = found
    step.script.append(FulfilmentStepTried(**facts_of(step.order), step=f"capture:{capture_id}"))
    accepted = step.succeeds(
        RequestCapture(
            actor=FULFILMENT,
            asked_at=step.now,
            payment_id=payment_id,
            capture_id=capture_id,
            amount_minor=known.amount_minor,
            shipment_id=known.ref,
        )
    )
    if not accepted:
        step.call_for_help(f"capture:{capture_id}", "not authorised", known.amount_minor)


def refund_again(step: Step, refund_id: str) -> None:
    """Ask once more for a refund that failed, under the same id."""
    found = _failed(step, refund_id)
    if found is None:
        return
    payment_id, known = found
    step.script.append(FulfilmentStepTried(**facts_of(step.order), step=f"refund:{refund_id}"))
    accepted = step.succeeds(
        RequestRefund(
            actor=FULFILMENT,
            asked_at=step.now,
            payment_id=payment_id,
            refund_id=refund_id,
            amount_minor=known.amount_minor,
            reason="again",
            return_id=known.ref,
        )
    )
    if not accepted:
        step.call_for_help(f"refund:{refund_id}", "not refundable", known.amount_minor)


def _failed(step: Step, operation_id: str) -> tuple[str, Operation] | None:
    for payment in step.payments():
        known = payment.operations.get(operation_id)
        if known is not None and known.status is OperationStatus.FAILED:
            return payment.payment_id, known
    return None
