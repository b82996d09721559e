"""The fulfilment process from the first parcel to the end (domain.md §2.2)."""

from dataclasses import replace
from datetime import timedelta

from commands.cancel_lines import CancelLines
from commands.cancel_shipment import CancelShipment
from commands.order_rules import PartOfLine
from commands.provider_facts import FactKind, ProviderFact
from commands.record_lost import RecordLost
from commands.report_short import ReportShort
from commands.retry_fulfilment_step import RetryFulfilmentStep
from commands.split_shipment import SplitShipment
from domain.events import fulfilment_stream
from domain.fulfilment_events import ManualInterventionRequired, Stage
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Lifecycle
from domain.order_events import (
    OrderCancelled,
    OrderFlaggedOverdue,
    OrderLinesBackordered,
    OrderLinesCancelled,
)
from domain.order_parts import CancellationReason
from domain.order_states import FulfilmentState, fulfilment_state
from domain.payment import PaymentStatus
from domain.payment_events import PaymentCaptureRequested, PaymentVoidRequested, RefundRequested
from domain.shipment_events import ShipmentPlanned
from tests.examples import CUSTOMER, NOW, ORDER_ID, STAFF, a_cancellation, a_line, an_order
from tests.fulfilment_journey import PSP_REF, Journey, a_confirmed, a_placed, a_stocked_shop
from tests.stock_examples import (
    a_backorder_policy,
    a_receipt,
    a_reservation_wish,
    a_stock_item,
    wanted_stock,
)

TWO_PLACES = FulfilmentPolicy(locations=("MAIN", "EAST"))


def shorted(journey: Journey, quantity: int) -> ReportShort:
    return ReportShort(
        actor=STAFF,
        asked_at=NOW,
        shipment_id=journey.last(ShipmentPlanned).shipment_id,
        short_id="short-1",
        line_id="1",
        quantity=quantity,
    )


def cancelled_lines(quantity: int) -> CancelLines:
    return CancelLines(
        actor=CUSTOMER,
        asked_at=NOW,
        order_id=ORDER_ID,
        cancellation_id="part",
        lines=(PartOfLine(line_id="1", quantity=quantity),),
        reason_code=CancellationReason.CUSTOMER_REQUEST,
    )


def retried(journey: Journey, step: str) -> RetryFulfilmentStep:
    return RetryFulfilmentStep(
        actor=STAFF, asked_at=journey.now, order_id=ORDER_ID, step=step, reason="once more"
    )


def taken_by_provider(journey: Journey, amount_minor: int = 2_500) -> None:
    journey.provider_says(
        ProviderFact(
            kind=FactKind.CAPTURED,
            payment_id=journey.payment().payment_id,
            operation_id="by-provider",
            psp_ref=PSP_REF,
            amount_minor=amount_minor,
        )
    )


def a_split() -> tuple[Journey, str]:
    """One of the two mugs is in a parcel of its own, called second."""
    journey = a_confirmed(allow_split=True)
    first = journey.last(ShipmentPlanned).shipment_id
    journey.do(
        SplitShipment(
            actor=STAFF,
            asked_at=NOW,
            shipment_id=first,
            new_shipment_id="second",
            lines=(PartOfLine(line_id="1", quantity=1),),
        )
    )
    return journey, first


def test_takes_the_pieces_off_the_shelf_when_the_parcel_leaves() -> None:
    journey = a_confirmed()
    journey.send_parcel()
    assert (journey.stock().on_hand, journey.stock().allocated) == (8, 0)
    assert fulfilment_state(journey.order.progress) is FulfilmentState.SHIPPED
    assert "delivery" in journey.timers()
    assert "ship_by" not in journey.timers()


def test_completes_an_order_that_is_delivered_and_paid_in_either_order() -> None:
    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.COMPLETED

    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.process.stage is Stage.COMPLETED
    assert not journey.process.timers


def test_flags_once_since_when_a_stage_in_which_parcels_do_not_leave_or_arrive_has_lasted() -> None:
    journey = a_placed()
    journey.now = NOW + timedelta(hours=1)
    journey.provider_does()
    journey.fire("ship_by")
    journey.fire("ship_by")
    journey.send_parcel()
    journey.fire("delivery")
    (flagged,) = journey.of_type(OrderFlaggedOverdue)
    assert (flagged.stage, flagged.since) == ("fulfilling", NOW + timedelta(hours=1))


