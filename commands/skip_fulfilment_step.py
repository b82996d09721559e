"""SkipFulfilmentStep: an operator has seen to a step otherwise."""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import facts_of
from domain.envelope import Actor
from domain.fulfilment import Fulfilment
from domain.fulfilment_errors import FulfilmentNotFound, StepNotStuck
from domain.fulfilment_events import FulfilmentStepSkipped
from domain.order_parts import FreeTextPersonal
from domain.permissions import require_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipFulfilmentStep:
    """Go on without a step that the process gave up."""

    actor: Actor
    asked_at: datetime
    order_id: str
    step: str
    reason: str


def skip_fulfilment_step(
    command: SkipFulfilmentStep, process: Fulfilment | None
) -> tuple[FulfilmentStepSkipped, ...]:
    """Note it, so that the process reacts.

    Raises:
        Forbidden: only the shop sees to its orders.
        FulfilmentNotFound: nobody carries this order out.
        StepNotStuck: the process does not wait for anybody with this step.
    """
    require_shop(command.actor)
    if process is None:
        raise FulfilmentNotFound(f"nobody carries order {command.order_id} out")
    if command.step not in process.troubles:
        raise StepNotStuck(f"the process does not wait with {command.step!r}")
    return (
        FulfilmentStepSkipped(
            **facts_of(process),
            step=command.step,
            personal=FreeTextPersonal(text=command.reason),
        ),
    )
