"""What does the process do when something came back and was looked at?

What the customer gets is given back as money, or kept for him as a credit until an order is paid
with it. Whatever such an order leaves of it, and what nobody uses, is given back in the end.
"""

from datetime import timedelta
from typing import cast

from commands.close_return import CloseReturn
from commands.fulfilment_money import give_back, give_return_back
from commands.fulfilment_step import CREDIT_TIMER, FULFILMENT, Step
from commands.release_credit import ReleaseCredit
from commands.restock_return import RestockReturn
from domain.errors import Refusal
from domain.payment import OperationStatus
from domain.payment_events import PaymentOperation
from domain.return_events import (
    InspectedLine,
    ReturnCreditReleased,
    ReturnCreditUsed,
    ReturnInspected,
    ReturnResolution,
)


def after_return_inspected(step: Step) -> None:
    """Put the pieces where they go, and give the money back; a credit waits for an order."""
    data = cast("ReturnInspected", step.event.data)
    if step.process is None:
        return
    for line in data.lines:
        if line.accepted:
            _restock(step, data.return_id, line)
    due_minor = data.refund_due.total_minor
    returned = step.returned(data.return_id)
    is_refund = returned.resolution is ReturnResolution.REFUND
    if due_minor > data.credit_minor and not is_refund:  # inspected when people saw to credits
        step.call_for_help(f"return:{data.return_id}", returned.resolution, due_minor)
    elif due_minor > data.credit_minor:
        give_back(step, due_minor, "return", data.return_id, data.return_id)
    elif returned.credit_minor and returned.resolution is ReturnResolution.EXCHANGE:
        step.wake_in(f"{CREDIT_TIMER}{data.return_id}", timedelta(days=step.policy.exchange_days))
    close_if_refunded(step, data.return_id)
    step.stay()


def after_credit_used(step: Step) -> None:
    """Give back what the order leaves of the credit that it is paid with."""
    data = cast("ReturnCreditUsed", step.event.data)
    if step.process is not None:
        _end_credit(step, data.return_id, data.rest_minor)
        step.stay()


def after_credit_released(step: Step) -> None:
    """Give the credit back that somebody wants to be money again."""
    data = cast("ReturnCreditReleased", step.event.data)
    if step.process is not None:
        _end_credit(step, data.return_id, data.amount_minor)
        step.stay()


def expire_credit(step: Step, return_id: str) -> None:
    """Give a credit back that nobody has used in time, unless somebody has in this very moment."""
    wish = ReleaseCredit(actor=FULFILMENT, asked_at=step.now, return_id=return_id)
    outcome = step.send(wish)
    for event in () if isinstance(outcome, Refusal) else outcome:
        assert isinstance(event, ReturnCreditReleased)
        _end_credit(step, return_id, event.amount_minor)
    step.stay()


def _end_credit(step: Step, return_id: str, rest_minor: int) -> None:
    step.cancel_timer(f"{CREDIT_TIMER}{return_id}")
    if rest_minor:
        give_return_back(step, return_id, rest_minor)
    close_if_refunded(step, return_id)


def _restock(step: Step, return_id: str, line: InspectedLine) -> None:
    """Put pieces back to where they came from."""
    locations = [
        shipment.location
        for shipment in step.shipments()
        if shipment.tracking_number and any(each.line_id == line.line_id for each in shipment.lines)
    ]
    step.send(
        RestockReturn(
            actor=FULFILMENT,
            asked_at=step.now,
            sku=line.sku,
            location=min(locations, default=step.policy.locations[0]),
            return_id=return_id,
            line_id=line.line_id,
            quantity=line.accepted,
            disposition=line.disposition,
        )
    )


def close_if_refunded(step: Step, return_id: str) -> None:
    """Close a return for which every refund has succeeded, and whose credit is used."""
    if step.returned(return_id).credit_minor:
        return
    refunds = [
        each
        for payment in step.payments()
        for each in payment.operations.values()
        if each.kind is PaymentOperation.REFUND and each.ref == return_id
    ]
    is_done = all(each.status is OperationStatus.DONE for each in refunds)
    if is_done and f"return:{return_id}" not in step.begun.troubles:
        step.send(CloseReturn(actor=FULFILMENT, asked_at=step.now, return_id=return_id))
