"""What reaches the fulfilment process late, twice, or after something else has happened."""

from datetime import timedelta

from commands.cancel_lines import CancelLines
from commands.cancel_shipment import CancelShipment
from commands.order_rules import PartOfLine
from commands.place_hold import PlaceHold
from commands.plan_shipment import PlanShipment
from commands.provider_facts import FactKind, ProviderFact
from commands.record_authorized import RecordAuthorized
from commands.record_declined import RecordDeclined
from commands.release_hold import ReleaseHold
from commands.request_payment import RequestPayment
from commands.retry_fulfilment_step import RetryFulfilmentStep
from domain.about_order import facts_of
from domain.derived_id import derived_id
from domain.fulfilment_events import (
    FulfilmentStepRefused,
    FulfilmentStepTried,
    ManualInterventionRequired,
    Stage,
    TimerFired,
)
from domain.order import Lifecycle
from domain.order_events import OrderCancellationRequested, OrderHeld, OrderPlaced
from domain.order_parts import CancellationReason, HoldDecision, HoldKind
from domain.payment import PaymentStatus
from domain.payment_events import (
    PaymentAuthorizationExpired,
    PaymentCaptureRequested,
    PaymentReauthorizationFailed,
    PaymentVoidRequested,
    RefundRequested,
)
from domain.shipment_events import ShipmentPlanned
from tests.examples import (
    CUSTOMER,
    MINUTE,
    NOW,
    ORDER_ID,
    STAFF,
    a_cancellation,
    a_line,
    a_price,
    a_product,
    an_activation,
    an_order,
)
from tests.fulfilment_journey import PSP_REF, Journey, a_confirmed, a_placed, a_stocked_shop
from tests.stock_examples import a_receipt, a_stock_item
from tests.unit.commands.test_advance_fulfilment_parcels import a_split, cancelled_lines

FIRST_PAYMENT = derived_id(ORDER_ID, "payment", "1")


def a_hold() -> PlaceHold:
    return PlaceHold(
        actor=STAFF,
        asked_at=NOW,
        order_id=ORDER_ID,
        hold_id="by-hand",
        kind=HoldKind.MANUAL,
        reason="odd",
    )


def fires(journey: Journey, timer: str) -> tuple[str, ...]:
    """Let a timer be heard of that fired just before the process had no more use for it."""
    return journey.happen(TimerFired(**facts_of(journey.order), timer=timer, token="t"))


def said(journey: Journey, kind: FactKind, operation_id: str = "", amount: int = 0) -> ProviderFact:
    return ProviderFact(
        kind=kind,
        payment_id=journey.payment().payment_id,
        operation_id=operation_id,
        psp_ref=PSP_REF,
        amount_minor=amount,
        code="no",
    )


def a_completed() -> Journey:
    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    return journey


# Stock and parcels -------------------------------------------------------------------------------


def test_a_free_order_that_is_held_before_the_process_hears_of_it_waits() -> None:
    journey = a_stocked_shop()
    journey.do(a_price(price_id="free", amount_minor=0, valid_from=NOW - MINUTE))
    placed = journey.streams.carry_out(an_order())
    journey.do(a_hold())
    journey.happen(*placed)
    assert journey.process.stage is Stage.ON_HOLD
    assert journey.order.lifecycle is Lifecycle.PENDING
    assert journey.last(FulfilmentStepRefused).command_type == "confirm-order"


def test_a_parcel_that_cannot_be_planned_is_noted() -> None:
    journey = a_confirmed()
    planned = journey.last(ShipmentPlanned)
    journey.streams.carry_out(
        PlanShipment(
            actor=STAFF,
            asked_at=NOW,
            shipment_id=derived_id(ORDER_ID, "shipment", "1"),
            order_id=ORDER_ID,
            location=planned.location,
            lines=planned.lines,
            carrier="another",
            service="fast",
            ship_by=planned.ship_by,
        )
    )
    stop = CancelShipment(actor=STAFF, asked_at=NOW, shipment_id=planned.shipment_id, reason="damp")
    types = journey.do(stop)
    assert "fulfilment-shipment-planned" not in types
    assert journey.last(FulfilmentStepRefused).command_type == "plan-shipment"