def test_flags_once_from_now_on_what_waits_since_nobody_knows_when() -> None:
    journey = a_confirmed()
    stream = fulfilment_stream(ORDER_ID)
    journey.streams.states[stream] = replace(journey.process, stage_since=None)
    journey.fire("ship_by")
    (flagged,) = journey.of_type(OrderFlaggedOverdue)
    assert flagged.since == journey.now
    journey.fire("ship_by")
    assert len(journey.of_type(OrderFlaggedOverdue)) == 1


def test_leaves_a_lost_parcel_to_people() -> None:
    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    journey.do(RecordLost(actor=STAFF, asked_at=NOW, shipment_id=shipment_id))
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.step, trouble.money_at_risk_minor) == (f"parcel:{shipment_id}", 2_500)


def test_plans_a_parcel_anew_that_somebody_stopped() -> None:
    journey = a_confirmed()
    first = journey.last(ShipmentPlanned).shipment_id
    journey.do(CancelShipment(actor=STAFF, asked_at=NOW, shipment_id=first, reason="wrong label"))
    assert journey.last(ShipmentPlanned).shipment_id != first


def test_takes_missing_pieces_from_another_place() -> None:
    journey = a_stocked_shop(2, TWO_PLACES)
    journey.do(a_stock_item(location="EAST"))
    journey.do(an_order(payment_method_ref="card-ok", allow_split=True))
    journey.provider_does()
    journey.do(a_receipt(location="EAST", quantity=5))
    journey.do(shorted(journey, 1))
    assert journey.last(ShipmentPlanned).location == "EAST"
    assert journey.order.progress[0].allocated == 2
    assert journey.stock().on_hand == 1


def test_promises_missing_pieces_and_sends_them_when_they_come() -> None:
    journey = a_stocked_shop(2)
    journey.do(a_backorder_policy(limit=9))
    journey.do(an_order(payment_method_ref="card-ok", allow_split=True, allow_backorder=True))
    journey.provider_does()
    journey.do(shorted(journey, 1))
    assert journey.last(OrderLinesBackordered).operation_id == "short-1"
    assert journey.order.progress[0].backordered == 1
    journey.do(a_receipt(movement_id="more", quantity=5))
    assert journey.order.progress[0].allocated == 2
    assert len(journey.of_type(ShipmentPlanned)) == 2


def partly_promised(quantity: int) -> Journey:
    """So many mugs are ordered and paid, three are there."""
    journey = a_stocked_shop(3)
    journey.do(a_backorder_policy(limit=9))
    journey.do(
        an_order(
            payment_method_ref="card-ok",
            allow_split=True,
            allow_backorder=True,
            lines=(a_line(quantity=quantity),),
        )
    )
    journey.provider_does()
    return journey


def test_pieces_that_are_missing_are_not_those_that_are_promised() -> None:
    journey = partly_promised(4)
    journey.do(shorted(journey, 1))
    (line,) = journey.order.progress
    assert (line.allocated, line.backordered) == (2, 2)
    item = journey.stock()
    assert (item.on_hand, item.allocated, item.backordered, item.available) == (2, 2, 2, 0)
    assert len(journey.of_type(ShipmentPlanned)) == 1
    journey.do(a_receipt(movement_id="more", quantity=5))
    assert (journey.order.progress[0].allocated, journey.stock().available) == (4, 3)


def test_gives_promised_pieces_back_before_firm_ones_that_others_wait_for() -> None:
    journey = partly_promised(3)
    later = wanted_stock(reservation_id="later", quantity=1)
    journey.do(a_reservation_wish(order_id="another", lines=(later,), allow_backorder=True))
    journey.do(shorted(journey, 1))
    journey.do(cancelled_lines(1))
    item = journey.stock()
    assert (item.allocated, item.backorders) == (2, ("later",))
    journey.do(replace(cancelled_lines(1), cancellation_id="more"))
    assert journey.stock().reservations["later"].allocated == 1


