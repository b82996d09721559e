"""The fulfilment process when the credit of a return pays another order (domain.md §1.11)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from commands.cancel_lines import CancelLines
from commands.fire_timer import FireTimer
from commands.order_rules import PartOfLine
from commands.provider_facts import FactKind
from commands.record_authorized import RecordAuthorized
from commands.record_declined import RecordDeclined
from commands.report_short import ReportShort
from commands.resolve_chargeback import ResolveChargeback
from commands.retry_fulfilment_step import RetryFulfilmentStep
from domain.events import fulfilment_stream, order_stream, payment_stream, return_stream
from domain.fold import as_fulfilment, as_order, as_payment, as_return
from domain.fulfilment import Fulfilment
from domain.fulfilment_events import FulfilmentStepRefused, ManualInterventionRequired, Stage
from domain.order import Lifecycle, Order
from domain.order_events import OrderRejected
from domain.order_parts import CancellationReason, RejectionReason
from domain.payment_events import PaymentCaptured, PaymentRequested, RefundRequested
from domain.return_events import (
    ReturnClosed,
    ReturnCreditReleased,
    ReturnDisposition,
    ReturnInspected,
    ReturnResolution,
)
from domain.return_request import ReturnRequest
from domain.shipment_events import ShipmentPlanned
from tests.edit_examples import an_edit, set_quantity
from tests.examples import (
    DAY,
    IMPORT,
    ORDER_ID,
    STAFF,
    a_cancellation,
    a_line,
    a_placed_order,
    an_order,
)
from tests.exchange_examples import EXCHANGE_ID, OTHER_EXCHANGE_ID, an_exchange
from tests.fulfilment_journey import PSP_REF, Journey, a_stocked_shop
from tests.payment_examples import a_payment
from tests.return_examples import (
    OTHER_RETURN_ID,
    RETURN_ID,
    a_credit_release,
    captured,
    delivered,
)
from tests.returned_journey import a_delivered, send_back
from tests.shipment_examples import a_confirmation, line_quantity, shipped
from tests.stock_examples import a_backorder_policy, a_receipt, an_adjustment

EXCHANGE: Final = ReturnResolution.EXCHANGE
TWO: Final = (line_quantity("1", 2),)


def a_credited(
    pieces: int = 2, resolution: ReturnResolution = EXCHANGE, rejected: int = 0
) -> Journey:
    """Ada has sent her mugs back, of 12.50 pounds each, and waits for others."""
    journey = a_delivered()
    send_back(
        journey,
        pieces,
        resolution=resolution,
        accepted=pieces - rejected,
        rejected=rejected,
    )
    return journey


def exchange(journey: Journey, pieces: int, **fields: object) -> None:
    """Place an order of so many mugs for the credit."""
    wish = an_exchange(lines=(a_line(quantity=pieces),), asked_at=journey.now)
    journey.do(replace(wish, **({"payment_method_ref": "card-ok"} | fields)))


def order(journey: Journey, order_id: str = EXCHANGE_ID) -> Order:
    state = as_order(journey.streams.states[order_stream(order_id)])
    assert state is not None
    return state


def process(journey: Journey, order_id: str = EXCHANGE_ID) -> Fulfilment:
    state = as_fulfilment(journey.streams.states[fulfilment_stream(order_id)])
    assert state is not None
    return state


def returned(journey: Journey, return_id: str = RETURN_ID) -> ReturnRequest:
    state = as_return(journey.streams.states[return_stream(return_id)])
    assert state is not None
    return state


def refunds(journey: Journey) -> list[tuple[str, int, str | None]]:
    """Tell what was asked to be given back: of which order, how much, for which return."""
    return [
        (each.order_id, each.amount_minor, each.return_id)
        for each in journey.of_type(RefundRequested)
    ]


def kept_minor(journey: Journey, *order_ids: str) -> int:
    """Tell what providers have taken for orders and not given back."""
    payments = [
        as_payment(journey.streams.states[payment_stream(each.payment_id)])
        for order_id in order_ids
        for each in order(journey, order_id).payments
        if not each.is_credit
    ]
    return sum(each.captured_minor - each.refunded_minor for each in payments if each)


def in_full(journey: Journey) -> None:
    """Let providers answer, and see that the books of the orders agree with theirs."""
    refused = {each.command_type for each in journey.of_type(FulfilmentStepRefused)}
    assert refused <= {"reserve-stock"}
    journey.provider_does()
    for order_id in (ORDER_ID, EXCHANGE_ID):
        for each in order(journey, order_id).payments:
            if not each.is_credit:
                payment = journey.payment(each.payment_id)
                assert (each.captured_minor, each.refunded_minor) == (
                    payment.captured_minor,
                    payment.refunded_minor,
                )
    kept = sum(
        each.kept_minor
        for order_id in (ORDER_ID, EXCHANGE_ID)
        for each in order(journey, order_id).payments
    )
    assert kept == kept_minor(journey, ORDER_ID, EXCHANGE_ID) - returned(journey).credit_minor


def fired(journey: Journey, order_id: str, timer: str) -> FireTimer:
    """The time of a timer has come."""
    known = process(journey, order_id).timers[timer]
    journey.now = max(journey.now, known.due_at)
    return FireTimer(
        actor=STAFF, asked_at=journey.now, order_id=order_id, timer=timer, token=known.token
    )


def complete(journey: Journey) -> None:
    """Send what the exchange wants, and let it arrive."""
    shipment_id = journey.send_parcel()
    journey.provider_does()
    journey.deliver(shipment_id)


def test_a_credit_waits_for_an_order_and_no_money_moves() -> None:
    journey = a_credited()
    assert returned(journey).credit_minor == 2_500
    assert (journey.order.refunded_minor, journey.order.captured_minor) == (2_500, 2_500)
    assert not refunds(journey)
    assert not journey.of_type(ReturnClosed)
    assert journey.process.timers[f"credit:{RETURN_ID}"].due_at == journey.now + timedelta(days=30)
    assert not journey.of_type(ManualInterventionRequired)


def test_a_credit_without_exchange_has_no_deadline() -> None:
    assert not a_credited(resolution=ReturnResolution.CREDIT).process.timers


def test_an_order_that_is_paid_wholly_asks_for_no_money() -> None:
    journey = a_credited()
    exchange(journey, 2)
    assert order(journey).lifecycle is Lifecycle.CONFIRMED
    assert len(journey.of_type(PaymentRequested)) == 1
    assert returned(journey).status == "closed"
    assert not journey.process.timers
    complete(journey)
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 2_500
    assert not refunds(journey)


def test_what_the_order_leaves_of_the_credit_is_given_back() -> None:
    journey = a_credited()
    exchange(journey, 1)
    assert refunds(journey) == [(ORDER_ID, 1_250, RETURN_ID)]
    assert not journey.of_type(ReturnClosed)
    in_full(journey)
    assert returned(journey).status == "closed"
    assert order(journey, ORDER_ID).refunded_minor == 2_500
    complete(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 1_250


def test_what_the_order_costs_more_is_paid_as_ever() -> None:
    journey = a_credited()
    exchange(journey, 3)
    assert journey.last(PaymentRequested).amount_minor == 1_250
    assert order(journey).lifecycle is Lifecycle.PENDING
    journey.provider_does()
    assert order(journey).lifecycle is Lifecycle.CONFIRMED
    complete(journey)
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 3_750


def test_nobody_pays_what_the_order_costs_more_so_it_expires_and_the_credit_is_given_back() -> None:
    journey = a_credited()
    exchange(journey, 3, payment_method_ref=None)
    assert order(journey).credit_minor == 2_500
    journey.do(fired(journey, EXCHANGE_ID, "pay_by"))
    assert order(journey).lifecycle is Lifecycle.EXPIRED
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    in_full(journey)
    assert (order(journey).credit_minor, kept_minor(journey, ORDER_ID)) == (0, 0)


def test_a_declined_order_gives_the_credit_back() -> None:
    journey = a_credited()
    exchange(journey, 3)
    journey.provider_does(FactKind.DECLINED, code="stolen", is_retriable=False)
    assert journey.last(OrderRejected).reason is RejectionReason.PAYMENT_DECLINED
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    in_full(journey)
    assert kept_minor(journey, ORDER_ID) == 0


def test_an_order_without_pieces_gives_the_credit_back() -> None:
    journey = a_credited()
    exchange(journey, 1_000)
    assert journey.last(OrderRejected).reason is RejectionReason.OUT_OF_STOCK
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    in_full(journey)


@pytest.mark.parametrize("pieces", [2, 3])
def test_a_cancelled_order_gives_the_credit_back(pieces: int) -> None:
    journey = a_credited()
    exchange(journey, pieces)
    journey.provider_does()
    journey.do(a_cancellation(order_id=EXCHANGE_ID, asked_at=journey.now))
    in_full(journey)
    assert order(journey).lifecycle is Lifecycle.CANCELLED
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 0


def test_a_partial_cancellation_gives_up_money_before_the_credit() -> None:
    journey = a_credited()
    exchange(journey, 3)
    journey.provider_does()
    for number in (1, 2):
        journey.do(
            CancelLines(
                actor=STAFF,
                asked_at=journey.now,
                order_id=EXCHANGE_ID,
                cancellation_id=f"one-less-{number}",
                lines=(PartOfLine(line_id="1", quantity=1),),
                reason_code=CancellationReason.OTHER,
            )
        )
        assert refunds(journey) == [(ORDER_ID, 1_250, RETURN_ID)] * (number - 1)
    complete(journey)
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 1_250


def test_what_comes_back_of_an_exchange_is_given_back_in_money_first() -> None:
    journey = a_credited()
    exchange(journey, 3)
    journey.provider_does()
    complete(journey)
    journey.now += DAY
    send_back(journey, 3, OTHER_RETURN_ID, order_id=EXCHANGE_ID)
    assert refunds(journey) == [
        (EXCHANGE_ID, 1_250, OTHER_RETURN_ID),
        (ORDER_ID, 2_500, RETURN_ID),
    ]
    in_full(journey)
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 0
    assert returned(journey, OTHER_RETURN_ID).status == "closed"


def test_where_money_is_enough_the_credit_stays_used() -> None:
    journey = a_credited()
    exchange(journey, 3)
    journey.provider_does()
    complete(journey)
    journey.now += DAY
    send_back(journey, 1, OTHER_RETURN_ID, order_id=EXCHANGE_ID)
    assert refunds(journey) == [(EXCHANGE_ID, 1_250, OTHER_RETURN_ID)]
    in_full(journey)
    assert order(journey).credit_minor == 2_500


def test_a_credit_waits_on_when_its_order_is_completed() -> None:
    journey = a_stocked_shop(1)
    journey.do(a_backorder_policy(limit=1))
    order = an_order(payment_method_ref="card-ok", allow_split=True, allow_backorder=True)
    journey.do(order)
    journey.provider_does()
    complete(journey)
    journey.now += DAY
    send_back(journey, 1, resolution=EXCHANGE, disposition=ReturnDisposition.WRITE_OFF)
    journey.do(a_receipt(movement_id="more", quantity=2))
    complete(journey)
    assert journey.process.stage is Stage.COMPLETED
    assert journey.timers() == {"credit"}
    assert journey.order.captured_minor == 2_500


def test_an_exchange_of_an_exchange_gives_back_to_who_paid_at_the_beginning() -> None:
    journey = a_credited()
    exchange(journey, 2)
    complete(journey)
    journey.now += DAY
    send_back(journey, 2, OTHER_RETURN_ID, order_id=EXCHANGE_ID, resolution=EXCHANGE)
    wish = an_exchange(OTHER_RETURN_ID, order_id=OTHER_EXCHANGE_ID, asked_at=journey.now)
    journey.do(wish)
    assert not refunds(journey)
    journey.do(a_cancellation(order_id=OTHER_EXCHANGE_ID, asked_at=journey.now))
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    in_full(journey)
    assert order(journey, OTHER_EXCHANGE_ID).lifecycle is Lifecycle.CANCELLED
    assert kept_minor(journey, ORDER_ID) == 0


def test_the_process_gives_nothing_back_of_an_order_from_elsewhere() -> None:
    """Its payments are no provider's of ours: people see to it."""
    journey = a_stocked_shop()
    elsewhere = a_placed_order(origin=IMPORT, pay_by=None)
    for event in (
        elsewhere,
        a_confirmation(allocations=TWO),
        captured(2_500),
        shipped(lines=TWO),
        delivered(lines=TWO, delivered_at=journey.now),
    ):
        journey.streams.record(event)
    journey.happen(elsewhere)
    send_back(journey, resolution=EXCHANGE)
    exchange(journey, 1)
    journey.do(a_cancellation(order_id=EXCHANGE_ID, asked_at=journey.now))
    assert not refunds(journey)
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.order_id, trouble.money_at_risk_minor) == (EXCHANGE_ID, 1_250)


