"""ReleaseHold: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_errors import HoldAlreadyReleased, HoldNotFound
from domain.order_events import OrderHoldReleased
from domain.order_parts import FreeTextPersonal, HoldDecision, HoldKind
from tests.examples import CUSTOMER, a_cancellation
from tests.order_examples import (
    CONFIRMED,
    FACTS,
    SHIPPED,
    a_finished_cancellation,
    a_hold,
    a_hold_release,
    a_large_order,
    a_rejection,
    an_order_expiry,
)
from tests.specification import given

PAST = (a_large_order(), a_hold())
RELEASED = OrderHoldReleased(
    **FACTS,
    hold_id="hold-1",
    kind=HoldKind.FRAUD,
    decision=HoldDecision.APPROVE,
    personal=FreeTextPersonal(text="called her"),
)
ENDS: list[tuple[Command | Event, ...]] = [
    (a_rejection(),),
    (an_order_expiry(),),
    (a_cancellation(), a_finished_cancellation()),
]


def test_succeeds_either_way_and_without_a_note() -> None:
    given(*PAST).when(a_hold_release()).then(RELEASED)
    rejected = a_hold_release(decision=HoldDecision.REJECT, note=None)
    given(*PAST).when(rejected).then(replace(RELEASED, decision=HoldDecision.REJECT, personal=None))


def test_succeeds_when_everything_has_left_meanwhile_and_while_it_is_being_cancelled() -> None:
    given(*CONFIRMED, a_hold(), *SHIPPED[len(CONFIRMED) :]).when(a_hold_release()).then(RELEASED)
    given(*PAST, a_cancellation()).when(a_hold_release()).then(RELEASED)


def test_refused_for_an_unknown_hold() -> None:
    given(*PAST).when(a_hold_release(hold_id="x")).then_refused(HoldNotFound)
    given(a_large_order()).when(a_hold_release()).then_refused(HoldNotFound)


@pytest.mark.parametrize("end", ENDS)
def test_refused_when_the_order_is_over(end: tuple[Command | Event, ...]) -> None:
    refusal = given(*PAST, *end).when(a_hold_release()).then_refused(OrderStateConflict)
    assert refusal.allowed_commands == ("add-note",)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*PAST).when(a_hold_release(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_hold_release()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, a_hold_release()).when(a_hold_release()).then_nothing()
    given(*PAST, a_hold_release()).when(a_hold_release(note="again")).then_nothing()
    given(*PAST, a_hold_release(), a_rejection()).when(a_hold_release()).then_nothing()


def test_raced_by_the_other_decision_the_first_one_counts() -> None:
    rejected = a_hold_release(decision=HoldDecision.REJECT)
    given(*PAST, a_hold_release()).when(rejected).then_refused(HoldAlreadyReleased)
