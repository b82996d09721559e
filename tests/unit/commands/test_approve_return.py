"""ApproveReturn: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import AmountInvalid, AmountOutOfRange, Forbidden
from domain.return_errors import ReturnNotFound, ReturnStateConflict
from tests.examples import CARRIER, CUSTOMER, DAY, SYSTEM
from tests.return_examples import (
    APPROVED,
    DELIVERED,
    INSPECTED,
    REQUESTED,
    SEND_BY,
    a_change_of_mind,
    a_closing,
    a_refusal,
    a_return_timer,
    an_approval,
    approved,
)
from tests.specification import given


def test_succeeds_with_its_terms_and_without_any() -> None:
    given(*REQUESTED).when(an_approval()).then(approved())
    terms = {"send_by": None, "label": None, "restocking_fee_minor": 150, "refunds_shipping": True}
    given(*REQUESTED).when(an_approval(actor=SYSTEM, **terms)).then(approved(**terms))


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*REQUESTED).when(an_approval(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_return() -> None:
    given(*DELIVERED).when(an_approval()).then_refused(ReturnNotFound)


def test_refused_with_no_fee_that_can_be() -> None:
    given(*REQUESTED).when(an_approval(restocking_fee_minor=-1)).then_refused(AmountInvalid)
    wish = an_approval(restocking_fee_minor=2**53)
    given(*REQUESTED).when(wish).then_refused(AmountOutOfRange)


def test_refused_on_other_terms_than_before() -> None:
    for other in (
        an_approval(send_by=SEND_BY + DAY),
        an_approval(label=None),
        an_approval(restocking_fee_minor=1),
        an_approval(refunds_shipping=True),
    ):
        given(*APPROVED).when(other).then_refused(ReturnStateConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_it() -> None:
    for past in (APPROVED, (*INSPECTED, a_closing()), (*APPROVED, a_return_timer())):
        given(*past).when(an_approval()).then_nothing()


def test_raced_by_a_refusal_or_a_change_of_mind_it_is_decided() -> None:
    refusal = given(*REQUESTED, a_refusal()).when(an_approval()).then_refused(ReturnStateConflict)
    assert refusal.current_state == "declined"
    past = (*REQUESTED, a_change_of_mind())
    given(*past).when(an_approval()).then_refused(ReturnStateConflict)
