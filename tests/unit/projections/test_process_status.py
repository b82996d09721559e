"""Does process_status tell which orders take too long, and which of them wait for people?"""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from commands.provider_facts import FactKind
from commands.require_intervention import RequireIntervention
from commands.retry_fulfilment_step import RetryFulfilmentStep
from domain.fulfilment_events import Stage
from domain.shipment_events import ShipmentPlanned
from projections.process_status import DEADLINES, PROCESS_STATUS, ProcessStatus, StatusTimer
from projections.projector import fold
from tests.examples import NOW, ORDER_ID, STAFF
from tests.fulfilment_journey import Journey, a_confirmed, a_placed
from tests.order_examples import a_cancellation

STEP = "event:7"


def status(journey: Journey) -> ProcessStatus:
    row = fold(PROCESS_STATUS, {}, journey.log)[(ORDER_ID,)]
    assert isinstance(row, ProcessStatus)
    return row


def overdue(journey: Journey) -> tuple[list[str], datetime | None]:
    row = status(journey)
    return [each.timer.partition(":")[0] for each in row.overdue], row.overdue_since


def a_risky() -> Journey:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    return journey


def a_sent() -> Journey:
    journey = a_confirmed()
    journey.send_parcel()
    return journey


def an_undone() -> Journey:
    journey = a_confirmed()
    journey.do(a_cancellation())
    return journey


LATE = {
    "hold_sla": a_risky,
    "ship_by": a_confirmed,
    "delivery": a_sent,
    "compensation": an_undone,
}
"""Deadline -> an order that waits for it."""


@pytest.mark.parametrize("timer", LATE)
def test_a_deadline_that_passes_makes_an_order_overdue_since_then(timer: str) -> None:
    journey = LATE[timer]()
    assert overdue(journey) == ([], None)
    (deadline,) = [each for each in status(journey).timers if each.timer.startswith(timer)]
    assert "order-flagged-overdue" in journey.fire(timer)
    assert status(journey).overdue == (deadline,)
    assert status(journey).overdue_since == deadline.due_at


@pytest.mark.parametrize("timer", ["ship_by", "delivery", "compensation"])
def test_an_order_that_stays_late_is_late_since_the_first_time(timer: str) -> None:
    journey = LATE[timer]()
    journey.fire(timer)
    first = status(journey).overdue
    journey.fire(timer)
    assert status(journey).overdue == first


def test_the_deadlines_are_those_after_which_the_process_flags_the_order() -> None:
    assert LATE.keys() == DEADLINES


@pytest.mark.parametrize(
    ("begin", "timer"),
    [(a_placed, "pay_by"), (a_risky, "hold_max"), (a_confirmed, "auth_expiry")],
)
def test_a_timer_after_which_the_process_acts_makes_no_order_overdue(
    begin: Callable[[], Journey], timer: str
) -> None:
    journey = begin()
    assert "order-flagged-overdue" not in journey.fire(timer)
    assert overdue(journey) == ([], None)


def test_what_was_awaited_ends_it() -> None:
    journey = a_confirmed()
    journey.fire("ship_by")
    journey.send_parcel()
    assert overdue(journey) == ([], None)
    journey.fire("delivery")
    assert overdue(journey)[0] == ["delivery"]
    journey.deliver(journey.last(ShipmentPlanned).shipment_id)
    assert overdue(journey) == ([], None)


def test_another_stage_ends_it() -> None:
    journey = a_risky()
    journey.fire("hold_sla")
    assert status(journey).stage is Stage.ON_HOLD
    journey.fire("hold_max")
    assert status(journey).stage is Stage.COMPENSATING
    assert overdue(journey) == ([], None)


def test_an_order_that_waits_for_people_is_overdue_since_it_began_to() -> None:
    journey = a_confirmed()
    journey.now += timedelta(hours=1)
    begun = journey.now
    journey.do(
        RequireIntervention(
            actor=STAFF, asked_at=NOW, order_id=ORDER_ID, step=STEP, last_error="KeyError"
        )
    )
    assert overdue(journey) == ([], begun)
    journey.fire("ship_by")
    assert overdue(journey) == (["ship_by"], begun)
    journey.do(
        RetryFulfilmentStep(
            actor=STAFF, asked_at=NOW, order_id=ORDER_ID, step=STEP, reason="mended"
        )
    )
    (late,) = status(journey).overdue
    assert isinstance(late, StatusTimer)
    assert overdue(journey) == (["ship_by"], late.due_at)
