"""The fulfilment process when providers and banks say something (domain.md §2.2)."""

from datetime import timedelta

import pytest

from commands.order_rules import PartOfLine
from commands.policies import POLICIES
from commands.provider_facts import FactKind, ProviderFact
from commands.record_outcome_unknown import RecordOutcomeUnknown
from commands.request_payment import RequestPayment
from commands.request_refund import RequestRefund
from commands.retry_fulfilment_step import RetryFulfilmentStep
from commands.skip_fulfilment_step import SkipFulfilmentStep
from commands.split_shipment import SplitShipment
from domain.events import EVENT_NAMES, Event
from domain.fulfilment_events import (
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
    ManualInterventionRequired,
    Stage,
)
from domain.order import Lifecycle
from domain.order_events import OrderCancellationRequested, OrderHeld, OrderPlaced
from domain.order_parts import HoldKind
from domain.order_states import PaymentState, payment_state
from domain.payment import PaymentStatus
from domain.payment_events import (
    CaptureMode,
    PaymentCaptureRequested,
    PaymentOperation,
    RefundRequested,
)
from domain.shipment_events import ShipmentPlanned
from tests.examples import CUSTOMER, NOW, ORDER_ID, STAFF, a_shipping_line
from tests.fulfilment_journey import PSP_REF, Journey, a_confirmed, a_placed
from tests.golden.test_golden_events import GOLDEN

NEVER_WITHOUT = {
    OrderPlaced,
    OrderCancellationRequested,
    FulfilmentStepRetried,
    FulfilmentStepSkipped,
}


def fact(journey: Journey, kind: FactKind, operation_id: str = "", amount: int = 0) -> ProviderFact:
    return ProviderFact(
        kind=kind,
        payment_id=journey.payment().payment_id,
        operation_id=operation_id,
        psp_ref=PSP_REF,
        amount_minor=amount,
        until=journey.now + timedelta(days=7),
        code="no",
    )


def a_shipped() -> Journey:
    journey = a_confirmed()
    journey.send_parcel()
    return journey


def a_paid() -> Journey:
    journey = a_shipped()
    journey.provider_does()
    return journey


def test_takes_the_money_when_the_parcel_leaves() -> None:
    journey = a_shipped()
    assert journey.last(PaymentCaptureRequested).amount_minor == 2_500
    journey.provider_does()
    assert journey.order.captured_minor == 2_500
    assert payment_state(journey.order.payments, 2_500) is PaymentState.CAPTURED


def test_a_capture_that_a_webhook_tells_before_the_call_returns_counts_once() -> None:
    """Race 2: the same fact comes from two sides."""
    journey = a_shipped()
    capture = journey.last(PaymentCaptureRequested)
    captured = fact(journey, FactKind.CAPTURED, capture.capture_id, 2_500)
    journey.provider_says(captured)
    assert journey.provider_says(captured) == ()
    assert journey.order.captured_minor == 2_500


def test_tries_a_failed_capture_again_and_then_calls_for_help() -> None:
    journey = a_shipped()
    capture_id = journey.last(PaymentCaptureRequested).capture_id
    for number in range(3):
        journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture_id))
        assert "capture" in journey.timers(), number
        journey.fire("capture")
    journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture_id))
    trouble = journey.last(ManualInterventionRequired)
    assert (trouble.step, trouble.money_at_risk_minor) == (f"capture:{capture_id}", 2_500)
    assert journey.of_type(OrderHeld) == []  # nothing is left that could be held
    journey.do(
        RetryFulfilmentStep(
            actor=STAFF,
            asked_at=journey.now,
            order_id=ORDER_ID,
            step=trouble.step,
            reason="another card",
        )
    )
    journey.provider_does()
    assert journey.order.captured_minor == 2_500
    assert not journey.process.troubles


def test_holds_the_rest_back_when_a_capture_fails_for_good() -> None:
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
    journey.send_parcel(first)
    capture = journey.last(PaymentCaptureRequested)
    assert capture.amount_minor == 1_250
    for _ in range(3):
        journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture.capture_id))
        journey.fire("capture")
    journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture.capture_id))
    assert journey.last(OrderHeld).kind is HoldKind.CREDIT


def test_a_capture_that_can_no_longer_be_asked_for_is_left_to_people() -> None:
    journey = a_shipped()
    capture_id = journey.last(PaymentCaptureRequested).capture_id
    journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture_id))
    journey.now += timedelta(days=30)
    journey.fire("capture")
    assert journey.last(ManualInterventionRequired).step == f"capture:{capture_id}"