def test_pieces_that_are_not_found_are_given_back_when_the_order_is_completed() -> None:
    journey = a_credited()
    exchange(journey, 2)
    journey.do(
        an_adjustment(movement_id="lost", delta=-8),
        ReportShort(
            actor=STAFF,
            asked_at=journey.now,
            shipment_id=journey.last(ShipmentPlanned).shipment_id,
            short_id="short-1",
            line_id="1",
            quantity=1,
        ),
    )
    complete(journey)
    assert refunds(journey) == [(ORDER_ID, 1_250, RETURN_ID)]
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID) == 1_250


def test_a_fee_stays_paid_when_the_rest_of_the_order_is_cancelled() -> None:
    """Ada gets less than her mug cost; that is no money that was taken too much."""
    journey = a_stocked_shop(1)
    journey.do(a_backorder_policy(limit=1))
    journey.do(an_order(payment_method_ref="card-ok", allow_split=True, allow_backorder=True))
    journey.provider_does()
    complete(journey)
    journey.now += DAY
    send_back(journey, 1, resolution=EXCHANGE, fee_minor=100)
    journey.do(a_cancellation(asked_at=journey.now))
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert returned(journey).credit_minor == 1_150
    assert not refunds(journey)


def an_exchange_in_two_parcels() -> Journey:
    """Of three mugs, two paid with the credit, one is there; the others are to come."""
    journey = a_credited()
    journey.do(an_adjustment(delta=-9), a_backorder_policy(limit=9))
    exchange(journey, 3, allow_split=True, allow_backorder=True)
    journey.provider_does()
    return journey


