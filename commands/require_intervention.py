"""RequireIntervention: the process cannot react to something, and an operator has to look."""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import facts_of
from domain.envelope import Actor
from domain.fulfilment import Fulfilment
from domain.fulfilment_errors import FulfilmentNotFound
from domain.fulfilment_events import ManualInterventionRequired
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class RequireIntervention:
    """Say which step went wrong, and how."""

    actor: Actor
    asked_at: datetime
    order_id: str
    step: str
    last_error: str


def require_intervention(
    command: RequireIntervention, process: Fulfilment | None
) -> tuple[ManualInterventionRequired, ...]:
    """Call for help, or nothing if that was done.

    Raises:
        Forbidden: only the shop's programs call for help.
        FulfilmentNotFound: nobody carries this order out.
    """
    require_shop(command.actor)
    if process is None:
        raise FulfilmentNotFound(f"nobody carries order {command.order_id} out")
    if command.step in process.troubles:
        return ()
    return (
        ManualInterventionRequired(
            **facts_of(process),
            step=command.step,
            last_error=command.last_error,
            money_at_risk_minor=0,
        ),
    )
