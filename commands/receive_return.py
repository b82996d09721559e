"""ReceiveReturn: pieces came back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import PartOfLine
from commands.return_rules import (
    require_known_lines,
    require_no_more,
    require_return_of_shop,
    return_conflict,
    return_facts,
)
from domain.digest import digest_of
from domain.envelope import Actor
from domain.errors import DuplicateLineId, EmptyOrder, OperationConflict, QuantityInvalid
from domain.return_events import ReceivedLine, ReturnCondition, ReturnReceived
from domain.return_operations import received_pieces
from domain.return_request import ReturnRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPart(PartOfLine):
    """So many pieces of a line, in some condition."""

    condition: ReturnCondition


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveReturn:
    """These pieces are back; `receipt_id` tells a repeat."""

    actor: Actor
    asked_at: datetime
    return_id: str
    receipt_id: str
    lines: tuple[ReceivedPart, ...]


def receive_return(
    command: ReceiveReturn, returned: ReturnRequest | None
) -> tuple[ReturnReceived, ...]:
    """Note what came back, or nothing if it was noted; more may follow under another id.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        OperationConflict: the receipt id was used for something else.
        EmptyOrder, QuantityInvalid, DuplicateLineId, LineNotFound: the lines are not right.
        ReturnStateConflict: it was not approved, or is inspected or over.
        ReceivedQuantityExceeded: fewer pieces were to come back.
    """
    returned = require_return_of_shop(returned, command.actor, command.return_id)
    known = returned.receipts.get(command.receipt_id)
    if known is not None:
        if known != digest_of(command.receipt_id, received_pieces(command.lines)):
            raise OperationConflict(f"receipt id {command.receipt_id} was used already")
        return ()
    _require_lines(command.lines)
    require_known_lines(returned, (line.line_id for line in command.lines))
    if not returned.can_be_received:
        raise return_conflict(returned, "nothing of it can come in")
    told = Counter(returned.received)
    for line in command.lines:
        told[line.line_id] += line.quantity
    wanted = {line.line_id: line.quantity for line in returned.lines}
    require_no_more(told, wanted, "fewer pieces were to come back")
    skus = {line.line_id: line.sku for line in returned.lines}
    lines = tuple(
        ReceivedLine(
            line_id=line.line_id,
            sku=skus[line.line_id],
            quantity=line.quantity,
            condition=line.condition,
        )
        for line in command.lines
    )
    return (ReturnReceived(**return_facts(returned), receipt_id=command.receipt_id, lines=lines),)


def _require_lines(lines: Sequence[ReceivedPart]) -> None:
    if not lines:
        raise EmptyOrder("name at least one line")
    if any(line.quantity < 1 for line in lines):
        raise QuantityInvalid("a quantity is one or more")
    if len({(line.line_id, line.condition) for line in lines}) < len(lines):
        raise DuplicateLineId("every line is named once for each condition")
