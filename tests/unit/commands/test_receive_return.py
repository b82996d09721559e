"""ReceiveReturn: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import (
    DuplicateLineId,
    EmptyOrder,
    Forbidden,
    OperationConflict,
    QuantityInvalid,
)
from domain.order_errors import LineNotFound
from domain.return_errors import (
    ReceivedQuantityExceeded,
    ReturnNotFound,
    ReturnStateConflict,
)
from domain.return_events import ReceivedLine, ReturnCondition, ReturnReceived
from tests.examples import CARRIER, CUSTOMER, SKU
from tests.return_examples import (
    APPROVED,
    DELIVERED,
    INSPECTED,
    RECEIVED,
    REQUESTED,
    RETURN,
    a_change_of_mind,
    a_closing,
    a_return_receipt,
    a_return_timer,
    came_back,
)
from tests.specification import given


def mugs_back(quantity: int, condition: ReturnCondition = ReturnCondition.UNOPENED) -> ReceivedLine:
    return ReceivedLine(line_id="1", sku=SKU, quantity=quantity, condition=condition)


def received(*lines: ReceivedLine, receipt_id: str = "receipt-1") -> ReturnReceived:
    return ReturnReceived(**RETURN, receipt_id=receipt_id, lines=lines)


def test_succeeds_with_all_at_once() -> None:
    given(*APPROVED).when(a_return_receipt()).then(received(mugs_back(2)))


def test_succeeds_with_one_after_the_other() -> None:
    first = a_return_receipt(lines=(came_back(quantity=1),))
    given(*APPROVED).when(first).then(received(mugs_back(1)))
    second = a_return_receipt(receipt_id="receipt-2", lines=(came_back(quantity=1),))
    given(*APPROVED, first).when(second).then(received(mugs_back(1), receipt_id="receipt-2"))


def test_succeeds_with_pieces_of_a_line_in_two_conditions() -> None:
    broken = came_back(quantity=1, condition=ReturnCondition.DAMAGED)
    wish = a_return_receipt(lines=(came_back(quantity=1), broken))
    given(*APPROVED).when(wish).then(received(mugs_back(1), mugs_back(1, ReturnCondition.DAMAGED)))


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*APPROVED).when(a_return_receipt(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(a_return_receipt()).then_refused(ReturnNotFound)


def test_refused_with_lines_that_are_not_right() -> None:
    for lines, error in (
        ((), EmptyOrder),
        ((came_back(quantity=0),), QuantityInvalid),
        ((came_back(quantity=1), came_back(quantity=1)), DuplicateLineId),
        ((came_back("2", 1),), LineNotFound),
    ):
        given(*APPROVED).when(a_return_receipt(lines=lines)).then_refused(error)


def test_refused_before_it_is_approved() -> None:
    refusal = given(*REQUESTED).when(a_return_receipt()).then_refused(ReturnStateConflict)
    assert refusal.current_state == "requested"


def test_refused_with_more_than_was_to_come_back() -> None:
    wish = a_return_receipt(lines=(came_back(quantity=3),))
    refusal = given(*APPROVED).when(wish).then_refused(ReceivedQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 3, "available": 2},)
    in_parts = (
        came_back(quantity=2),
        came_back(quantity=1, condition=ReturnCondition.OPENED),
    )
    wish = a_return_receipt(lines=in_parts)
    given(*APPROVED).when(wish).then_refused(ReceivedQuantityExceeded)
    again = a_return_receipt(receipt_id="receipt-2", lines=(came_back(quantity=1),))
    given(*RECEIVED).when(again).then_refused(ReceivedQuantityExceeded)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    for lines in (
        (came_back(quantity=1),),
        (came_back(condition=ReturnCondition.OPENED),),
        (),
    ):
        given(*RECEIVED).when(a_return_receipt(lines=lines)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_it_is_over() -> None:
    for past in (RECEIVED, INSPECTED, (*INSPECTED, a_closing())):
        given(*past).when(a_return_receipt()).then_nothing()


def test_raced_by_the_end_of_the_return_nothing_can_come_in() -> None:
    wish = a_return_receipt(receipt_id="receipt-2", lines=(came_back(quantity=1),))
    for past in (INSPECTED, (*APPROVED, a_change_of_mind()), (*APPROVED, a_return_timer())):
        given(*past).when(wish).then_refused(ReturnStateConflict)