def test_what_leaves_is_paid_with_the_credit_before_money_is_taken() -> None:
    journey = an_exchange_in_two_parcels()
    complete(journey)
    taken = len(journey.of_type(PaymentCaptured))
    journey.do(a_receipt(movement_id="more", quantity=2))
    complete(journey)
    assert [each.amount_minor for each in journey.of_type(PaymentCaptured)[taken:]] == [1_250]
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 3_750
    assert not journey.of_type(ManualInterventionRequired)


def test_a_part_that_left_and_came_back_makes_the_rest_no_dearer() -> None:
    journey = an_exchange_in_two_parcels()
    complete(journey)
    journey.now += DAY
    write_off = ReturnDisposition.WRITE_OFF
    send_back(journey, 1, OTHER_RETURN_ID, order_id=EXCHANGE_ID, disposition=write_off)
    assert refunds(journey) == [(ORDER_ID, 1_250, RETURN_ID)]
    journey.do(a_receipt(movement_id="more", quantity=2))
    complete(journey)
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 2_500
    assert not journey.of_type(ManualInterventionRequired)


def test_a_declined_card_does_not_undo_what_another_one_pays_beside_the_credit() -> None:
    """The process hears of the refusal when the other card is authorised already."""
    journey = a_credited()
    exchange(journey, 3)
    first = journey.last(PaymentRequested).payment_id
    card = {"order_id": EXCHANGE_ID, "amount_minor": 1_250, "asked_at": journey.now}
    journey.do(a_payment(payment_id="other", **card))
    said: dict[str, Any] = {"actor": STAFF, "asked_at": journey.now}
    authorised = journey.streams.carry_out(
        RecordAuthorized(**said, payment_id="other", amount_minor=1_250, psp_ref=PSP_REF)
    )
    journey.do(RecordDeclined(**said, payment_id=first, code="no", is_retriable=False))
    assert order(journey).lifecycle is Lifecycle.PENDING
    journey.happen(*authorised)
    assert order(journey).lifecycle is Lifecycle.CONFIRMED