def test_cancels_missing_pieces_that_are_nowhere() -> None:
    journey = a_stocked_shop(2)
    journey.do(an_order(payment_method_ref="card-ok"))
    journey.provider_does()
    journey.do(shorted(journey, 1))
    cancelled = journey.last(OrderLinesCancelled)
    assert cancelled.reason_code is CancellationReason.OUT_OF_STOCK
    assert journey.order.due_totals.grand_minor == 1_250
    assert journey.stock().on_hand == 1


def test_sends_backordered_pieces_when_everything_is_there() -> None:
    journey = a_stocked_shop(1)
    journey.do(a_backorder_policy(limit=5))
    journey.do(an_order(payment_method_ref="card-ok", allow_backorder=True))
    journey.provider_does()
    assert journey.of_type(ShipmentPlanned) == []
    journey.do(a_receipt(movement_id="more", quantity=5))
    (planned,) = journey.of_type(ShipmentPlanned)
    assert sum(line.quantity for line in planned.lines) == 2


def test_cancels_an_order_that_nobody_has_paid() -> None:
    journey = a_placed()
    journey.do(a_cancellation())
    assert journey.order.lifecycle is Lifecycle.CANCELLING
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert journey.stock().available == 10
    assert journey.process.stage is Stage.CANCELLED


def test_a_cancellation_that_meets_an_authorisation_ends_in_a_void() -> None:
    """Race 1: the authorisation is under way when the cancellation comes."""
    journey = a_placed()
    payment_id = journey.payment().payment_id
    journey.do(a_cancellation())
    journey.provider_says(
        ProviderFact(
            kind=FactKind.AUTHORIZED, payment_id=payment_id, psp_ref=PSP_REF, amount_minor=2_500
        )
    )
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert journey.last(OrderCancelled).voided_minor == 2_500


def test_cancels_a_confirmed_order_and_stops_its_parcel() -> None:
    journey = a_confirmed()
    cancelled_at = journey.now = NOW + timedelta(hours=1)
    assert "shipment-cancelled" in journey.do(a_cancellation())
    assert "order-flagged-overdue" in journey.fire("compensation")
    assert journey.last(OrderFlaggedOverdue).since == cancelled_at
    journey.provider_does()
    cancelled = journey.last(OrderCancelled)
    assert (cancelled.voided_minor, cancelled.refunded_minor) == (2_500, 0)
    assert journey.stock().available == 10


def test_gives_back_what_was_taken_of_a_cancelled_order() -> None:
    journey = a_confirmed()
    taken_by_provider(journey)
    journey.do(a_cancellation())
    assert journey.last(RefundRequested).amount_minor == 2_500
    journey.provider_does()
    assert journey.last(OrderCancelled).refunded_minor == 2_500


def test_gives_back_what_was_taken_instead_of_given_up() -> None:
    journey = a_confirmed()
    journey.do(a_cancellation())
    payment_id = journey.payment().payment_id
    captured = ProviderFact(
        kind=FactKind.CAPTURED,
        payment_id=payment_id,
        operation_id="by-provider",
        psp_ref=PSP_REF,
        amount_minor=2_500,
    )
    journey.provider_says(captured)
    journey.provider_does(FactKind.VOID_FAILED, code="captured")
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert journey.order.refunded_minor == 2_500


def test_a_void_that_fails_for_no_reason_is_left_to_people() -> None:
    journey = a_confirmed()
    journey.do(a_cancellation())
    journey.provider_does(FactKind.VOID_FAILED, code="no")
    step = journey.last(ManualInterventionRequired).step
    assert step.startswith("void:")
    assert journey.process.stage is Stage.COMPENSATING
    assert "payment-void-requested" in journey.do(retried(journey, step))
    assert {f"void:{each.void_id}" for each in journey.of_type(PaymentVoidRequested)} == {step}
    journey.provider_does(FactKind.VOID_FAILED, code="no")
    journey.do(retried(journey, step))
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.order.lifecycle is Lifecycle.CANCELLED


