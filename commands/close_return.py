"""CloseReturn: a return is over."""

from dataclasses import dataclass
from datetime import datetime

from commands.return_rules import (
    ReturnState,
    ended,
    require_return_of_shop,
    return_conflict,
    return_facts,
)
from domain.envelope import Actor
from domain.order_events import OrderReturnEnded
from domain.return_events import ReturnClosed
from domain.return_request import ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReturn:
    """Nothing more is to be done about it."""

    actor: Actor
    asked_at: datetime
    return_id: str


def close_return(
    command: CloseReturn, state: ReturnState
) -> tuple[ReturnClosed | OrderReturnEnded, ...]:
    """Close it, or nothing if it was closed; what was not accepted may be asked for again.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        ReturnStateConflict: it was not inspected, or its credit is open.
    """
    returned = require_return_of_shop(state.returned, command.actor, command.return_id)
    if returned.status is ReturnStatus.CLOSED:
        return ()
    if returned.status is not ReturnStatus.INSPECTED:
        raise return_conflict(returned, "it cannot be closed")
    if returned.credit_minor:
        raise return_conflict(returned, "its credit is neither used nor given back")
    closed = ReturnClosed(**return_facts(returned))
    return (closed, *ended(returned, state.known_order, returned.unaccepted))