def test_only_the_pieces_of_the_cancelled_line_are_given_back() -> None:
    journey = a_stocked_shop()
    journey.do(
        a_product(sku="BOOK"),
        an_activation(sku="BOOK"),
        a_price(sku="BOOK", price_id="b"),
        a_stock_item(sku="BOOK"),
        a_receipt(sku="BOOK", quantity=3),
    )
    lines = (a_line(), a_line(line_id="2", sku="BOOK", quantity=1))
    journey.do(an_order(payment_method_ref="card-ok", lines=lines))
    wish = CancelLines(
        actor=CUSTOMER,
        asked_at=NOW,
        order_id=ORDER_ID,
        cancellation_id="part",
        lines=(PartOfLine(line_id="2", quantity=1),),
        reason_code=CancellationReason.CUSTOMER_REQUEST,
    )
    journey.do(wish)
    assert (journey.stock().reserved, journey.stock("BOOK").reserved) == (2, 0)


def test_cancelled_pieces_leave_the_parcel_that_has_not_left() -> None:
    journey, first = a_split()
    journey.send_parcel(first)
    journey.do(cancelled_lines(1))
    assert "shipment-cancelled" in journey.types()
    assert journey.order.due_totals.grand_minor == 1_250
    assert journey.stock().on_hand == 9
    assert journey.stock().available == 9


def test_what_somebody_put_in_a_parcel_of_its_own_is_not_sent_twice() -> None:
    journey, _ = a_split()
    parcels = journey.types().count("shipment-planned")
    journey.do(a_hold())
    journey.do(
        ReleaseHold(
            actor=STAFF,
            asked_at=NOW,
            order_id=ORDER_ID,
            hold_id="by-hand",
            decision=HoldDecision.APPROVE,
        )
    )
    assert journey.types().count("shipment-planned") == parcels
    watched = {name for name in journey.process.timers if name.startswith("ship_by")}
    assert watched == {f"ship_by:{name}" for name in journey.process.shipments}


# Cancellations -----------------------------------------------------------------------------------


def test_a_wish_to_cancel_what_is_over_changes_nothing() -> None:
    journey = a_placed()
    journey.do(a_cancellation())
    journey.provider_does(FactKind.VOIDED, amount_minor=0)
    assert journey.process.stage is Stage.CANCELLED
    wish = journey.last(OrderCancellationRequested)
    assert journey.happen(wish) == ("order-cancellation-requested",)


def test_what_is_authorised_after_it_was_given_up_is_given_up_again() -> None:
    journey = a_placed()
    journey.do(a_cancellation())
    void_id = journey.last(PaymentVoidRequested).void_id
    late = ProviderFact(
        kind=FactKind.AUTHORIZED,
        payment_id=FIRST_PAYMENT,
        psp_ref=PSP_REF,
        amount_minor=2_500,
        until=NOW + timedelta(days=7),
    )
    journey.provider_says(late)
    journey.provider_says(said(journey, FactKind.VOIDED, void_id, 0))
    journey.provider_does()
    assert len(journey.of_type(PaymentVoidRequested)) == 2
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.order.lifecycle is Lifecycle.CANCELLED


def test_the_money_comes_from_the_card_that_was_charged() -> None:
    journey = a_placed()
    second = RequestPayment(
        actor=CUSTOMER,
        asked_at=NOW,
        payment_id="second",
        order_id=ORDER_ID,
        amount_minor=2_500,
        currency="GBP",
        method_ref="card-ok",
    )
    journey.do(second)
    first, _ = [each.payment_id for each in journey.order.payments]
    paid = ProviderFact(
        kind=FactKind.AUTHORIZED, payment_id=first, psp_ref=PSP_REF, amount_minor=2_500
    )
    journey.provider_says(paid)
    journey.provider_says(said(journey, FactKind.CAPTURED, "by-provider", 2_500))
    journey.do(a_cancellation())
    assert [each.payment_id for each in journey.of_type(RefundRequested)] == [first]


# Money -------------------------------------------------------------------------------------------


def test_a_payment_that_cannot_be_asked_for_leaves_it_to_the_client() -> None:
    journey = a_stocked_shop()
    placed = journey.streams.carry_out(an_order(payment_method_ref="card-ok"))
    journey.streams.carry_out(
        RequestPayment(
            actor=CUSTOMER,
            asked_at=NOW,
            payment_id=FIRST_PAYMENT,
            order_id=ORDER_ID,
            amount_minor=1_000,
            currency="GBP",
            method_ref="voucher",
        )
    )
    (event,) = [each for each in placed if isinstance(each, OrderPlaced)]
    journey.happen(event)
    assert journey.process.stage is Stage.AWAITING_PAYMENT
    assert journey.last(FulfilmentStepRefused).command_type == "request-payment"
    assert journey.order.payments == ()