def test_a_void_that_was_done_by_hand_is_over_when_it_is_tried_again() -> None:
    for operation_id in ("as-asked", "by-hand"):
        journey = a_confirmed()
        journey.do(a_cancellation())
        journey.provider_does(FactKind.VOID_FAILED, code="no")
        step = journey.last(ManualInterventionRequired).step
        journey.provider_says(
            ProviderFact(
                kind=FactKind.VOIDED,
                payment_id=journey.payment().payment_id,
                operation_id=operation_id.replace("as-asked", step.removeprefix("void:")),
                amount_minor=2_500,
            )
        )
        assert journey.process.stage is Stage.COMPENSATING
        assert "payment-void-requested" not in journey.do(retried(journey, step))
        assert journey.order.lifecycle is Lifecycle.CANCELLED


def test_a_void_of_what_was_taken_meanwhile_is_left_to_people_again() -> None:
    journey = a_confirmed()
    journey.do(a_cancellation())
    journey.provider_does(FactKind.VOID_FAILED, code="no")
    step = journey.last(ManualInterventionRequired).step
    taken_by_provider(journey)
    journey.provider_does()
    assert "fulfilment-step-refused" in journey.do(retried(journey, step))
    assert step in journey.process.troubles


def test_cancels_what_has_not_left_of_an_order() -> None:
    journey, first = a_split()
    journey.send_parcel(first)
    journey.do(a_cancellation())
    journey.provider_does()
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.order.due_totals.grand_minor == 1_250
    assert journey.process.stage is Stage.FULFILLING
    journey.deliver(first)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.payment().captured_minor == 1_250
    assert journey.payment().voided_minor == 1_250


def test_gives_back_what_was_taken_for_what_does_not_leave_any_more() -> None:
    journey, first = a_split()
    taken_by_provider(journey)
    journey.send_parcel(first)
    journey.do(a_cancellation())
    assert journey.last(RefundRequested).amount_minor == 1_250
    journey.provider_does()
    journey.deliver(first)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.order.captured_minor - journey.order.refunded_minor == 1_250
    assert len(journey.of_type(RefundRequested)) == 1


def test_what_cannot_be_given_back_is_left_to_people() -> None:
    for cancellation in (a_cancellation(cancellation_id="all"), cancelled_lines(1)):
        journey = a_confirmed()
        taken_by_provider(journey)
        journey.dispute(2_000)
        journey.do(cancellation)
        assert journey.last(RefundRequested).amount_minor == 500
        trouble = journey.last(ManualInterventionRequired)
        assert trouble.step == f"refund:{cancellation.cancellation_id}"
        owed = 2_500 if cancellation.cancellation_id == "all" else 1_250
        assert trouble.money_at_risk_minor == owed - 500
        journey.do(retried(journey, trouble.step))
        assert journey.process.troubles[trouble.step].money_at_risk_minor == owed - 500
        journey.provider_says(
            ProviderFact(
                kind=FactKind.CHARGEBACK_WON,
                payment_id=journey.payment().payment_id,
                operation_id="case-1",
            )
        )
        journey.do(retried(journey, trouble.step))
        asked = [each.amount_minor for each in journey.of_type(RefundRequested)]
        assert asked == [500, owed - 500]
        journey.provider_does()
        assert journey.order.refunded_minor == owed
        assert (journey.order.lifecycle is Lifecycle.CANCELLED) == (owed == 2_500)


def test_cancelled_pieces_leave_their_parcel() -> None:
    journey = a_confirmed()
    journey.do(cancelled_lines(1))
    planned = journey.last(ShipmentPlanned)
    assert sum(line.quantity for line in planned.lines) == 1
    shipment_id = journey.send_parcel()
    assert journey.last(PaymentCaptureRequested).amount_minor == 1_250
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.stock().on_hand == 9


def test_cancelled_pieces_of_an_unpaid_order_are_given_back() -> None:
    journey = a_placed()
    journey.do(cancelled_lines(1))
    assert journey.stock().reserved == 1
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.stock().allocated == 1


def test_gives_back_what_was_taken_for_cancelled_pieces() -> None:
    journey = a_confirmed()
    taken_by_provider(journey)
    journey.do(cancelled_lines(1))
    assert journey.last(RefundRequested).amount_minor == 1_250


def test_cancels_an_order_that_was_there_before_the_process() -> None:
    journey = a_stocked_shop()
    journey.streams.carry_out(an_order())  # nobody reacted to it
    journey.do(a_cancellation(cancellation_id="old"))
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert journey.process.stage is Stage.CANCELLED
