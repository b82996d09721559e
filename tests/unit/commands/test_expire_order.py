"""ExpireOrder: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound, OrderStateConflict
from domain.events import Event
from domain.order_events import OrderExpired
from tests.examples import CUSTOMER, MINUTE
from tests.order_examples import (
    ALL_CANCELLED,
    CANCELLED,
    CANCELLING,
    COMPLETED,
    CONFIRMED,
    EXPIRED,
    FACTS,
    LATER,
    PAY_BY,
    REJECTED,
    TOTALS,
    a_hold,
    a_large_order,
    an_order_expiry,
)
from tests.specification import given

ALL_EXPIRED = OrderExpired(**FACTS, deadline=PAY_BY, lines=ALL_CANCELLED, totals=TOTALS)


def test_succeeds_at_the_deadline_and_later() -> None:
    given(a_large_order()).when(an_order_expiry()).then(ALL_EXPIRED)
    given(a_large_order(), a_hold()).when(an_order_expiry(asked_at=LATER)).then(ALL_EXPIRED)


def test_has_nothing_to_do_before_the_deadline() -> None:
    early = an_order_expiry(asked_at=PAY_BY - MINUTE)
    given(a_large_order()).when(early).then_nothing()
    given(*CONFIRMED).when(early).then_nothing()


@pytest.mark.parametrize("past", [CONFIRMED, CANCELLING, COMPLETED, CANCELLED, REJECTED])
def test_refused_when_the_order_is_not_pending(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(an_order_expiry()).then_refused(OrderStateConflict)


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(a_large_order()).when(an_order_expiry(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(an_order_expiry()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*EXPIRED).when(an_order_expiry()).then_nothing()
    given(*EXPIRED).when(an_order_expiry(deadline=LATER, asked_at=LATER)).then_nothing()


def test_raced_by_a_later_deadline_the_one_that_comes_counts() -> None:
    wish = an_order_expiry(deadline=LATER, asked_at=LATER)
    given(a_large_order()).when(wish).then(replace(ALL_EXPIRED, deadline=LATER))
