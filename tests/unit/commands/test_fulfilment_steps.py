"""What people and programs do to the fulfilment process from outside: four commands."""

from dataclasses import replace

import pytest

from commands.fire_timer import FireTimer
from commands.registry import DECIDERS, Command
from commands.require_intervention import RequireIntervention
from commands.retry_fulfilment_step import RetryFulfilmentStep
from commands.skip_fulfilment_step import SkipFulfilmentStep
from domain.errors import Forbidden
from domain.events import fulfilment_stream
from domain.fulfilment_errors import FulfilmentNotFound, StepNotStuck
from domain.fulfilment_events import (
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    ManualInterventionRequired,
    TimerFired,
)
from tests.examples import CUSTOMER, MINUTE, NOW, ORDER_ID, STAFF
from tests.fulfilment_journey import Journey, a_placed

CRY = RequireIntervention(
    actor=STAFF, asked_at=NOW, order_id=ORDER_ID, step="event:7", last_error="KeyError"
)
RETRY = RetryFulfilmentStep(
    actor=STAFF, asked_at=NOW, order_id=ORDER_ID, step="event:7", reason="mended"
)
SKIP = SkipFulfilmentStep(
    actor=STAFF, asked_at=NOW, order_id=ORDER_ID, step="event:7", reason="done by hand"
)
FIRE = FireTimer(actor=STAFF, asked_at=NOW, order_id=ORDER_ID, timer="pay_by", token="")


def a_stuck() -> Journey:
    journey = a_placed()
    journey.do(CRY)
    return journey


@pytest.mark.parametrize("command", [CRY, RETRY, SKIP, FIRE])
def test_is_for_the_shop_and_about_an_order_that_is_carried_out(command: Command) -> None:
    with pytest.raises(Forbidden):
        a_stuck().streams.decide(replace(command, actor=CUSTOMER))
    with pytest.raises(FulfilmentNotFound):
        Journey().streams.decide(command)


@pytest.mark.parametrize("command", [CRY, RETRY, SKIP, FIRE])
def test_is_about_its_order(command: Command) -> None:
    decider = DECIDERS[type(command)]
    assert decider.target_id(command) == ORDER_ID
    assert decider.writes(command) == (fulfilment_stream(ORDER_ID),)


def test_calls_for_help_once() -> None:
    journey = a_stuck()
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.step, trouble.last_error, trouble.money_at_risk_minor) == (
        "event:7",
        "KeyError",
        0,
    )
    assert journey.streams.decide(replace(CRY, last_error="another")) == ()


def test_a_step_is_tried_again_or_skipped_by_somebody_with_a_reason() -> None:
    journey = a_stuck()
    journey.do(RETRY)
    retried = journey.last(FulfilmentStepRetried)
    assert (retried.step, retried.personal.text) == ("event:7", "mended")
    assert not journey.process.troubles

    journey = a_stuck()
    journey.do(SKIP)
    skipped = journey.last(FulfilmentStepSkipped)
    assert (skipped.step, skipped.personal.text) == ("event:7", "done by hand")
    assert not journey.process.troubles


@pytest.mark.parametrize("command", [RETRY, SKIP])
def test_only_a_step_that_waits_can_be_seen_to(command: Command) -> None:
    for step in ("event:8", ""):
        with pytest.raises(StepNotStuck):
            a_stuck().streams.decide(replace(command, step=step))


def test_a_timer_fires_when_it_is_due_and_only_as_it_is_set() -> None:
    journey = a_placed()
    timer = journey.process.timers["pay_by"]
    due = replace(FIRE, asked_at=timer.due_at, token=timer.token)
    assert journey.streams.decide(replace(due, asked_at=timer.due_at - MINUTE)) == ()
    assert journey.streams.decide(replace(due, token="of an earlier setting")) == ()
    assert journey.streams.decide(replace(due, timer="hold_max")) == ()
    journey.now = timer.due_at
    journey.do(due)
    assert journey.last(TimerFired).token == timer.token
    assert journey.streams.decide(due) == ()
