"""ExpireReturn: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.return_errors import ReturnNotFound, ReturnStateConflict
from domain.return_events import ReturnExpired
from tests.examples import CARRIER, CUSTOMER, DAY, MINUTE
from tests.return_examples import (
    APPROVED,
    DELIVERED,
    INSPECTED,
    RECEIVED,
    REQUESTED,
    RETURN,
    SEND_BY,
    a_change_of_mind,
    a_return_timer,
    an_approval,
    given_up,
)
from tests.shipment_examples import line_quantity
from tests.specification import given

EXPIRED = ReturnExpired(**RETURN, lines=(line_quantity("1", 2),))


def test_succeeds_when_its_time_is_over_and_not_before() -> None:
    given(*APPROVED).when(a_return_timer()).then(EXPIRED, given_up())
    given(*APPROVED).when(a_return_timer(at=SEND_BY + DAY)).then(EXPIRED, given_up())
    given(*APPROVED).when(a_return_timer(at=SEND_BY - MINUTE)).then_nothing()


def test_what_may_be_sent_at_any_time_does_not_expire() -> None:
    past = (*REQUESTED, an_approval(send_by=None))
    given(*past).when(a_return_timer(at=SEND_BY + 999 * DAY)).then_nothing()


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*APPROVED).when(a_return_timer(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(a_return_timer()).then_refused(ReturnNotFound)


def test_refused_before_it_is_approved() -> None:
    given(*REQUESTED).when(a_return_timer()).then_refused(ReturnStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*APPROVED, a_return_timer()).when(a_return_timer()).then_nothing()


def test_raced_by_what_came_back_it_goes_on() -> None:
    for past in (RECEIVED, INSPECTED, (*APPROVED, a_change_of_mind())):
        given(*past).when(a_return_timer()).then_refused(ReturnStateConflict)
