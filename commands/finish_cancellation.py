"""FinishCancellation: what was reserved and paid is undone, and the order is gone."""

from dataclasses import dataclass
from datetime import datetime

from commands.cancellation_rules import cancellation_finished
from commands.order_rules import require_order_of_shop, state_conflict
from domain.envelope import Actor
from domain.order import Lifecycle, Order
from domain.order_events import OrderCancelled, OrderLinesCancelled
from domain.order_operations import rest_cancellation
from domain.order_parts import LineQuantity


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishCancellation:
    """Finish a cancellation. Units: minor units of the order's currency."""

    actor: Actor
    asked_at: datetime
    order_id: str
    cancellation_id: str
    released: tuple[LineQuantity, ...] = ()
    voided_minor: int = 0
    refunded_minor: int = 0


def finish_cancellation(
    command: FinishCancellation, order: Order | None
) -> tuple[OrderCancelled | OrderLinesCancelled, ...]:
    """End the order; where a part of it has left, cancel the rest and let it go on.

    Raises:
        Forbidden: customers ask for a cancellation, the shop finishes it.
        OrderNotFound: no such order.
        OrderStateConflict: this cancellation is not under way.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if rest_cancellation(command.cancellation_id) in order.operations:
        return ()
    wish = order.cancellation
    if wish is None or wish.cancellation_id != command.cancellation_id:
        raise state_conflict(order, "no such cancellation is under way")
    if order.lifecycle is Lifecycle.CANCELLED:
        return ()
    return (
        cancellation_finished(
            order,
            wish,
            released=command.released,
            voided_minor=command.voided_minor,
            refunded_minor=command.refunded_minor,
        ),
    )