def test_goods_that_have_left_are_not_held_for_an_authorisation_that_ends() -> None:
    journey = a_confirmed()
    journey.send_parcel()
    payment = journey.payment()
    facts = facts_of(payment)
    for ended in (
        PaymentAuthorizationExpired(**facts, payment_id=payment.payment_id, amount_minor=2_500),
        PaymentReauthorizationFailed(
            **facts, payment_id=payment.payment_id, reauthorization_id="r", code="no"
        ),
    ):
        assert journey.happen(ended)[-1] == "fulfilment-advanced"
    assert not journey.of_type(OrderHeld)


def test_the_rest_is_held_when_not_enough_is_authorised_for_what_leaves() -> None:
    journey, first = a_split()
    journey.now += timedelta(days=30)
    journey.send_parcel(first)
    assert journey.last(OrderHeld).kind is HoldKind.CREDIT
    assert journey.last(ManualInterventionRequired).step == f"money:{first}"


# Timers and operators ----------------------------------------------------------------------------


def test_a_timer_that_fires_too_late_changes_nothing() -> None:
    journey = a_confirmed()
    before = journey.order
    for timer in ("pay_by", f"action:{FIRST_PAYMENT}", "hold_max"):
        assert fires(journey, timer) == ("timer-fired", "fulfilment-advanced")
    assert journey.order == before
    assert journey.process.stage is Stage.FULFILLING

    journey = a_completed()
    assert fires(journey, f"auth_expiry:{FIRST_PAYMENT}") == ("timer-fired", "fulfilment-advanced")


def test_a_parcel_that_leaves_or_arrives_in_this_moment_is_not_overdue() -> None:
    journey = a_confirmed()
    shipment_id = journey.send_parcel()
    assert fires(journey, f"ship_by:{shipment_id}") == ("timer-fired", "fulfilment-advanced")
    journey.deliver(shipment_id)
    assert fires(journey, f"delivery:{shipment_id}") == ("timer-fired", "fulfilment-advanced")
    assert journey.timers() <= {"delivery", "auth_expiry"}


def test_a_capture_or_refund_that_did_not_fail_is_not_tried_again() -> None:
    journey = a_confirmed()
    journey.send_parcel()
    capture_id = journey.last(PaymentCaptureRequested).capture_id
    for timer in (f"capture:{capture_id}", "capture:unknown", "refund:unknown"):
        assert fires(journey, timer) == ("timer-fired", "fulfilment-advanced")
    assert not journey.of_type(FulfilmentStepTried)


def test_an_operator_is_called_once_for_a_step_and_can_have_any_tried_again() -> None:
    journey = a_confirmed()
    journey.now += timedelta(days=30)
    journey.send_parcel()
    trouble = journey.last(ManualInterventionRequired)
    dispatched = next(each for each in journey.log if each.type == "shipment-dispatched")
    journey.happen(dispatched.data)
    assert len(journey.of_type(ManualInterventionRequired)) == 1
    retry = RetryFulfilmentStep(
        actor=STAFF, asked_at=journey.now, order_id=ORDER_ID, step=trouble.step, reason="paid"
    )
    assert journey.do(retry) == ("fulfilment-step-retried", "fulfilment-advanced")
    assert not journey.process.troubles


def test_a_refusal_leaves_the_order_to_a_card_whose_success_is_to_be_heard_of() -> None:
    journey = a_placed()
    other = RequestPayment(
        actor=CUSTOMER,
        asked_at=NOW,
        payment_id="0196a000-0000-7000-8000-0000000000a2",
        order_id=ORDER_ID,
        amount_minor=2_500,
        currency="GBP",
        method_ref="card-declined",
    )
    journey.do(other)
    declined = journey.streams.carry_out(
        RecordDeclined(
            actor=STAFF, asked_at=NOW, payment_id=other.payment_id, code="no", is_retriable=False
        )
    )
    authorised = journey.streams.carry_out(
        RecordAuthorized(
            actor=STAFF, asked_at=NOW, payment_id=FIRST_PAYMENT, amount_minor=2_500, psp_ref=PSP_REF
        )
    )
    journey.happen(*declined, *authorised)
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
