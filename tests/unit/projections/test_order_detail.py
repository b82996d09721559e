"""Does order_detail tell an order as its events left it?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.envelope import ActorKind
from domain.errors import ProjectionFailed
from domain.events import EVENT_TYPES
from domain.order import Lifecycle
from domain.order_events import OrderEvent
from domain.order_parts import (
    AppliedCoupon,
    CancellationReason,
    HoldDecision,
    HoldKind,
    NoteVisibility,
    OrderPersonal,
    OriginKind,
    RejectionReason,
)
from domain.order_progress import LineProgress
from domain.order_states import FulfilmentState, PaymentState, ReturnState
from projections.order_detail import (
    ORDER_DETAIL,
    FlaggedStage,
    OrderDetail,
    OrderHold,
    OrderNote,
)
from projections.projector import fold
from tests import examples
from tests.histories import History
from tests.order_examples import (
    a_finished_cancellation,
    a_flag,
    a_hold,
    a_hold_release,
    a_refused_cancellation,
    a_rejection,
)

LATER = examples.NOW + timedelta(days=3)
MUCH_LATER = examples.NOW + timedelta(days=4)


def an_order_history(*commands: examples.Command) -> History:
    history = History()
    for command in (*examples.a_shop(), examples.an_order(), *commands):
        history.do(command)
    return history


def the_row(history: History) -> OrderDetail:
    rows = fold(ORDER_DETAIL, {}, history.events)
    assert list(rows) == [(examples.ORDER_ID,)]
    return rows[examples.ORDER_ID,]


def test_tells_a_placed_order() -> None:
    history = an_order_history()
    placed = history.events[-1]
    assert the_row(history) == OrderDetail(
        order_id=examples.ORDER_ID,
        order_number=examples.ORDER_NUMBER,
        customer_id=examples.CUSTOMER_ID,
        lifecycle=Lifecycle.PENDING,
        payment_state=PaymentState.NONE,
        fulfilment_state=FulfilmentState.UNFULFILLED,
        return_state=ReturnState.NONE,
        currency="GBP",
        channel="web",
        country="GB",
        price_list="retail",
        origin_kind=OriginKind.WEB,
        origin_ref=None,
        placed_at=examples.NOW,
        lines=examples.a_placed_order().lines,
        shipping_lines=(),
        item_count=1,
        units=2,
        subtotal_minor=2_500,
        discount_minor=0,
        shipping_minor=0,
        tax_minor=417,
        grand_minor=2_500,
        cancelled_minor=0,
        shipping_method=None,
        payment_method_ref=None,
        allow_backorder=False,
        allow_split=False,
        policy_version="test-1",
        calc_version=1,
        shipping_address=examples.ADDRESS,
        billing_address=None,
        note=None,
        notes=(),
        cancellation_id=None,
        cancellation_reason=None,
        cancellation_note=None,
        cancellation_requested_by=None,
        cancellation_requested_at=None,
        cancelled_at=None,
        version=1,
        recorded_at=placed.recorded_at,
        last_position=placed.position,
        pay_by=examples.NOW + timedelta(minutes=15),
        coupons=(),
        confirmed_at=None,
        rejection_reason=None,
        holds=(),
        flagged_stages=(),
        progress=(LineProgress(line_id="1", sku=examples.SKU, ordered=2),),
        payments=(),
        edit=None,
    )


def test_tells_what_the_customer_said_about_the_order() -> None:
    history = History()
    order = examples.an_order(billing_address=examples.ADDRESS, note="Leave it with the neighbour")
    for command in (*examples.a_shop(), order):
        history.do(command)
    row = the_row(history)
    assert (row.billing_address, row.note) == (examples.ADDRESS, "Leave it with the neighbour")


def test_tells_where_an_import_came_from() -> None:
    history = History()
    history.add(
        examples.a_placed_order(origin=examples.IMPORT, personal=None),
        examples.SYSTEM,
        examples.NOW,
    )
    row = the_row(history)
    assert (row.origin_kind, row.origin_ref) == (OriginKind.IMPORT, "536365")
    assert (row.shipping_address, row.billing_address, row.note) == (None, None, None)


def test_follows_a_change_of_address() -> None:
    change = examples.an_address_change(asked_at=LATER)
    history = an_order_history(change)
    before = the_row(an_order_history())
    assert the_row(history) == replace(
        before,
        shipping_address=change.address,
        version=2,
        recorded_at=history.events[-1].recorded_at,
        last_position=history.events[-1].position,
    )


def test_follows_a_cancellation() -> None:
    finished = a_finished_cancellation(asked_at=MUCH_LATER)
    history = an_order_history(examples.a_cancellation(asked_at=LATER), finished)
    before = the_row(an_order_history())
    assert the_row(history) == replace(
        before,
        lifecycle=Lifecycle.CANCELLED,
        cancelled_minor=2_500,
        cancellation_id="0196a000-0000-7000-8000-0000000000e1",
        cancellation_reason=CancellationReason.CUSTOMER_REQUEST,
        cancellation_note="ordered twice",
        cancellation_requested_by=ActorKind.CUSTOMER,
        cancellation_requested_at=LATER,
        cancelled_at=MUCH_LATER,
        progress=(LineProgress(line_id="1", sku=examples.SKU, ordered=2, cancelled=2),),
        version=3,
        recorded_at=history.events[-1].recorded_at,
        last_position=history.events[-1].position,
    )


def test_a_requested_cancellation_is_not_a_cancelled_order() -> None:
    row = the_row(an_order_history(examples.a_cancellation(note=None)))
    assert (row.lifecycle, row.cancelled_at, row.cancellation_note) == (
        Lifecycle.CANCELLING,
        None,
        None,
    )


def test_forgets_a_cancellation_that_was_refused() -> None:
    asked = examples.a_cancellation()
    before = the_row(an_order_history())
    history = an_order_history(asked, a_refused_cancellation())
    assert the_row(history) == replace(
        before,
        version=3,
        recorded_at=history.events[-1].recorded_at,
        last_position=history.events[-1].position,
    )


def test_tells_why_an_order_was_rejected() -> None:
    row = the_row(an_order_history(a_rejection()))
    assert (row.lifecycle, row.rejection_reason, row.cancelled_minor, row.cancelled_at) == (
        Lifecycle.REJECTED,
        RejectionReason.OUT_OF_STOCK,
        2_500,
        None,
    )


def test_tells_open_and_decided_holds_in_the_order_in_which_they_were_placed() -> None:
    second = a_hold(hold_id="hold-2", kind=HoldKind.MANUAL, reason="call back")
    decided = a_hold_release(decision=HoldDecision.REJECT, asked_at=LATER)
    row = the_row(an_order_history(a_hold(), second, decided))
    open_hold = OrderHold(
        hold_id="hold-2",
        kind=HoldKind.MANUAL,
        reason="call back",
        placed_by="jo",
        placed_at=examples.NOW,
    )
    decided_hold = OrderHold(
        hold_id="hold-1",
        kind=HoldKind.FRAUD,
        reason="odd address",
        placed_by="jo",
        placed_at=examples.NOW,
        decision=HoldDecision.REJECT,
        decision_note="called her",
        decided_by="jo",
        decided_at=LATER,
    )
    assert row.holds == (decided_hold, open_hold)
    no_note = a_hold_release(hold_id="hold-2", note=None)
    last = the_row(an_order_history(a_hold(), second, no_note)).holds[-1]
    assert (last.decision, last.decision_note) == (HoldDecision.APPROVE, None)


def test_tells_which_stages_take_too_long() -> None:
    row = the_row(an_order_history(a_flag(asked_at=LATER)))
    assert row.flagged_stages == (
        FlaggedStage(stage="fulfilling", since=examples.NOW, sla_seconds=172_800, flagged_at=LATER),
    )


def test_tells_coupons_and_until_when_to_pay() -> None:
    coupon = AppliedCoupon(code="SPRING", redemption_id="r1", discount_minor=120)
    history = History()
    history.add(
        examples.a_placed_order(coupons=(coupon,), pay_by=LATER), examples.STAFF, examples.NOW
    )
    row = the_row(history)
    assert (row.coupons, row.pay_by) == ((coupon,), LATER)


def test_keeps_the_notes_in_the_order_in_which_they_were_written() -> None:
    first = examples.a_note(asked_at=LATER)
    second = examples.a_note(
        note_id="second",
        actor=examples.STAFF,
        asked_at=LATER,
        text="Rang, nobody in",
        visibility=NoteVisibility.INTERNAL,
    )
    assert the_row(an_order_history(first, second)).notes == (
        OrderNote(
            note_id=first.note_id,
            visibility=NoteVisibility.CUSTOMER,
            text="Please ring twice",
            author_kind=ActorKind.CUSTOMER,
            author_id=examples.CUSTOMER_ID,
            written_at=LATER,
        ),
        OrderNote(
            note_id="second",
            visibility=NoteVisibility.INTERNAL,
            text="Rang, nobody in",
            author_kind=ActorKind.STAFF,
            author_id="jo",
            written_at=LATER,
        ),
    )


def test_stops_at_an_order_that_is_placed_twice() -> None:
    history = History()
    history.add(examples.a_placed_order(), examples.CUSTOMER, examples.NOW)
    history.add(examples.a_placed_order(), examples.CUSTOMER, examples.NOW)
    with pytest.raises(ProjectionFailed, match="at position 2 ") as failure:
        fold(ORDER_DETAIL, {}, history.events)
    assert isinstance(failure.value.__cause__, AssertionError)


def test_stops_at_a_note_on_an_order_that_was_never_placed() -> None:
    history = an_order_history(examples.a_note())
    with pytest.raises(ProjectionFailed) as failure:
        fold(ORDER_DETAIL, {}, history.events[-1:])
    assert failure.value.projection == "order_detail"
    assert failure.value.position == len(history.events)
    assert failure.value.stream == f"order-{examples.ORDER_ID}"
    assert failure.value.event_type == "order-note-added"


def test_says_which_events_it_reads_personal_fields_of() -> None:
    """Every handled event that can carry `personal` is declared, or a message would lack it."""
    carrying = {
        event_class
        for event_class, _ in EVENT_TYPES.values()
        if event_class in ORDER_DETAIL.handles and "personal" in event_class.__dataclass_fields__
    }
    assert carrying == ORDER_DETAIL.personal


def test_handles_every_event_of_an_order() -> None:
    assert set(OrderEvent.__args__) == ORDER_DETAIL.handles


def test_an_order_without_personal_data_has_none() -> None:
    history = History()
    history.add(examples.a_placed_order(personal=OrderPersonal()), examples.STAFF, examples.NOW)
    assert the_row(history).shipping_address is None
