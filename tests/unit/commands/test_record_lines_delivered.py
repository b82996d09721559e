"""RecordLinesDelivered: succeeds, refused, repeated, raced."""

from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    OrderNotFound,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound, LineQuantityExceeded
from domain.order_events import OrderLinesDelivered
from domain.order_parts import LineQuantity
from tests.examples import CUSTOMER, a_cancellation
from tests.order_examples import (
    COMPLETED,
    CONFIRMED,
    DELIVERED,
    FACTS,
    LATER,
    PARTLY_SHIPPED,
    SHIPPED,
    a_finished_cancellation,
    a_parcel_delivery,
    a_second_delivery,
    part,
    pieces,
)
from tests.specification import given


def delivered(*lines: LineQuantity, shipment_id: str = "shipment-1") -> OrderLinesDelivered:
    return OrderLinesDelivered(**FACTS, shipment_id=shipment_id, lines=lines, delivered_at=LATER)


FIRST = delivered(pieces("1", 3), pieces("2", 2))


def test_succeeds_with_pieces_that_have_left() -> None:
    given(*PARTLY_SHIPPED).when(a_parcel_delivery()).then(FIRST)
    second = delivered(pieces("1", 1), pieces("2", 1), shipment_id="shipment-2")
    given(*SHIPPED, a_parcel_delivery()).when(a_second_delivery()).then(second)
    given(*SHIPPED).when(a_second_delivery()).then(second)


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(*PARTLY_SHIPPED)
    past.when(a_parcel_delivery(lines=())).then_refused(EmptyOrder)
    past.when(a_parcel_delivery(lines=(part("1", 0),))).then_refused(QuantityInvalid)
    twice = (part("1", 1), part("1", 1))
    past.when(a_parcel_delivery(lines=twice)).then_refused(DuplicateLineId)
    past.when(a_parcel_delivery(lines=(part("x", 1),))).then_refused(LineNotFound)


def test_refused_with_more_pieces_than_are_on_their_way() -> None:
    wish = a_parcel_delivery(lines=(part("1", 4), part("2", 2)))
    refusal = given(*PARTLY_SHIPPED).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 4, "available": 3},)
    given(*CONFIRMED).when(a_parcel_delivery()).then_refused(LineQuantityExceeded)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*PARTLY_SHIPPED).when(a_parcel_delivery(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_parcel_delivery()).then_refused(OrderNotFound)


def test_refused_when_the_parcel_was_counted_with_other_lines() -> None:
    wish = a_parcel_delivery(lines=(part("1", 3),))
    given(*DELIVERED).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*DELIVERED).when(a_parcel_delivery()).then_nothing()
    given(*COMPLETED).when(a_parcel_delivery()).then_nothing()


def test_raced_by_a_cancellation_of_the_rest_what_left_still_arrives() -> None:
    past = (*PARTLY_SHIPPED, a_cancellation())
    given(*past).when(a_parcel_delivery()).then(FIRST)
    given(*past, a_finished_cancellation()).when(a_parcel_delivery()).then(FIRST)
