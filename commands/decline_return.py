"""DeclineReturn: the shop does not take pieces back."""

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
from domain.order_parts import FreeTextPersonal
from domain.return_events import ReturnDeclined
from domain.return_request import ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineReturn:
    """Say no, and why."""

    actor: Actor
    asked_at: datetime
    return_id: str
    reason: str


def decline_return(
    command: DeclineReturn, state: ReturnState
) -> tuple[ReturnDeclined | OrderReturnEnded, ...]:
    """Decline it, or nothing if it was declined.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        ReturnStateConflict: it was decided otherwise.
    """
    returned = require_return_of_shop(state.returned, command.actor, command.return_id)
    if returned.status is ReturnStatus.DECLINED:
        return ()
    if returned.status is not ReturnStatus.REQUESTED:
        raise return_conflict(returned, "it cannot be declined")
    declined = ReturnDeclined(
        **return_facts(returned), personal=FreeTextPersonal(text=command.reason)
    )
    return (declined, *ended(returned, state.known_order, returned.unaccepted))
