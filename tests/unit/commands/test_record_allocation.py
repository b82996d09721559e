"""RecordAllocation: succeeds, refused, repeated, raced."""

import pytest

from commands.registry import Command
from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    OrderNotFound,
    OrderStateConflict,
    QuantityInvalid,
)
from domain.events import Event
from domain.order_errors import LineNotFound, LineQuantityExceeded
from domain.order_events import OrderLinesAllocated
from domain.order_parts import LineQuantity
from tests.examples import CUSTOMER
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    REJECTED,
    a_line_allocation,
    a_line_backorder,
    a_line_cancellation,
    a_parcel,
    part,
    pieces,
)
from tests.specification import given


def allocated(*lines: LineQuantity) -> OrderLinesAllocated:
    return OrderLinesAllocated(**FACTS, operation_id="fill-1", lines=lines)


def test_succeeds_with_pieces_that_are_promised() -> None:
    given(*CONFIRMED).when(a_line_allocation()).then(allocated(pieces("2", 1)))
    past = (*CONFIRMED, a_line_backorder())
    both = a_line_allocation(lines=(part("2", 1), part("1", 1)))
    given(*past).when(both).then(allocated(pieces("2", 1), pieces("1", 1)))


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(*CONFIRMED)
    past.when(a_line_allocation(lines=())).then_refused(EmptyOrder)
    past.when(a_line_allocation(lines=(part("2", -1),))).then_refused(QuantityInvalid)
    twice = (part("2", 1), part("2", 1))
    past.when(a_line_allocation(lines=twice)).then_refused(DuplicateLineId)
    past.when(a_line_allocation(lines=(part("x", 1),))).then_refused(LineNotFound)


def test_refused_with_more_pieces_than_are_promised() -> None:
    wish = a_line_allocation(lines=(part("2", 2), part("1", 1)))
    refusal = given(*CONFIRMED).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == (
        {"line_id": "2", "requested": 2, "available": 1},
        {"line_id": "1", "requested": 1, "available": 0},
    )


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED])
def test_refused_when_the_order_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_line_allocation()).then_refused(OrderStateConflict)
    other = a_line_allocation(operation_id="fill-2")
    given(*COMPLETED).when(other).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CONFIRMED).when(a_line_allocation(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_line_allocation()).then_refused(OrderNotFound)


def test_refused_with_an_operation_id_that_was_used_for_other_lines() -> None:
    past = (*CONFIRMED, a_line_backorder(), a_line_allocation())
    wish = a_line_allocation(lines=(part("1", 1),))
    given(*past).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_the_pieces_have_left() -> None:
    past = (*CONFIRMED, a_line_allocation())
    given(*past).when(a_line_allocation()).then_nothing()
    gone = (*past, a_parcel(lines=(part("2", 3),)))
    given(*gone).when(a_line_allocation()).then_nothing()
    given(*COMPLETED).when(a_line_allocation()).then_nothing()


def test_raced_by_a_cancellation_promised_pieces_are_given_up_first() -> None:
    """Two of the three books go: the promised one, and one of those that are there."""
    past = (*CONFIRMED, a_line_cancellation())
    given(*past).when(a_line_allocation()).then_refused(LineQuantityExceeded)
