"""RecordReturned: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    OrderNotFound,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound, ReturnQuantityExceeded
from domain.order_events import OrderLinesReturned
from domain.order_parts import PaymentFactKind, ReturnedLine
from domain.payment_errors import RefundExceedsCaptured
from tests.examples import CUSTOMER, SKU
from tests.order_examples import (
    BOOK,
    COMPLETED,
    DELIVERED,
    FACTS,
    RETURNING,
    a_payment_fact,
    a_return_end,
    a_return_request,
    accepted,
    an_accepted_return,
    pieces,
)
from tests.specification import given

TWO_MUGS = ReturnedLine(
    line_id="1",
    sku=SKU,
    quantity=2,
    value_minor=2_500,
    total_minor=2_449,
    written_off_quantity=1,
)
A_BOOK = ReturnedLine(line_id="2", sku=BOOK, quantity=1, value_minor=333, total_minor=349)
CAME_BACK = OrderLinesReturned(
    **FACTS, return_id="return-1", lines=(TWO_MUGS, A_BOOK), refund_due_minor=2_798
)


def test_succeeds_with_pieces_that_are_on_their_way_back() -> None:
    given(*RETURNING).when(an_accepted_return()).then(CAME_BACK)
    given(*COMPLETED, a_return_request()).when(an_accepted_return()).then(CAME_BACK)
    backwards = an_accepted_return(lines=(accepted("2", 1), accepted("1", 2, 1)))
    given(*RETURNING).when(backwards).then(CAME_BACK)


def test_succeeds_with_a_part_of_them_and_all_of_them_written_off() -> None:
    wish = an_accepted_return(lines=(accepted("1", 2, 2),), refund_due_minor=0)
    given(*RETURNING).when(wish).then(
        replace(CAME_BACK, lines=(replace(TWO_MUGS, written_off_quantity=2),), refund_due_minor=0)
    )


def test_the_next_pieces_of_a_line_are_worth_what_adds_up_to_the_line() -> None:
    """All four mugs are worth 4,899: the first two 2,449, the other two 2,450."""
    second = a_return_request(return_id="return-2", lines=(pieces("1", 2),))
    wish = an_accepted_return(return_id="return-2", lines=(accepted("1", 2),))
    given(*RETURNING, an_accepted_return(), second).when(wish).then(
        replace(
            CAME_BACK,
            return_id="return-2",
            lines=(replace(TWO_MUGS, total_minor=2_450, written_off_quantity=0),),
        )
    )


def test_refused_with_lines_that_are_not_right() -> None:
    past = given(*RETURNING)
    past.when(an_accepted_return(lines=())).then_refused(EmptyOrder)
    past.when(an_accepted_return(lines=(accepted("1", 0),))).then_refused(QuantityInvalid)
    twice = (accepted("1", 1), accepted("1", 1))
    past.when(an_accepted_return(lines=twice)).then_refused(DuplicateLineId)
    past.when(an_accepted_return(lines=(accepted("x", 1),))).then_refused(LineNotFound)


@pytest.mark.parametrize("written_off", [-1, 3])
def test_refused_with_more_pieces_written_off_than_came_back(written_off: int) -> None:
    wish = an_accepted_return(lines=(accepted("1", 2, written_off),))
    given(*RETURNING).when(wish).then_refused(QuantityInvalid)


@pytest.mark.parametrize("quantity", [3, 5])
def test_refused_with_more_pieces_than_are_on_their_way_back(quantity: int) -> None:
    wish = an_accepted_return(lines=(accepted("1", quantity), accepted("2", 1)))
    refusal = given(*RETURNING).when(wish).then_refused(ReturnQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": quantity, "available": 2},)
    given(*DELIVERED).when(an_accepted_return()).then_refused(ReturnQuantityExceeded)


def test_refused_with_a_refund_of_more_than_was_paid_and_not_given_back() -> None:
    wish = an_accepted_return(refund_due_minor=6_344)
    given(*RETURNING).when(wish).then_refused(RefundExceedsCaptured)
    past = (*RETURNING, a_payment_fact(PaymentFactKind.REFUNDED, 4_000))
    given(*past).when(an_accepted_return()).then_refused(RefundExceedsCaptured)
    less = an_accepted_return(refund_due_minor=2_343)
    given(*past).when(less).then(replace(CAME_BACK, refund_due_minor=2_343))


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*RETURNING).when(an_accepted_return(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(an_accepted_return()).then_refused(OrderNotFound)


def test_refused_when_the_return_was_counted_with_other_lines() -> None:
    wish = an_accepted_return(lines=(accepted("1", 1),))
    given(*RETURNING, an_accepted_return()).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_in_whatever_order_the_lines_stand() -> None:
    past = (*RETURNING, an_accepted_return())
    given(*past).when(an_accepted_return()).then_nothing()
    backwards = an_accepted_return(lines=(accepted("2", 1), accepted("1", 2, 1)))
    given(*past).when(backwards).then_nothing()


def test_raced_by_the_end_of_the_return_what_did_not_come_is_not_counted() -> None:
    past = (*RETURNING, a_return_end())
    given(*past).when(an_accepted_return()).then_refused(ReturnQuantityExceeded)