def test_counts_a_capture_off_again_that_fails_after_its_success() -> None:
    journey = a_paid()
    capture_id = journey.last(PaymentCaptureRequested).capture_id
    journey.provider_says(fact(journey, FactKind.CAPTURE_FAILED, capture_id))
    assert journey.order.captured_minor == 0


def test_calls_for_help_when_not_enough_is_authorised_for_what_leaves() -> None:
    journey = a_confirmed()
    journey.now += timedelta(days=30)
    journey.send_parcel()
    assert journey.last(ManualInterventionRequired).step.startswith("money:")


def test_takes_the_money_at_once_where_that_was_asked_for() -> None:

    journey = a_placed(payment_method_ref=None)
    journey.do(
        RequestPayment(
            actor=CUSTOMER,
            asked_at=NOW,
            payment_id="now",
            order_id=ORDER_ID,
            amount_minor=2_500,
            currency="GBP",
            method_ref="transfer",
            capture_mode=CaptureMode.IMMEDIATE,
        )
    )
    journey.provider_does()
    assert journey.last(PaymentCaptureRequested).amount_minor == 2_500
    journey.provider_does()
    journey.send_parcel()
    assert len(journey.of_type(PaymentCaptureRequested)) == 1


def test_delivery_is_paid_with_the_first_parcel() -> None:
    journey = a_placed(shipping_method="standard")
    journey.provider_does()
    journey.send_parcel()
    assert journey.last(PaymentCaptureRequested).amount_minor == 2_500 + 395
    assert a_shipping_line().total_minor == 395


def test_asks_to_keep_what_is_authorised_before_it_ends() -> None:
    journey = a_confirmed()
    journey.fire("auth_expiry")
    journey.provider_does(until=journey.now + timedelta(days=7))
    assert "auth_expiry" in journey.timers()
    assert journey.payment().valid_until == journey.now + timedelta(days=7)


def test_holds_the_goods_when_nothing_is_kept_or_it_has_ended() -> None:
    journey = a_confirmed()
    journey.fire("auth_expiry")
    journey.provider_does(FactKind.REAUTHORIZATION_FAILED, code="no")
    assert journey.last(OrderHeld).kind is HoldKind.CREDIT

    journey = a_confirmed()
    journey.now += timedelta(days=30)
    journey.fire("auth_expiry")
    assert journey.payment().status is PaymentStatus.EXPIRED


def test_a_provider_that_ends_an_authorisation_holds_the_goods() -> None:
    journey = a_confirmed()
    journey.provider_says(fact(journey, FactKind.EXPIRED))
    assert journey.last(OrderHeld).kind is HoldKind.CREDIT


def test_has_the_provider_asked_when_nobody_knows_what_it_did() -> None:
    journey = a_placed()
    payment_id = journey.payment().payment_id
    for attempt in (1, 2):
        journey.do(
            RecordOutcomeUnknown(
                actor=STAFF,
                asked_at=journey.now,
                payment_id=payment_id,
                operation=PaymentOperation.AUTHORIZE,
                operation_id=payment_id,
                attempt=attempt,
            )
        )
        timer = journey.process.timers[f"ask:authorize:{payment_id}:{payment_id}"]
        assert timer.due_at == journey.now + attempt * timedelta(minutes=1)
        journey.fire("ask")
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_keeps_the_stock_while_the_customer_confirms_a_payment() -> None:
    journey = a_placed()
    until = NOW + timedelta(minutes=30)
    journey.provider_does(FactKind.ACTION_REQUIRED, url="https://psp.example/1", until=until)
    assert journey.process.timers["pay_by"].due_at == until
    (held,) = journey.stock().reservations.values()
    assert held.expires_at is not None
    assert held.expires_at > until
    journey.fire("action")
    journey.provider_does(FactKind.VOIDED)
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.process.stage is Stage.AWAITING_PAYMENT


def test_a_confirmation_that_is_asked_for_briefly_leaves_the_deadline() -> None:
    journey = a_placed()
    pay_by = journey.process.timers["pay_by"].due_at
    until = NOW + timedelta(minutes=1)
    journey.provider_does(FactKind.ACTION_REQUIRED, url="https://psp.example/1", until=until)
    assert journey.process.timers["pay_by"].due_at == pay_by
    journey.provider_does()
    journey.now = until
    assert "action" not in journey.timers()


def test_an_action_without_an_end_has_the_policy_s() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.ACTION_REQUIRED, url="https://psp.example/1", until=None)
    assert journey.process.timers["pay_by"].due_at == NOW + journey.policy.action


