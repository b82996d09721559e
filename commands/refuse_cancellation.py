"""RefuseCancellation: there was nothing left of the order that could be stopped."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Lifecycle, Order
from domain.order_events import OrderCancellationRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseCancellation:
    """Let the order go on."""

    actor: Actor
    asked_at: datetime
    order_id: str
    cancellation_id: str
    reason: str


def refuse_cancellation(
    command: RefuseCancellation, order: Order | None
) -> tuple[OrderCancellationRefused, ...]:
    """Refuse the cancellation that is under way, or nothing if that was done.

    Raises:
        Forbidden: customers ask for a cancellation, the shop decides.
        OrderNotFound: no such order.
        OrderStateConflict: this cancellation is not under way.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if command.cancellation_id in order.refused_cancellations:
        return ()
    wish = order.cancellation
    is_under_way = order.lifecycle is Lifecycle.CANCELLING
    if wish is None or wish.cancellation_id != command.cancellation_id or not is_under_way:
        raise state_conflict(order, "no such cancellation is under way")
    return (
        OrderCancellationRefused(
            **facts_of(order), cancellation_id=wish.cancellation_id, reason=command.reason
        ),
    )
