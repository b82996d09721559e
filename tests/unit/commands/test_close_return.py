"""CloseReturn: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.return_errors import ReturnNotFound, ReturnStateConflict
from domain.return_events import ReturnClosed
from tests.examples import CARRIER, CUSTOMER, SYSTEM
from tests.return_examples import (
    APPROVED,
    CREDITED,
    DELIVERED,
    INSPECTED,
    RECEIVED,
    REQUESTED,
    RETURN,
    a_change_of_mind,
    a_closing,
    a_credit_release,
    a_refusal,
    a_return_receipt,
    a_return_request,
    an_approval,
    an_inspection,
    came_back,
    given_up,
    judged,
    unwanted,
)
from tests.shipment_examples import line_quantity
from tests.specification import given

CLOSED = ReturnClosed(**RETURN)


def test_succeeds_with_nothing_to_tell_when_all_was_accepted() -> None:
    given(*INSPECTED).when(a_closing(actor=SYSTEM)).then(CLOSED)


def test_tells_the_order_of_what_was_refused() -> None:
    past = (*RECEIVED, an_inspection(lines=(judged(accepted=1, rejected=1),)))
    given(*past).when(a_closing()).then(CLOSED, given_up(line_quantity("1", 1)))
    past = (*RECEIVED, an_inspection(lines=(judged(accepted=0, rejected=2),)))
    given(*past).when(a_closing()).then(CLOSED, given_up(line_quantity("1", 2)))


def test_tells_the_order_of_what_did_not_come_back() -> None:
    past = (
        *DELIVERED,
        a_return_request(lines=(unwanted("2", 1), unwanted("1", 4))),
        an_approval(),
        a_return_receipt(lines=(came_back(quantity=3),)),
        an_inspection(lines=(judged(accepted=3),)),
    )
    given(*past).when(a_closing()).then(
        CLOSED, given_up(line_quantity("2", 1), line_quantity("1", 1))
    )


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*INSPECTED).when(a_closing(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(a_closing()).then_refused(ReturnNotFound)


def test_refused_before_it_is_inspected() -> None:
    for past in (REQUESTED, APPROVED, RECEIVED):
        given(*past).when(a_closing()).then_refused(ReturnStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*INSPECTED, a_closing()).when(a_closing()).then_nothing()


def test_raced_by_another_end_it_cannot_be_closed() -> None:
    for end in (a_refusal(), a_change_of_mind()):
        given(*REQUESTED, end).when(a_closing()).then_refused(ReturnStateConflict)


def test_refuses_while_its_credit_is_open() -> None:
    conflict = given(*CREDITED).when(a_closing()).then_refused(ReturnStateConflict)
    assert conflict.current_state == "inspected"
    given(*CREDITED, a_credit_release()).when(a_closing()).then(CLOSED)
