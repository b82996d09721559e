"""What does the process do when something came back and was looked at?"""

from typing import cast

from commands.close_return import CloseReturn
from commands.fulfilment_money import give_back
from commands.fulfilment_step import FULFILMENT, Step
from commands.restock_return import RestockReturn
from domain.events import return_stream
from domain.fold import as_return
from domain.payment import OperationStatus
from domain.payment_events import PaymentOperation
from domain.return_events import InspectedLine, ReturnInspected, ReturnResolution


def after_return_inspected(step: Step) -> None:
    """Put the pieces where they go, and give the money back."""
    data = cast("ReturnInspected", step.event.data)
    if step.process is None:
        return
    for line in data.lines:
        if line.accepted:
            _restock(step, data.return_id, line)
    due_minor = data.refund_due.total_minor
    returned = as_return(step.script.state(return_stream(data.return_id)))
    assert returned is not None
    if returned.resolution is not ReturnResolution.REFUND:
        step.call_for_help(f"return:{data.return_id}", returned.resolution, due_minor)
    elif due_minor > 0:
        give_back(step, due_minor, "return", data.return_id, data.return_id)
    close_if_refunded(step, data.return_id)
    step.stay()


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
    """Close a return for which every refund has succeeded."""
    refunds = [
        each
        for payment in step.payments()
        for each in payment.operations.values()
        if each.kind is PaymentOperation.REFUND and each.ref == return_id
    ]
    is_done = all(each.status is OperationStatus.DONE for each in refunds)
    if is_done and f"return:{return_id}" not in step.begun.troubles:
        step.send(CloseReturn(actor=FULFILMENT, asked_at=step.now, return_id=return_id))
