"""ApproveReturn: the shop takes pieces back, on its terms."""

from dataclasses import dataclass
from datetime import datetime

from commands.return_rules import require_return_of_shop, return_conflict, return_facts
from domain.envelope import Actor
from domain.money import require_price
from domain.return_events import ReturnApproved
from domain.return_request import ReturnRequest, ReturnStatus, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveReturn:
    """Take it back if it is sent by `send_by`, if there is such a time. Units: minor units."""

    actor: Actor
    asked_at: datetime
    return_id: str
    send_by: datetime | None = None
    label: str | None = None
    restocking_fee_minor: int = 0
    refunds_shipping: bool = False


def approve_return(
    command: ApproveReturn, returned: ReturnRequest | None
) -> tuple[ReturnApproved, ...]:
    """Approve it, or nothing if it was approved on these terms.

    Raises:
        Forbidden: only the shop decides about returns.
        ReturnNotFound: no such return.
        AmountInvalid, AmountOutOfRange: the fee is less than nothing, or cannot be kept.
        ReturnStateConflict: it was decided otherwise.
    """
    returned = require_return_of_shop(returned, command.actor, command.return_id)
    require_price(command.restocking_fee_minor)
    approved = ReturnApproved(
        **return_facts(returned),
        send_by=command.send_by,
        label=command.label,
        restocking_fee_minor=command.restocking_fee_minor,
        refunds_shipping=command.refunds_shipping,
    )
    if returned.terms == terms_of(approved):
        return ()
    if returned.status is not ReturnStatus.REQUESTED:
        raise return_conflict(returned, "it cannot be approved like this")
    return (approved,)
