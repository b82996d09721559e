"""RejectEdit: a proposed edit shall not be made."""

from dataclasses import dataclass
from datetime import datetime

from commands.edit_rules import edit_ended, pending_edit
from domain.envelope import Actor
from domain.order import Order
from domain.order_events import OrderEditRejected
from domain.order_operations import REJECTED
from domain.permissions import require_order


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectEdit:
    """Leave the order as it is; `reason` is for programs and people, and names nobody."""

    actor: Actor
    asked_at: datetime
    order_id: str
    edit_id: str
    reason: str


def reject_edit(command: RejectEdit, order: Order | None) -> tuple[OrderEditRejected, ...]:
    """Reject the edit, or nothing if it was rejected.

    Raises:
        OrderNotFound: unknown, or another customer's.
        EditNotFound: nobody proposed it.
        EditAlreadyDecided: it was applied.
    """
    order = require_order(order, command.actor, command.order_id)
    if pending_edit(order, command.edit_id, REJECTED) is None:
        return ()
    return edit_ended(order, command.reason)
