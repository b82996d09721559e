"""ApplyEdit: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_edit import LineChange
from domain.order_errors import (
    EditAlreadyDecided,
    EditInProgress,
    EditNotAllowedAfterShipment,
    EditNotFound,
)
from domain.order_events import OrderEdited, OrderEditProposed, OrderEditRejected
from tests.edit_examples import (
    EDIT_ID,
    PEN,
    a_full_price_order,
    add_line,
    an_application,
    an_edit,
    an_edit_rejection,
    remove_line,
    set_quantity,
)
from tests.examples import CUSTOMER, SKU, a_cancellation, a_price, a_product, a_shop, an_activation
from tests.order_examples import (
    BOOKS,
    FACTS,
    a_confirmation,
    a_line_cancellation,
    a_parcel,
    a_rejection,
    an_order_expiry,
    part,
    pieces,
)
from tests.specification import Streams, given

FULL = a_full_price_order()
PENS = (a_product(sku=PEN), an_activation(sku=PEN), a_price(sku=PEN, price_id="pen"))
SOLD = (*a_shop(), *PENS, FULL)


def after(*past: Command | Event) -> Streams:
    streams = Streams()
    for step in past:
        if isinstance(step, Command):
            streams.carry_out(step)
        else:
            streams.record(step)
    return streams


def test_succeeds() -> None:
    streams = after(*SOLD)
    wish = an_edit(set_quantity("1", 2), remove_line("2"), add_line("3", PEN, 5))
    (proposed,) = streams.carry_out(wish)
    assert isinstance(proposed, OrderEditProposed)
    there = {"allocations": (pieces("1", 1),), "backorders": (pieces("1", 1),)}
    (edited,) = streams.carry_out(an_application(**there))
    assert edited == OrderEdited(
        **FACTS,
        edit_id=EDIT_ID,
        changes=(
            _change("1", SKU, "Blue mug", 0, -2, -2_500),
            _change("2", BOOKS.sku, "Book", -1, -3, -999),
            _change("3", PEN, "Blue mug", 1, 5, 6_250),
        ),
        content=proposed.content,
        totals_before=FULL.totals,
        totals_after=proposed.totals_after,
        allocations=(pieces("1", 1),),
        backorders=(pieces("1", 1),),
    )


def _change(
    line_id: str, sku: str, name: str, lines: int, quantity: int, value_minor: int
) -> LineChange:
    return LineChange(
        line_id=line_id,
        sku=sku,
        name=name,
        lines=lines,
        quantity=quantity,
        value_minor=value_minor,
        discount_minor=0,
    )


def test_repeated_has_nothing_to_do() -> None:
    given(*SOLD, an_edit(), an_application()).when(an_application()).then_nothing()


def test_refuses_an_edit_that_nobody_proposed_or_that_was_rejected() -> None:
    given(*SOLD).when(an_application()).then_refused(EditNotFound)
    given(*SOLD, an_edit()).when(an_application(edit_id="other")).then_refused(EditNotFound)
    rejected = (*SOLD, an_edit(), an_edit_rejection())
    given(*rejected).when(an_application()).then_refused(EditAlreadyDecided)


def test_refuses_everybody_but_the_shop() -> None:
    given(*SOLD, an_edit()).when(an_application(actor=CUSTOMER)).then_refused(Forbidden)
    given(*a_shop()).when(an_application()).then_refused(OrderNotFound)


def test_raced_by_a_parcel_with_what_would_change() -> None:
    left = (*SOLD, a_confirmation(), an_edit(base_version=2), a_parcel(lines=(part("1", 1),)))
    given(*left).when(an_application()).then_refused(EditNotAllowedAfterShipment)


def test_raced_by_a_parcel_with_something_else_it_succeeds() -> None:
    past = (*SOLD, a_confirmation(), an_edit(base_version=2), a_parcel(lines=(part("2", 1),)))
    (edited,) = after(*past).carry_out(an_application())
    assert isinstance(edited, OrderEdited)
    assert [change.line_id for change in edited.changes] == ["1"]


def test_raced_by_a_parcel_with_pieces_that_were_to_come_back() -> None:
    restored = (
        *SOLD,
        a_confirmation(),
        a_line_cancellation(lines=(part("1", 1),)),
        an_edit(set_quantity("1", 4), base_version=3),
        a_parcel(lines=(part("1", 1),)),
    )
    given(*restored).when(an_application()).then_refused(EditNotAllowedAfterShipment)


def test_an_order_that_ends_drops_its_edit() -> None:
    for wish in (a_cancellation(), a_rejection(), an_order_expiry()):
        streams = after(*SOLD, an_edit())
        rejected = streams.carry_out(wish)[0]
        assert isinstance(rejected, OrderEditRejected)
        with pytest.raises(EditAlreadyDecided):
            streams.decide(an_application())


def test_refuses_an_order_that_is_over() -> None:
    """Whatever ends an order drops its edit; were it not so, the order would stay as it is."""
    streams = after(*SOLD, an_edit())
    streams.record(streams.decide(a_cancellation())[1])
    with pytest.raises(OrderStateConflict):
        streams.decide(an_application())


def test_an_order_with_an_edit_is_neither_confirmed_nor_cancelled_in_part() -> None:
    given(*SOLD, an_edit()).when(a_confirmation()).then_refused(EditInProgress)
    given(*SOLD, an_edit()).when(a_line_cancellation()).then_refused(EditInProgress)