def test_a_smaller_order_gives_credit_back_and_a_larger_one_asks_for_money() -> None:
    journey = a_credited()
    exchange(journey, 2)
    edit = an_edit(set_quantity("1", 1), order_id=EXCHANGE_ID, base_version=order(journey).version)
    journey.do(replace(edit, asked_at=journey.now))
    assert refunds(journey) == [(ORDER_ID, 1_250, RETURN_ID)]
    in_full(journey)
    edit = an_edit(
        set_quantity("1", 3),
        order_id=EXCHANGE_ID,
        edit_id="more",
        base_version=order(journey).version,
    )
    journey.do(replace(edit, asked_at=journey.now))
    assert journey.last(PaymentRequested).amount_minor == 2_500
    journey.provider_does()
    complete(journey)
    in_full(journey)
    assert process(journey).stage is Stage.COMPLETED
    assert kept_minor(journey, ORDER_ID, EXCHANGE_ID) == 3_750


def test_a_credit_that_nobody_used_in_time_is_given_back() -> None:
    journey = a_credited()
    journey.fire("credit")
    assert journey.last(ReturnCreditReleased).amount_minor == 2_500
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    journey.provider_does()
    assert returned(journey).status == "closed"
    assert (journey.order.refunded_minor, kept_minor(journey, ORDER_ID)) == (2_500, 0)