def test_a_dispute_holds_what_has_not_left_and_its_end_is_counted() -> None:
    for kind, refunded in ((FactKind.CHARGEBACK_WON, 0), (FactKind.CHARGEBACK_LOST, 1_000)):
        journey = a_paid()
        journey.provider_says(fact(journey, FactKind.CHARGEBACK, "case-1", 1_000))
        assert payment_state(journey.order.payments, 2_500) is PaymentState.DISPUTED
        journey.provider_says(fact(journey, kind, "case-1"))
        assert journey.order.refunded_minor == refunded
        assert journey.order.payments[0].disputed_minor == 0


def test_a_dispute_of_what_was_taken_at_once_holds_the_goods() -> None:
    journey = a_confirmed()
    payment_id = journey.payment().payment_id
    journey.provider_says(fact(journey, FactKind.CAPTURED, "by-provider", 2_500))
    journey.provider_says(fact(journey, FactKind.CHARGEBACK, "case-1", 1_000))
    assert journey.last(OrderHeld).kind is HoldKind.CREDIT
    assert journey.payment(payment_id).disputed_minor == 1_000


def test_a_refund_that_comes_back_is_left_to_people() -> None:
    journey = a_paid()
    journey.provider_says(fact(journey, FactKind.REFUNDED, "r1", 500))
    assert journey.order.refunded_minor == 500
    journey.provider_says(fact(journey, FactKind.REFUND_REVERSED, "r1"))
    assert journey.order.refunded_minor == 0
    step = journey.last(ManualInterventionRequired).step
    assert step == "refund:r1"
    journey.do(
        SkipFulfilmentStep(
            actor=STAFF, asked_at=journey.now, order_id=ORDER_ID, step=step, reason="sent a cheque"
        )
    )
    assert not journey.process.troubles


def test_a_refund_that_came_back_is_asked_for_anew_once_somebody_wants_it() -> None:
    journey = a_paid()
    journey.provider_says(fact(journey, FactKind.REFUNDED, "r1", 500))
    journey.provider_says(fact(journey, FactKind.REFUND_REVERSED, "r1"))
    journey.do(
        RetryFulfilmentStep(
            actor=STAFF,
            asked_at=journey.now,
            order_id=ORDER_ID,
            step="refund:r1",
            reason="new account",
        )
    )
    asked = journey.last(RefundRequested)
    assert (asked.amount_minor, asked.refund_id == "r1") == (500, False)
    journey.provider_does()
    assert journey.order.refunded_minor == 500
    assert not journey.process.troubles


def test_tries_a_failed_refund_again_under_the_same_id() -> None:

    journey = a_paid()
    wish = RequestRefund(
        actor=STAFF,
        asked_at=journey.now,
        payment_id=journey.payment().payment_id,
        refund_id="r1",
        amount_minor=500,
        reason="goodwill",
    )
    journey.do(wish)
    for _ in range(3):
        journey.provider_says(fact(journey, FactKind.REFUND_FAILED, "r1"))
        journey.fire("refund")
    assert {each.refund_id for each in journey.of_type(RefundRequested)} == {"r1"}
    journey.provider_says(fact(journey, FactKind.REFUND_FAILED, "r1"))
    step = journey.last(ManualInterventionRequired).step
    assert step == "refund:r1"
    journey.do(
        RetryFulfilmentStep(
            actor=STAFF, asked_at=journey.now, order_id=ORDER_ID, step=step, reason="again"
        )
    )
    journey.provider_does()
    assert journey.order.refunded_minor == 500


def test_a_refund_that_can_no_longer_be_made_is_left_to_people() -> None:

    journey = a_paid()
    journey.do(
        RequestRefund(
            actor=STAFF,
            asked_at=journey.now,
            payment_id=journey.payment().payment_id,
            refund_id="r1",
            amount_minor=2_000,
            reason="goodwill",
        )
    )
    journey.provider_says(fact(journey, FactKind.REFUND_FAILED, "r1"))
    journey.provider_says(fact(journey, FactKind.REFUNDED, "by-hand", 2_000))
    journey.fire("refund")
    assert journey.last(ManualInterventionRequired).step == "refund:r1"


@pytest.mark.parametrize("event_class", [each for each in POLICIES if each not in NEVER_WITHOUT])
def test_nobody_reacts_for_an_order_that_nobody_carries_out(event_class: type[Event]) -> None:
    journey = a_placed()
    nobody = Journey()
    nobody.streams.states = {
        stream: state
        for stream, state in journey.streams.states.items()
        if not stream.startswith("fulfilment-")
    }
    event = GOLDEN[EVENT_NAMES[event_class]]
    assert nobody.happen(event) == (EVENT_NAMES[event_class][0],)
