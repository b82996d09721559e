"""ReleaseCredit: what a customer has as the credit of a return is given back instead."""

from dataclasses import dataclass
from datetime import datetime

from commands.return_rules import require_return_of_shop, return_conflict, return_facts
from domain.envelope import Actor
from domain.return_events import ReturnCreditReleased
from domain.return_request import ReturnRequest, ReturnStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCredit:
    """Sent by staff, or by a timer when nobody used the credit in time."""

    actor: Actor
    asked_at: datetime
    return_id: str


def release_credit(
    command: ReleaseCredit, returned: ReturnRequest | None
) -> tuple[ReturnCreditReleased, ...]:
    """End the credit, or nothing if nothing of it is left: no order can be paid with it then.

    Raises:
        Forbidden: only the shop gives money back.
        ReturnNotFound: no such return.
        ReturnStateConflict: it was not inspected.
    """
    returned = require_return_of_shop(returned, command.actor, command.return_id)
    if returned.status not in {ReturnStatus.INSPECTED, ReturnStatus.CLOSED}:
        raise return_conflict(returned, "it has no credit yet")
    if not returned.credit_minor:
        return ()
    return (ReturnCreditReleased(**return_facts(returned), amount_minor=returned.credit_minor),)
