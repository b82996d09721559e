"""CancelOrder: the order, or what has not left yet of it, shall not be delivered."""

from dataclasses import dataclass
from datetime import datetime

from commands.cancellation_rules import cancellation, is_known_cancellation
from commands.edit_rules import edit_ended
from commands.order_rules import state_conflict
from domain.envelope import Actor
from domain.errors import OperationConflict
from domain.order import Order
from domain.order_errors import AlreadyShipped
from domain.order_events import (
    OrderCancellationRequested,
    OrderCancelled,
    OrderEditRejected,
    OrderLinesCancelled,
)
from domain.order_operations import line_cancellation
from domain.order_parts import CancellationReason
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel what has not left yet; `cancellation_id` tells a repeat from a second wish.

    `all_or_nothing`: refuse if a part of it has left.
    """

    actor: Actor
    asked_at: datetime
    order_id: str
    cancellation_id: str
    reason_code: CancellationReason
    note: str | None = None
    all_or_nothing: bool = False


def cancel_order(
    command: CancelOrder, order: Order | None
) -> tuple[
    OrderEditRejected | OrderCancellationRequested | OrderCancelled | OrderLinesCancelled, ...
]:
    """Request the cancellation; the fulfilment process undoes what was reserved and paid.

    An edit that is not decided yet is rejected first. An imported order has no process: nothing was
    reserved for it, and it is cancelled at once. The same cancellation again: nothing.

    Raises:
        OrderNotFound: unknown, or another customer's.
        OperationConflict: single lines were cancelled under this id.
        OrderStateConflict: another cancellation is under way, or the order is over.
        AlreadyShipped: everything has left, or a part of what was to be cancelled as a whole.
    """
    order = require_order(order, command.actor, command.order_id)
    if is_known_cancellation(order, command.cancellation_id):
        return ()
    if line_cancellation(command.cancellation_id) in order.operations:
        raise OperationConflict("single lines were cancelled under this id")
    if not order.is_open:
        raise state_conflict(order, "it cannot be cancelled")
    if not order.unshipped or (command.all_or_nothing and order.has_shipped):
        raise AlreadyShipped("it has left the house; ask for a return")
    return (
        *edit_ended(order, "cancelled"),
        *cancellation(
            order,
            cancellation_id=command.cancellation_id,
            reason_code=command.reason_code,
            actor=command.actor,
            note=command.note,
        ),
    )
