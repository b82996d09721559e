"""CancelReturn: the customer keeps the pieces."""

from dataclasses import dataclass
from datetime import datetime

from commands.return_rules import (
    ReturnState,
    ended,
    require_return,
    return_conflict,
    return_facts,
)
from domain.envelope import Actor
from domain.order_events import OrderReturnEnded
from domain.return_events import ReturnCancelled
from domain.return_request import ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReturn:
    """Send nothing back after all."""

    actor: Actor
    asked_at: datetime
    return_id: str


def cancel_return(
    command: CancelReturn, state: ReturnState
) -> tuple[ReturnCancelled | OrderReturnEnded, ...]:
    """Cancel it, or nothing if it was cancelled.

    Raises:
        ReturnNotFound: no such return, or another customer's.
        ReturnStateConflict: pieces came back already, or it is over.
    """
    returned = require_return(state.returned, command.actor, command.return_id)
    if returned.status is ReturnStatus.CANCELLED:
        return ()
    if not returned.can_be_given_up:
        raise return_conflict(returned, "it cannot be cancelled")
    lines = returned.unaccepted
    cancelled = ReturnCancelled(**return_facts(returned), lines=lines)
    return (cancelled, *ended(returned, state.known_order, lines))
