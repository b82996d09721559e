"""InspectReturn: somebody looked at what came back and decides what becomes of it.

The order counts the accepted pieces in the same append: what the customer gets for them rests on
how many came back before, which no other return may change meanwhile (ADR 10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import lines_of
from commands.record_payment_fact import RecordPaymentFact, record_payment_fact
from commands.record_returned import AcceptedPart, RecordReturned, record_returned
from commands.return_rules import (
    ReturnState,
    require_known_lines,
    require_no_more,
    require_return_of_shop,
    return_conflict,
    return_facts,
)
from domain.digest import digest_of
from domain.envelope import Actor
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    ErrorItem,
    OperationConflict,
    QuantityInvalid,
)
from domain.order import Order
from domain.order_events import OrderLinesReturned, OrderPaymentRecorded
from domain.order_operations import acceptance
from domain.order_parts import PaymentFactKind
from domain.refund_due import inspected_line, refund_due
from domain.return_errors import DispositionIncomplete
from domain.return_events import (
    InspectedLine,
    ReturnDisposition,
    ReturnInspected,
    ReturnResolution,
)
from domain.return_operations import inspected_pieces
from domain.return_request import ReturnRequest, ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedPart:
    """How many pieces of a line are accepted, and what becomes of those. Units: pieces."""

    line_id: str
    accepted: int
    rejected: int
    disposition: ReturnDisposition


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectReturn:
    """Accept or reject every piece that came back."""

    actor: Actor
    asked_at: datetime
    return_id: str
    lines: tuple[InspectedPart, ...]


def inspect_return(
    command: InspectReturn, state: ReturnState
) -> tuple[ReturnInspected | OrderLinesReturned | OrderPaymentRecorded, ...]:
    """Decide what becomes of them and what the customer gets, or nothing if that was decided.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        ReturnStateConflict: nothing came back, or it was decided otherwise.
        ReceivedQuantityExceeded: fewer pieces came back.
        DispositionIncomplete: of some piece nothing is said.
        OperationConflict: the order counted pieces of it already.
        ReturnQuantityExceeded: the order takes fewer pieces to be on their way back.
        RefundExceedsCaptured: more than was paid and not given back.
    """
    returned = require_return_of_shop(state.returned, command.actor, command.return_id)
    if returned.inspection == digest_of(command.return_id, inspected_pieces(command.lines)):
        return ()
    _require_lines(command.lines)
    require_known_lines(returned, (line.line_id for line in command.lines))
    if returned.status is not ReturnStatus.RECEIVED:
        raise return_conflict(returned, "it cannot be inspected like this")
    _require_all_received(command.lines, returned)
    order = state.known_order
    if acceptance(command.return_id) in order.operations:
        raise OperationConflict("the order counted pieces of this return already")
    inspected = _inspected(command, returned, order)
    return (inspected, *_told(command, inspected, order), *_credited(command, inspected, order))


def _require_lines(lines: Sequence[InspectedPart]) -> None:
    if not lines:
        raise EmptyOrder("name at least one line")
    if any(min(line.accepted, line.rejected) < 0 for line in lines):
        raise QuantityInvalid("a quantity is zero or more")
    if any(line.accepted + line.rejected == 0 for line in lines):
        raise QuantityInvalid("of every line at least one piece is accepted or rejected")
    if len({line.line_id for line in lines}) < len(lines):
        raise DuplicateLineId("every line is named once")


def _require_all_received(lines: Sequence[InspectedPart], returned: ReturnRequest) -> None:
    told = {line.line_id: line.accepted + line.rejected for line in lines}
    require_no_more(told, returned.received, "fewer pieces came back")
    items: list[ErrorItem] = [
        {"line_id": line_id, "received": received, "decided": told.get(line_id, 0)}
        for line_id, received in sorted(returned.received.items())
        if told.get(line_id, 0) < received
    ]
    if items:
        raise DispositionIncomplete("of some pieces nothing is said", items=items)


def _inspected(command: InspectReturn, returned: ReturnRequest, order: Order) -> ReturnInspected:
    parts = {part.line_id: part for part in command.lines}
    lines = tuple(
        inspected_line(
            line,
            progress,
            accepted=part.accepted,
            rejected=part.rejected,
            disposition=part.disposition,
        )
        for line, progress in lines_of(order)
        if (part := parts.get(line.line_id)) is not None
    )
    assert returned.terms is not None
    due = refund_due(
        order,
        lines,
        restocking_fee_minor=returned.terms.restocking_fee_minor,
        refunds_shipping=returned.terms.refunds_shipping,
    )
    is_credit = returned.resolution is not ReturnResolution.REFUND
    return ReturnInspected(
        **return_facts(returned),
        lines=lines,
        refund_due=due,
        credit_minor=due.total_minor if is_credit else 0,
    )


def _told(
    command: InspectReturn, inspected: ReturnInspected, order: Order
) -> tuple[OrderLinesReturned, ...]:
    accepted = tuple(_accepted_part(line) for line in inspected.lines if line.accepted)
    if not accepted:
        return ()
    return record_returned(
        RecordReturned(
            actor=command.actor,
            asked_at=command.asked_at,
            order_id=order.order_id,
            return_id=command.return_id,
            lines=accepted,
            refund_due_minor=inspected.refund_due.total_minor,
        ),
        order,
    )


def _credited(
    command: InspectReturn, inspected: ReturnInspected, order: Order
) -> tuple[OrderPaymentRecorded, ...]:
    """Tell the order what of its money is a credit from now on."""
    if not inspected.credit_minor:
        return ()
    return record_payment_fact(
        RecordPaymentFact(
            actor=command.actor,
            asked_at=command.asked_at,
            order_id=order.order_id,
            payment_id=command.return_id,
            kind=PaymentFactKind.CREDITED,
            operation_id=command.return_id,
            amount_minor=inspected.credit_minor,
        ),
        order,
    )


def _accepted_part(line: InspectedLine) -> AcceptedPart:
    is_written_off = line.disposition is ReturnDisposition.WRITE_OFF
    return AcceptedPart(
        line_id=line.line_id,
        quantity=line.accepted,
        written_off_quantity=line.accepted if is_written_off else 0,
    )