def test_a_credit_is_given_back_when_staff_say_so() -> None:
    journey = a_credited()
    journey.do(a_credit_release(asked_at=journey.now))
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    assert not journey.process.timers
    journey.provider_does()
    assert returned(journey).status == "closed"


def test_the_refund_of_a_rest_is_tried_again() -> None:
    journey = a_credited()
    exchange(journey, 1)
    journey.provider_does(FactKind.REFUND_FAILED, code="busy")
    journey.fire("refund")
    in_full(journey)
    assert returned(journey).status == "closed"
    assert kept_minor(journey, ORDER_ID) == 1_250


def test_a_credit_whose_money_is_disputed_is_left_to_people() -> None:
    journey = a_credited()
    journey.dispute(2_500)
    exchange(journey, 2)
    journey.do(a_cancellation(order_id=EXCHANGE_ID, asked_at=journey.now))
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.order_id, trouble.money_at_risk_minor) == (EXCHANGE_ID, 2_500)
    assert order(journey).credit_minor == 2_500
    resolve = ResolveChargeback(
        actor=STAFF,
        asked_at=journey.now,
        payment_id=journey.payment().payment_id,
        case_id="case-1",
        is_won=True,
    )
    again = RetryFulfilmentStep(
        actor=STAFF, asked_at=journey.now, order_id=EXCHANGE_ID, step=trouble.step, reason="won"
    )
    journey.do(resolve, again)
    assert refunds(journey) == [(ORDER_ID, 2_500, RETURN_ID)]
    in_full(journey)
    assert order(journey).lifecycle is Lifecycle.CANCELLED


def test_a_timer_that_comes_when_an_order_has_the_credit_changes_nothing() -> None:
    """The order is placed while the timer is being fired: the process hears of it afterwards."""
    journey = a_credited()
    wish = an_exchange(lines=(a_line(quantity=2),), asked_at=journey.now)
    events = journey.streams.carry_out(wish)
    journey.do(fired(journey, ORDER_ID, f"credit:{RETURN_ID}"))
    assert not refunds(journey)
    assert not journey.of_type(ReturnCreditReleased)
    journey.happen(*events)
    assert not refunds(journey)
    assert order(journey).lifecycle is Lifecycle.CONFIRMED


def test_an_order_that_has_the_credit_already_lets_no_time_run() -> None:
    """The order is placed before the process hears of the inspection."""
    journey = a_credited()
    exchange(journey, 2)
    journey.happen(journey.last(ReturnInspected))
    assert not journey.process.timers
    assert not refunds(journey)


def test_inspections_from_when_people_saw_to_credits_are_still_left_to_them() -> None:
    journey = a_credited(rejected=2)
    old = replace(
        journey.last(ReturnInspected),
        refund_due=replace(journey.last(ReturnInspected).refund_due, total_minor=2_500),
    )
    journey.happen(old)
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.step, trouble.last_error) == (f"return:{RETURN_ID}", EXCHANGE)


def test_a_second_return_is_given_back_beside_a_credit() -> None:
    journey = a_credited(pieces=1)
    send_back(journey, 1, OTHER_RETURN_ID)
    assert refunds(journey) == [(ORDER_ID, 1_250, OTHER_RETURN_ID)]
    journey.provider_does()
    assert returned(journey, OTHER_RETURN_ID).status == "closed"
    assert returned(journey).credit_minor == 1_250
