"""How does the fulfilment process keep an order's goods in the house?"""

from commands.fulfilment_step import FULFILMENT, Step
from commands.place_hold import PlaceHold
from domain.order_parts import HoldKind


def hold_for(step: Step, kind: HoldKind, what: str, reason: str) -> None:
    """Keep in the house what has not left."""
    step.send(
        PlaceHold(
            actor=FULFILMENT,
            asked_at=step.now,
            order_id=step.order_id,
            hold_id=step.derived_id("hold", kind, what),
            kind=kind,
            reason=reason,
        )
    )
