"""AddNote: succeeds, refused, repeated."""

from domain.errors import Forbidden, OperationConflict, OrderNotFound
from domain.order_events import OrderNoteAdded
from domain.order_parts import FreeTextPersonal, NoteVisibility
from tests.examples import (
    CARRIER,
    CUSTOMER_ID,
    NOW,
    ORDER_ID,
    OTHER_CUSTOMER,
    STAFF,
    a_cancellation,
    a_note,
    a_placed_order,
)
from tests.specification import given


def the_note(note_id: str, text: str, visibility: NoteVisibility) -> OrderNoteAdded:
    return OrderNoteAdded(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=NOW,
        note_id=note_id,
        visibility=visibility,
        personal=FreeTextPersonal(text=text),
    )


def test_succeeds_in_every_state() -> None:
    added = the_note(a_note().note_id, "Please ring twice", NoteVisibility.CUSTOMER)
    given(a_placed_order()).when(a_note()).then(added)
    given(a_placed_order(), a_cancellation()).when(a_note()).then(added)


def test_succeeds_for_a_second_note_with_the_same_text() -> None:
    given(a_placed_order(), a_note()).when(a_note(note_id="second")).then(
        the_note("second", "Please ring twice", NoteVisibility.CUSTOMER)
    )


def test_succeeds_internally_for_the_shop() -> None:
    given(a_placed_order()).when(
        a_note(actor=STAFF, note_id="n", text="Rude", visibility=NoteVisibility.INTERNAL)
    ).then(the_note("n", "Rude", NoteVisibility.INTERNAL))


def test_repeated_has_nothing_to_do() -> None:
    given(a_placed_order(), a_note()).when(a_note()).then_nothing()
    given(a_placed_order(), a_note(), a_cancellation()).when(a_note()).then_nothing()


def test_refuses_a_note_id_that_was_used_for_another_note() -> None:
    past = (a_placed_order(), a_note())
    given(*past).when(a_note(text="Ring once")).then_refused(OperationConflict)
    given(*past).when(a_note(actor=STAFF, visibility=NoteVisibility.INTERNAL)).then_refused(
        OperationConflict
    )


def test_refuses_internal_notes_of_a_customer() -> None:
    given(a_placed_order()).when(a_note(visibility=NoteVisibility.INTERNAL)).then_refused(Forbidden)


def test_refuses_an_unknown_order() -> None:
    given().when(a_note(actor=STAFF)).then_refused(OrderNotFound)


def test_refuses_strangers_as_if_there_were_no_order() -> None:
    for actor in (OTHER_CUSTOMER, CARRIER):
        given(a_placed_order()).when(a_note(actor=actor)).then_refused(OrderNotFound)
