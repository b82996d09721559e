"""ApplyEdit: the pieces and the money for a proposed edit are there, and the order changes."""

from dataclasses import dataclass
from datetime import datetime

from commands.edit_rules import changes_of, pending_edit
from commands.order_rules import lines_of, require_order_of_shop, state_conflict
from domain.about_order import facts_of
from domain.envelope import Actor
from domain.line_parts import totals_kept
from domain.order import Order
from domain.order_edit import PendingEdit
from domain.order_errors import EditNotAllowedAfterShipment
from domain.order_events import OrderEdited
from domain.order_operations import APPLIED
from domain.order_parts import LineQuantity
from domain.order_progress import edit_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyEdit:
    """Change the order as proposed, with what is there and what is promised of added pieces."""

    actor: Actor
    asked_at: datetime
    order_id: str
    edit_id: str
    allocations: tuple[LineQuantity, ...] = ()
    backorders: tuple[LineQuantity, ...] = ()


def apply_edit(command: ApplyEdit, order: Order | None) -> tuple[OrderEdited, ...]:
    """Change the order, or nothing if it was changed.

    Raises:
        Forbidden: only the shop does this.
        OrderNotFound: no such order.
        EditNotFound: nobody proposed the edit.
        EditAlreadyDecided: it was rejected.
        OrderStateConflict: the order is about to be cancelled, or over.
        EditNotAllowedAfterShipment: something that would change has left since.
    """
    order = require_order_of_shop(order, command.actor, command.order_id)
    edit = pending_edit(order, command.edit_id, APPLIED)
    if edit is None:
        return ()
    if not order.is_open:
        raise state_conflict(order, "it cannot be changed")
    _require_in_house(order, edit)
    return (
        OrderEdited(
            **facts_of(order),
            edit_id=edit.edit_id,
            changes=changes_of(order, edit.content),
            content=edit.content,
            totals_before=order.due_totals,
            totals_after=edit.totals,
            allocations=command.allocations,
            backorders=command.backorders,
        ),
    )


def _require_in_house(order: Order, edit: PendingEdit) -> None:
    """Refuse to change a line that has left since, or to bring back pieces that were cancelled."""
    content = edit.content
    wanted = {line.line_id: line for line in content.lines}
    has_left = any(
        progress.shipped and wanted.get(line.line_id) != line for line, progress in lines_of(order)
    )
    progress = edit_pieces(order.progress, content.lines)
    if has_left or totals_kept(content.lines, progress, content.shipping_lines) != edit.totals:
        raise EditNotAllowedAfterShipment("a line that would change has left the house")
