"""DeclineReturn: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.return_errors import ReturnNotFound, ReturnStateConflict
from domain.return_events import ReturnDeclined
from tests.examples import CARRIER, CUSTOMER
from tests.return_examples import (
    APPROVED,
    DELIVERED,
    REQUESTED,
    RETURN,
    a_change_of_mind,
    a_refusal,
    a_return_request,
    given_up,
    noted,
    unwanted,
)
from tests.shipment_examples import line_quantity
from tests.specification import given

DECLINED = ReturnDeclined(**RETURN, personal=noted("used for years"))


def test_succeeds_and_tells_the_order() -> None:
    given(*REQUESTED).when(a_refusal()).then(DECLINED, given_up())
    wish = a_return_request(lines=(unwanted("2", 1), unwanted("1", 4)))
    given(*DELIVERED, wish).when(a_refusal()).then(
        DECLINED, given_up(line_quantity("2", 1), line_quantity("1", 4))
    )


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*REQUESTED).when(a_refusal(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(a_refusal()).then_refused(ReturnNotFound)


def test_refused_after_an_approval() -> None:
    given(*APPROVED).when(a_refusal()).then_refused(ReturnStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*REQUESTED, a_refusal()).when(a_refusal()).then_nothing()
    given(*REQUESTED, a_refusal()).when(a_refusal(reason="broken")).then_nothing()


def test_raced_by_a_change_of_mind_there_is_nothing_to_decline() -> None:
    past = (*REQUESTED, a_change_of_mind())
    given(*past).when(a_refusal()).then_refused(ReturnStateConflict)
