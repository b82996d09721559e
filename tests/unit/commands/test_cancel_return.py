"""CancelReturn: succeeds, refused, repeated, raced."""

from dataclasses import replace

from domain.return_errors import ReturnNotFound, ReturnStateConflict
from domain.return_events import ReturnCancelled
from tests.examples import CARRIER, OTHER_CUSTOMER, STAFF
from tests.return_examples import (
    APPROVED,
    DELIVERED,
    INSPECTED,
    RECEIVED,
    REQUESTED,
    RETURN,
    a_change_of_mind,
    a_refusal,
    a_return_timer,
    accepted,
    given_up,
    returned_line,
)
from tests.shipment_examples import line_quantity
from tests.specification import given

CANCELLED = ReturnCancelled(**RETURN, lines=(line_quantity("1", 2),))


def test_succeeds_until_something_came_back_and_tells_the_order() -> None:
    for past in (REQUESTED, APPROVED):
        given(*past).when(a_change_of_mind()).then(CANCELLED, given_up())
        given(*past).when(a_change_of_mind(actor=STAFF)).then(CANCELLED, given_up())


def test_refused_when_there_is_no_return_of_his() -> None:
    given(*DELIVERED).when(a_change_of_mind()).then_refused(ReturnNotFound)
    for actor in (OTHER_CUSTOMER, CARRIER):
        given(*REQUESTED).when(a_change_of_mind(actor=actor)).then_refused(ReturnNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*REQUESTED, a_change_of_mind()).when(a_change_of_mind()).then_nothing()


def test_raced_by_what_came_back_it_goes_on() -> None:
    for past in (RECEIVED, INSPECTED):
        given(*past).when(a_change_of_mind()).then_refused(ReturnStateConflict)


def test_raced_by_another_end_it_is_over() -> None:
    for past in ((*REQUESTED, a_refusal()), (*APPROVED, a_return_timer())):
        given(*past).when(a_change_of_mind()).then_refused(ReturnStateConflict)


def test_raced_by_who_told_the_order_of_pieces_only_the_others_are_given_up() -> None:
    one = returned_line(quantity=1, value_minor=1_250, total_minor=1_250)
    told = replace(accepted(one, refund_due_minor=1_250), return_id="elsewhere")
    past = (*REQUESTED, told)
    given(*past).when(a_change_of_mind()).then(CANCELLED, given_up(line_quantity("1", 1)))
    both = replace(accepted(), return_id="elsewhere")
    given(*REQUESTED, both).when(a_change_of_mind()).then(CANCELLED)
