"""AddNote: somebody has something to say about an order."""

from dataclasses import dataclass
from datetime import datetime

from domain.about_order import facts_of
from domain.envelope import Actor
from domain.errors import Forbidden, OperationConflict
from domain.order import Order, note_of
from domain.order_events import OrderNoteAdded
from domain.order_parts import FreeTextPersonal, NoteVisibility
from domain.permissions import require_order, speaks_for_shop


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """Add a note, whatever state the order is in."""

    actor: Actor
    asked_at: datetime
    order_id: str
    note_id: str
    text: str
    visibility: NoteVisibility


def add_note(command: AddNote, order: Order | None) -> tuple[OrderNoteAdded, ...]:
    """Add the note, or nothing if it was added.

    Raises:
        OrderNotFound: unknown, or another customer's.
        Forbidden: only the shop writes internal notes.
        OperationConflict: the note id was used for another note.
    """
    order = require_order(order, command.actor, command.order_id)
    if command.visibility is NoteVisibility.INTERNAL and not speaks_for_shop(command.actor):
        raise Forbidden("only the shop writes internal notes")
    known = order.notes.get(command.note_id)
    if known == note_of(order.order_id, command.text, command.visibility):
        return ()
    if known is not None:
        raise OperationConflict(f"note id {command.note_id} was used for another note")
    return (
        OrderNoteAdded(
            **facts_of(order),
            note_id=command.note_id,
            visibility=command.visibility,
            personal=FreeTextPersonal(text=command.text),
        ),
    )
