"""ExpireReturn: pieces were not sent back in time."""

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
from domain.return_events import ReturnExpired
from domain.return_request import ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireReturn:
    """Sent by a timer; `asked_at` is its clock."""

    actor: Actor
    asked_at: datetime
    return_id: str


def expire_return(
    command: ExpireReturn, state: ReturnState
) -> tuple[ReturnExpired | OrderReturnEnded, ...]:
    """End it, or nothing if it ended so, or has time left.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        ReturnStateConflict: it was not approved, or came back, or is over.
    """
    returned = require_return_of_shop(state.returned, command.actor, command.return_id)
    if returned.status is ReturnStatus.EXPIRED:
        return ()
    if returned.status is not ReturnStatus.APPROVED:
        raise return_conflict(returned, "it cannot expire")
    assert returned.terms is not None
    send_by = returned.terms.send_by
    if send_by is None or command.asked_at < send_by:
        return ()
    lines = returned.unaccepted
    expired = ReturnExpired(**return_facts(returned), lines=lines)
    return (expired, *ended(returned, state.known_order, lines))
