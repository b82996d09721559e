"""RecordBackorder: succeeds, refused, repeated, raced."""

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
from domain.order_events import OrderLinesBackordered
from domain.order_parts import LineQuantity
from tests.examples import CUSTOMER
from tests.order_examples import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    LATER,
    REJECTED,
    a_line_allocation,
    a_line_backorder,
    a_parcel,
    part,
    pieces,
)
from tests.specification import given


def backordered(*lines: LineQuantity, operation_id: str = "short-1") -> OrderLinesBackordered:
    return OrderLinesBackordered(**FACTS, operation_id=operation_id, lines=lines, expected_at=LATER)


def test_succeeds_with_pieces_that_are_allocated() -> None:
    given(*CONFIRMED).when(a_line_backorder()).then(backordered(pieces("1", 2)))
    both = a_line_backorder(lines=(part("2", 2), part("1", 4)))
    given(*CONFIRMED).when(both).then(backordered(pieces("2", 2), pieces("1", 4)))


def test_succeeds_twice_under_two_ids() -> None:
    again = a_line_backorder(operation_id="short-2")
    given(*CONFIRMED, a_line_backorder()).when(again).then(
        backordered(pieces("1", 2), operation_id="short-2")
    )


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(*CONFIRMED)
    past.when(a_line_backorder(lines=())).then_refused(EmptyOrder)
    past.when(a_line_backorder(lines=(part("1", 0),))).then_refused(QuantityInvalid)
    twice = (part("1", 1), part("1", 1))
    past.when(a_line_backorder(lines=twice)).then_refused(DuplicateLineId)
    past.when(a_line_backorder(lines=(part("x", 1),))).then_refused(LineNotFound)


def test_refused_with_more_pieces_than_are_allocated() -> None:
    wish = a_line_backorder(lines=(part("2", 3),))
    refusal = given(*CONFIRMED).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == ({"line_id": "2", "requested": 3, "available": 2},)


@pytest.mark.parametrize("past", [CANCELLING, CANCELLED, REJECTED, EXPIRED, COMPLETED])
def test_refused_when_the_order_is_about_to_be_cancelled_or_over(
    past: tuple[Command | Event, ...],
) -> None:
    given(*past).when(a_line_backorder()).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CONFIRMED).when(a_line_backorder(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_line_backorder()).then_refused(OrderNotFound)


def test_refused_with_an_operation_id_that_was_used_for_other_lines() -> None:
    wish = a_line_backorder(lines=(part("1", 1),))
    given(*CONFIRMED, a_line_backorder()).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_the_pieces_came() -> None:
    came = a_line_allocation(lines=(part("1", 2),))
    given(*CONFIRMED, a_line_backorder()).when(a_line_backorder()).then_nothing()
    given(*CONFIRMED, a_line_backorder(), came).when(a_line_backorder()).then_nothing()


def test_raced_by_the_parcel_what_has_left_is_not_missing() -> None:
    past = (*CONFIRMED, a_parcel())
    given(*past).when(a_line_backorder()).then_refused(LineQuantityExceeded)
