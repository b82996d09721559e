"""What do the decisions about edits of orders share: whether one may be proposed, and its end?"""

from typing import NamedTuple

from commands.order_rules import lines_of, state_conflict
from domain.about_order import facts_of
from domain.allowed_commands import allowed_commands
from domain.line_parts import worth_of
from domain.order import Lifecycle, Order
from domain.order_edit import EditedContent, LineChange, PendingEdit
from domain.order_errors import (
    CancelInProgress,
    EditAlreadyDecided,
    EditInProgress,
    EditNotFound,
)
from domain.order_events import OrderEditRejected
from domain.order_operations import digest, edit_end
from domain.order_parts import OrderLine


def require_editable(order: Order) -> None:
    """Refuse changes of an order that is over, about to be cancelled, or about to be changed.

    Raises:
        CancelInProgress: somebody wants the order gone.
        OrderStateConflict: the order is over, or comes from elsewhere.
        EditInProgress: another change is not decided yet.
    """
    if order.lifecycle is Lifecycle.CANCELLING:
        raise CancelInProgress(
            f"order {order.order_number} is about to be cancelled",
            current_state=order.lifecycle,
            allowed_commands=allowed_commands(order),
        )
    if not order.is_open:
        raise state_conflict(order, "it cannot be changed")
    if order.is_imported:
        raise state_conflict(order, "what was imported is changed where it came from")
    require_no_edit(order)


def require_no_edit(order: Order) -> None:
    """Refuse what a proposed change of the order forbids.

    Raises:
        EditInProgress: a change is not decided yet.
    """
    if order.edit is not None:
        raise EditInProgress(f"the edit {order.edit.edit_id} is not decided yet")


def pending_edit(order: Order, edit_id: str, wanted: str) -> PendingEdit | None:
    """Answer the edit that is to be decided; None if it was decided like this.

    Raises:
        EditNotFound: nobody proposed it.
        EditAlreadyDecided: it was decided the other way.
    """
    if order.edit is not None and order.edit.edit_id == edit_id:
        return order.edit
    decided = order.operations.get(edit_end(edit_id))
    if decided is None:
        raise EditNotFound(f"the order has no edit {edit_id}")
    if decided != digest(edit_end(edit_id), wanted):
        raise EditAlreadyDecided(f"the edit {edit_id} was decided the other way")
    return None


def edit_ended(order: Order, reason: str) -> tuple[OrderEditRejected, ...]:
    """Write that a proposed change will not be made, if there is one."""
    if order.edit is None:
        return ()
    edit_id = order.edit.edit_id
    return (OrderEditRejected(**facts_of(order), edit_id=edit_id, reason=reason),)


def changes_of(order: Order, content: EditedContent) -> tuple[LineChange, ...]:
    """Tell which lines are not what they were. Shape: the wanted lines first, then those gone."""
    before = {line.line_id: _Pieces(line, progress.kept, 1) for line, progress in lines_of(order)}
    begun = {each.line_id for each in order.progress if each.shipped}
    after = {
        line.line_id: before[line.line_id]
        if line.line_id in begun
        else _Pieces(line, line.quantity, 1)
        for line in content.lines
    }
    found: list[LineChange] = []
    for line_id, known in (before | after).items():
        was = before.get(line_id, _Pieces(known.line, 0, 0))
        now = after.get(line_id, _Pieces(known.line, 0, 0))
        if was != now:
            found.append(_change(was, now))
    return tuple(found)


class _Pieces(NamedTuple):
    """So many pieces of a line; `lines` is 0 for a line that is not there."""

    line: OrderLine
    quantity: int
    lines: int


def _change(before: _Pieces, after: _Pieces) -> LineChange:
    was = worth_of(before.line, before.quantity)
    now = worth_of(after.line, after.quantity)
    return LineChange(
        line_id=after.line.line_id,
        sku=after.line.sku,
        name=after.line.name,
        lines=after.lines - before.lines,
        quantity=after.quantity - before.quantity,
        value_minor=now.gross_minor - was.gross_minor,
        discount_minor=now.discount_minor - was.discount_minor,
    )
