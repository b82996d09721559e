"""ReleaseHold: what the order was held for is cleared up."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_errors import HoldAlreadyReleased, HoldNotFound
from domain.order_events import OrderHoldReleased
from domain.order_parts import FreeTextPersonal, HoldDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Decide a hold; a rejected order is not delivered."""

    actor: Actor
    asked_at: datetime
    order_id: str
    hold_id: str
    decision: HoldDecision
    note: str | None = None


def release_hold(command: ReleaseHold, order: Order | None) -> tuple[OrderHoldReleased, ...]:
    """Release the hold, or nothing if it was released like this.

    Raises:
        Forbidden: only the shop releases holds.
        OrderNotFound: no such order.
        HoldNotFound: the order was never held under this id.
        HoldAlreadyReleased: it was decided the other way.
        OrderStateConflict: the order is over, held or not.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    hold = order.holds.get(command.hold_id)
    if hold is None:
        raise HoldNotFound(f"order {order.order_number} has no hold {command.hold_id}")
    if hold.decision is command.decision:
        return ()
    if hold.decision is not None:
        raise HoldAlreadyReleased(f"the hold was decided: {hold.decision}")
    if order.is_final:
        raise state_conflict(order, "nothing is held any more")
    note = command.note
    return (
        OrderHoldReleased(
            **facts_of(order),
            hold_id=command.hold_id,
            kind=hold.kind,
            decision=command.decision,
            personal=None if note is None else FreeTextPersonal(text=note),
        ),
    )
