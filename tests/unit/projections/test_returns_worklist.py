"""Does returns_worklist say of a return what the return itself says?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, get_args

import pytest

from commands.registry import Command
from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from domain.events import Event, return_stream
from domain.fold import as_return
from domain.return_events import (
    ReturnCondition,
    ReturnEvent,
    ReturnReason,
    ReturnResolution,
)
from domain.return_request import ReturnStatus
from projections.projector import fold
from projections.returns_worklist import RETURNS_WORKLIST, WorklistLine, WorklistReturn
from tests import examples
from tests.exchange_examples import EXCHANGE_ID, SOLD_AGAIN, an_exchange
from tests.histories import RECORDED_FROM, History
from tests.return_examples import (
    ASKED_AT,
    DELIVERED,
    RETURN_ID,
    SEND_BY,
    a_change_of_mind,
    a_closing,
    a_credit_release,
    a_refusal,
    a_return_receipt,
    a_return_request,
    a_return_timer,
    an_approval,
    an_inspection,
    came_back,
    judged,
    unwanted,
)
from tests.shipment_examples import ABOUT, BOWL
from tests.specification import Streams

KEY: Final = (RETURN_ID,)
REQUEST: Final = a_return_request(
    lines=(unwanted("1", 4), unwanted("2", 1, reason_code=ReturnReason.DAMAGED)),
    note="please hurry",
)
A_LIFE: Final[tuple[Command, ...]] = (
    REQUEST,
    an_approval(restocking_fee_minor=250),
    a_return_receipt(
        lines=(
            came_back("1", 1),
            came_back("1", 1, condition=ReturnCondition.DAMAGED),
            came_back("2", 1),
        )
    ),
    a_return_receipt(receipt_id="receipt-2", lines=(came_back("1", 1),)),
    an_inspection(lines=(judged("1", 2, 1), judged("2", 1))),
    a_closing(),
)
CREDITS: Final[tuple[tuple[Command, ...], ...]] = tuple(
    (
        *SOLD_AGAIN,
        a_return_request(resolution=ReturnResolution.EXCHANGE),
        an_approval(),
        a_return_receipt(),
        an_inspection(),
        end,
    )
    for end in (an_exchange(), a_credit_release())
)
OTHER_ENDS: Final[tuple[tuple[Command, ...], ...]] = (
    (REQUEST, a_refusal()),
    (REQUEST, a_change_of_mind()),
    (REQUEST, an_approval(), a_return_timer()),
    *CREDITS,
)


def happened(*wishes: Command) -> tuple[list[ReturnEvent], Streams]:
    streams = Streams()
    for step in DELIVERED:
        if isinstance(step, Command):
            streams.carry_out(step)
        else:
            streams.record(step)
    events = [event for wish in wishes for event in streams.carry_out(wish)]
    return [event for event in events if isinstance(event, ReturnEvent)], streams


def recorded(events: Sequence[Event]) -> list[RecordedEvent]:
    history = History()
    for event in events:
        history.add(event, examples.STAFF, ASKED_AT)
    return history.events


def test_tells_a_whole_life() -> None:
    events, _ = happened(*A_LIFE)
    assert fold(RETURNS_WORKLIST, {}, recorded(events)) == {
        KEY: WorklistReturn(
            **ABOUT,
            return_id=RETURN_ID,
            status=ReturnStatus.CLOSED,
            requested_at=ASKED_AT,
            send_by=SEND_BY,
            resolution=ReturnResolution.REFUND,
            lines=(
                WorklistLine(
                    line_id="1",
                    sku=examples.SKU,
                    quantity=4,
                    reason_code=ReturnReason.UNWANTED,
                    received=3,
                    accepted=2,
                    rejected=1,
                ),
                WorklistLine(
                    line_id="2",
                    sku=BOWL,
                    quantity=1,
                    reason_code=ReturnReason.DAMAGED,
                    received=1,
                    accepted=1,
                ),
            ),
            refund_due_minor=2_500 + 900 - 250,
            credit_minor=0,
            credit_used_by=None,
            version=6,
            recorded_at=RECORDED_FROM + timedelta(seconds=6),
            last_position=6,
        )
    }


@pytest.mark.parametrize("wishes", [A_LIFE, *OTHER_ENDS])
def test_agrees_with_the_return_itself_after_every_event(wishes: tuple[Command, ...]) -> None:
    for number in range(1, len(wishes) + 1):
        events, streams = happened(*wishes[:number])
        if not events:
            continue
        state = as_return(streams.states[return_stream(RETURN_ID)])
        assert state is not None
        (row,) = fold(RETURNS_WORKLIST, {}, recorded(events)).values()
        assert isinstance(row, WorklistReturn)
        due = None if state.refund_due is None else state.refund_due.total_minor
        send_by = None if state.terms is None else state.terms.send_by
        assert (row.status, row.resolution, row.refund_due_minor, row.send_by) == (
            state.status,
            state.resolution,
            due,
            send_by,
        )
        assert row.credit_minor == state.credit_minor
        for line in row.lines:
            assert line.received == state.received.get(line.line_id, 0)
            assert line.accepted == state.accepted.get(line.line_id, 0)


def test_tells_which_order_is_paid_with_the_credit() -> None:
    found = [
        row
        for wishes in CREDITS
        for number in (-1, len(wishes))
        for row in fold(RETURNS_WORKLIST, {}, recorded(happened(*wishes[:number])[0])).values()
        if isinstance(row, WorklistReturn)
    ]
    assert [(row.credit_minor, row.credit_used_by) for row in found] == [
        (2_500, None),
        (0, EXCHANGE_ID),
        (2_500, None),
        (0, None),
    ]


def test_the_lives_above_have_every_event() -> None:
    seen = {type(event) for wishes in (A_LIFE, *OTHER_ENDS) for event in happened(*wishes)[0]}
    assert seen == set(get_args(ReturnEvent)) == RETURNS_WORKLIST.handles


def test_counts_from_the_business_time_of_the_request() -> None:
    (requested,), _ = happened(REQUEST)
    (event,) = recorded([requested])
    earlier = replace(event, occurred_at=ASKED_AT - examples.DAY)
    (row,) = fold(RETURNS_WORKLIST, {}, [earlier]).values()
    assert row.requested_at == ASKED_AT - examples.DAY


def test_fails_on_events_that_cannot_follow() -> None:
    events, _ = happened(REQUEST, an_approval())
    with pytest.raises(ProjectionFailed):
        fold(RETURNS_WORKLIST, {}, recorded([events[0], events[0]]))
    with pytest.raises(ProjectionFailed):
        fold(RETURNS_WORKLIST, {}, recorded(events[1:]))
