"""ReleaseCredit: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.return_errors import ReturnNotFound, ReturnStateConflict
from domain.return_events import ReturnCreditReleased, ReturnCreditUsed
from tests.examples import CARRIER, CUSTOMER, SYSTEM
from tests.return_examples import (
    CREDITED,
    DELIVERED,
    INSPECTED,
    RECEIVED_FOR_CREDIT,
    RETURN,
    a_closing,
    a_credit_release,
)
from tests.specification import given

USED = ReturnCreditUsed(**RETURN, used_by="o2", amount_minor=2_000, rest_minor=500)


def test_succeeds_for_staff_and_for_the_timer() -> None:
    released = ReturnCreditReleased(**RETURN, amount_minor=2_500)
    given(*CREDITED).when(a_credit_release()).then(released)
    given(*CREDITED).when(a_credit_release(actor=SYSTEM)).then(released)


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refuses_whoever_is_not_the_shop(actor: object) -> None:
    given(*CREDITED).when(a_credit_release(actor=actor)).then_refused(Forbidden)


def test_refuses_a_return_that_does_not_exist() -> None:
    given(*DELIVERED).when(a_credit_release()).then_refused(ReturnNotFound)


def test_refuses_what_was_not_inspected() -> None:
    given(*RECEIVED_FOR_CREDIT).when(a_credit_release()).then_refused(ReturnStateConflict)


def test_a_repeat_has_nothing_to_do_also_after_the_end() -> None:
    given(*CREDITED, a_credit_release()).when(a_credit_release()).then_nothing()
    past = (*CREDITED, a_credit_release(), a_closing())
    given(*past).when(a_credit_release()).then_nothing()


def test_a_return_that_gives_money_back_has_no_credit() -> None:
    given(*INSPECTED).when(a_credit_release()).then_nothing()


def test_an_order_that_took_the_credit_in_this_moment_keeps_it() -> None:
    given(*CREDITED, USED).when(a_credit_release()).then_nothing()
