"""RecordShipped: succeeds, refused, repeated, raced."""

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
from domain.order_events import OrderLinesShipped
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
    SHIPPED,
    a_large_order,
    a_line_allocation,
    a_line_cancellation,
    a_parcel,
    a_second_parcel,
    part,
    pieces,
)
from tests.specification import given


def shipped(*lines: LineQuantity, shipment_id: str = "shipment-1") -> OrderLinesShipped:
    return OrderLinesShipped(**FACTS, shipment_id=shipment_id, lines=lines)


def test_succeeds_with_pieces_that_are_allocated() -> None:
    given(*CONFIRMED).when(a_parcel()).then(shipped(pieces("1", 3), pieces("2", 2)))
    past = (*CONFIRMED, a_line_allocation(), a_parcel())
    rest = shipped(pieces("1", 1), pieces("2", 1), shipment_id="shipment-2")
    given(*past).when(a_second_parcel()).then(rest)


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(*CONFIRMED)
    past.when(a_parcel(lines=())).then_refused(EmptyOrder)
    past.when(a_parcel(lines=(part("1", 0),))).then_refused(QuantityInvalid)
    past.when(a_parcel(lines=(part("1", 1), part("1", 1)))).then_refused(DuplicateLineId)
    past.when(a_parcel(lines=(part("x", 1),))).then_refused(LineNotFound)


def test_refused_with_more_pieces_than_are_allocated() -> None:
    refusal = (
        given(*CONFIRMED)
        .when(a_parcel(lines=(part("1", 4), part("2", 3))))
        .then_refused(LineQuantityExceeded)
    )
    assert refusal.items == ({"line_id": "2", "requested": 3, "available": 2},)


@pytest.mark.parametrize(
    "past", [(a_large_order(),), CANCELLING, CANCELLED, REJECTED, EXPIRED, COMPLETED]
)
def test_refused_when_the_order_is_not_confirmed(past: tuple[Command | Event, ...]) -> None:
    wish = a_parcel(shipment_id="shipment-3")
    given(*past).when(wish).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CONFIRMED).when(a_parcel(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_parcel()).then_refused(OrderNotFound)


def test_refused_when_the_parcel_was_counted_with_other_lines() -> None:
    wish = a_parcel(lines=(part("1", 1),))
    given(*CONFIRMED, a_parcel()).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_in_whatever_order_the_lines_stand() -> None:
    given(*CONFIRMED, a_parcel()).when(a_parcel()).then_nothing()
    backwards = a_parcel(lines=(part("2", 2), part("1", 3)))
    given(*CONFIRMED, a_parcel()).when(backwards).then_nothing()
    given(*COMPLETED).when(a_parcel()).then_nothing()


def test_raced_by_a_cancellation_less_can_leave() -> None:
    past = (*CONFIRMED, a_line_cancellation())
    given(*past).when(a_parcel()).then_refused(LineQuantityExceeded)
    given(*SHIPPED).when(a_parcel(shipment_id="3")).then_refused(LineQuantityExceeded)
