"""PlaceHold: something has to be cleared up before the goods leave."""

from dataclasses import dataclass
from datetime import datetime

from commands.order_rules import is_repeat, require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.order import Order
from domain.order_errors import AlreadyShipped
from domain.order_events import OrderHeld
from domain.order_operations import hold
from domain.order_parts import FreeTextPersonal, HoldKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold:
    """Hold the order; `hold_id` tells a repeat from a second hold."""

    actor: Actor
    asked_at: datetime
    order_id: str
    hold_id: str
    kind: HoldKind
    reason: str


def place_hold(command: PlaceHold, order: Order | None) -> tuple[OrderHeld, ...]:
    """Hold the order, or nothing if it was held under this id.

    Raises:
        Forbidden: only the shop holds orders.
        OrderNotFound: no such order.
        OperationConflict: the hold id was used for another hold.
        OrderStateConflict: the order is about to be cancelled, or over.
        AlreadyShipped: nothing is left in the house.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    if is_repeat(order, hold(command.hold_id), command.kind, command.reason):
        return ()
    if not order.is_open:
        raise state_conflict(order, "it cannot be held")
    if not order.unshipped:
        raise AlreadyShipped("everything has left the house")
    return (
        OrderHeld(
            **facts_of(order),
            hold_id=command.hold_id,
            kind=command.kind,
            personal=FreeTextPersonal(text=command.reason),
        ),
    )
