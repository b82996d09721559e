"""FlagStuck: succeeds, refused, repeated, raced."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OrderNotFound
from domain.events import Event
from domain.order_events import OrderFlaggedOverdue
from tests.examples import CUSTOMER, DAY, NOW
from tests.order_examples import CANCELLING, COMPLETED, CONFIRMED, FACTS, a_flag, a_large_order
from tests.specification import given

FLAGGED = OrderFlaggedOverdue(**FACTS, stage="fulfilling", since=NOW, sla_seconds=172_800)


@pytest.mark.parametrize("past", [(a_large_order(),), CONFIRMED, CANCELLING, COMPLETED])
def test_succeeds_in_every_state(past: tuple[Command | Event, ...]) -> None:
    given(*past).when(a_flag()).then(FLAGGED)


def test_succeeds_for_another_stage_and_for_the_same_one_begun_again() -> None:
    past = (*CONFIRMED, a_flag())
    given(*past).when(a_flag(stage="paying")).then(replace(FLAGGED, stage="paying"))
    given(*past).when(a_flag(since=NOW + DAY)).then(replace(FLAGGED, since=NOW + DAY))


def test_refused_to_customers_and_for_an_unknown_order() -> None:
    given(*CONFIRMED).when(a_flag(actor=CUSTOMER)).then_refused(Forbidden)
    given().when(a_flag()).then_refused(OrderNotFound)


def test_repeated_has_nothing_to_do_in_whatever_zone_the_instant_is_written() -> None:
    given(*CONFIRMED, a_flag()).when(a_flag()).then_nothing()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-8)))
    given(*CONFIRMED, a_flag()).when(a_flag(since=elsewhere)).then_nothing()


def test_raced_by_a_monitor_with_another_limit_the_stage_is_flagged_once() -> None:
    given(*CONFIRMED, a_flag()).when(a_flag(sla_seconds=1)).then_nothing()
