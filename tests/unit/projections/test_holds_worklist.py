"""Does holds_worklist show what waits for a decision, and until when?"""

from dataclasses import replace

import pytest

from commands.fulfilment_step import FULFILMENT
from commands.provider_facts import FactKind
from domain.errors import ProjectionFailed
from domain.fulfilment_events import TimerSet
from domain.order_events import OrderHeld, OrderHoldReleased
from domain.order_parts import HoldDecision, HoldKind
from domain.payment_events import PaymentAuthorized
from projections.holds_worklist import HOLDS_WORKLIST, HeldOrder, OpenHold
from projections.projector import fold
from tests.examples import CUSTOMER_ID, NOW, ORDER_ID, STAFF
from tests.fulfilment_journey import Journey, a_confirmed, a_placed
from tests.order_examples import a_hold, a_hold_release

BY_HAND = OpenHold(hold_id="by-hand", kind=HoldKind.MANUAL, placed_by=STAFF.id, placed_at=NOW)


HOLD_BY_HAND = a_hold(hold_id="by-hand", kind=HoldKind.MANUAL)


def held(journey: Journey) -> HeldOrder | None:
    rows = fold(HOLDS_WORKLIST, {}, journey.log)
    row = rows.pop((ORDER_ID,), None)
    assert rows == {}
    assert row is None or isinstance(row, HeldOrder)
    return row


def a_risky() -> Journey:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    return journey


def decide(journey: Journey, decision: HoldDecision, hold_id: str) -> None:
    journey.do(a_hold_release(hold_id=hold_id, decision=decision))


def test_a_risky_order_is_due_when_its_deadline_passes() -> None:
    journey = a_risky()
    deadline = journey.process.timers["hold_sla"].due_at
    (placed,) = [each for each in journey.log if each.type == "order-held"]
    assert isinstance(placed.data, OrderHeld)
    (watched,) = [
        each
        for each in journey.log
        if isinstance(each.data, TimerSet) and each.data.timer == "hold_sla"
    ]
    assert held(journey) == HeldOrder(
        order_id=ORDER_ID,
        customer_id=CUSTOMER_ID,
        currency="GBP",
        channel="web",
        country="GB",
        placed_at=NOW,
        is_held=True,
        holds=(
            OpenHold(
                hold_id=placed.data.hold_id,
                kind=HoldKind.FRAUD,
                placed_by=FULFILMENT.id,
                placed_at=NOW,
            ),
        ),
        kind=HoldKind.FRAUD,
        held_at=NOW,
        sla_at=deadline,
        due_at=deadline,
        risk_score=90,
        recorded_at=NOW,
        last_position=watched.position,
    )


def test_a_deadline_that_has_passed_still_tells_how_late_it_is() -> None:
    journey = a_risky()
    deadline = journey.process.timers["hold_sla"].due_at
    journey.fire("hold_sla")
    row = held(journey)
    assert row is not None
    assert (row.is_held, row.sla_at, row.due_at) == (True, deadline, deadline)


def test_a_hold_without_a_deadline_is_due_since_it_was_placed() -> None:
    journey = a_confirmed()
    journey.do(HOLD_BY_HAND)
    row = held(journey)
    assert row is not None
    assert (row.holds, row.sla_at, row.due_at) == ((BY_HAND,), None, NOW)


def test_the_oldest_hold_says_what_the_order_is_held_for() -> None:
    journey = a_risky()
    journey.do(HOLD_BY_HAND)
    first = held(journey)
    assert first is not None
    assert [each.kind for each in first.holds] == [HoldKind.FRAUD, HoldKind.MANUAL]
    decide(journey, HoldDecision.APPROVE, first.holds[0].hold_id)
    second = held(journey)
    assert second is not None
    assert (first.kind, second.kind, second.holds) == (
        HoldKind.FRAUD,
        HoldKind.MANUAL,
        (BY_HAND,),
    )


@pytest.mark.parametrize("decision", HoldDecision)
def test_a_decision_takes_the_order_off_the_list(decision: HoldDecision) -> None:
    journey = a_risky()
    decide(journey, decision, journey.last(OrderHeld).hold_id)
    assert held(journey) is None


def test_an_order_that_is_over_is_no_work() -> None:
    journey = a_risky()
    journey.fire("hold_max")
    journey.provider_does()
    assert journey.types()[-1] == "fulfilment-advanced"
    assert not journey.order.is_open
    assert held(journey) is None


def test_the_risk_is_remembered_while_the_order_may_be_held_for_it() -> None:
    journey = a_placed()
    journey.do(HOLD_BY_HAND)
    journey.provider_does(FactKind.AUTHORIZED, risk_score=40)
    row = held(journey)
    assert row is not None
    assert (row.is_held, row.risk_score) == (True, 40)
    authorised = [each for each in journey.log if each.type == "payment-authorized"]
    (row,) = fold(HOLDS_WORKLIST, {}, authorised).values()
    assert (row.is_held, row.kind, row.due_at, row.risk_score) == (False, None, None, 40)
    decide(journey, HoldDecision.APPROVE, "by-hand")
    assert held(journey) is None


def test_a_payment_of_unknown_risk_and_other_timers_say_nothing_about_holds() -> None:
    journey = a_confirmed()
    told = [
        each
        for each in journey.log
        if each.type in {"payment-authorized", "timer-set", "order-confirmed"}
    ]
    unknown = [
        replace(each, data=replace(each.data, risk_score=None))
        if isinstance(each.data, PaymentAuthorized)
        else each
        for each in told
    ]
    assert fold(HOLDS_WORKLIST, {}, unknown) == {}
    assert held(journey) is None


def test_fails_on_a_decision_about_no_hold() -> None:
    journey = a_risky()
    decide(journey, HoldDecision.APPROVE, journey.last(OrderHeld).hold_id)
    released = [each for each in journey.log if isinstance(each.data, OrderHoldReleased)]
    with pytest.raises(ProjectionFailed):
        fold(HOLDS_WORKLIST, {}, released)
