"""The fulfilment process until an order is confirmed: stock, money, holds (domain.md §2.2)."""

from dataclasses import replace

import pytest

from commands.expire_reservation import ExpireReservation
from commands.fulfilment_step import FULFILMENT
from commands.place_hold import PlaceHold
from commands.policies import is_input
from commands.provider_facts import FactKind, ProviderFact
from commands.release_hold import ReleaseHold
from commands.request_payment import RequestPayment
from domain.errors import Forbidden
from domain.fulfilment_events import (
    FulfilmentStepRefused,
    FulfilmentStockKept,
    MissingPieces,
    Stage,
    StockReservationRejected,
)
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Lifecycle
from domain.order_events import OrderConfirmed, OrderExpired, OrderHeld, OrderRejected
from domain.order_parts import HoldDecision, HoldKind, RejectionReason
from domain.payment import PaymentStatus
from domain.shipment_events import ShipmentPlanned
from domain.stock_events import BackorderFilled, StockReserved
from tests.examples import (
    CUSTOMER,
    IMPORT,
    MINUTE,
    NOW,
    ORDER_ID,
    SKU,
    STAFF,
    SYSTEM,
    a_cancellation,
    a_line,
    a_price,
    a_product,
    an_activation,
    an_order,
)
from tests.fulfilment_journey import Journey, a_confirmed, a_placed, a_stocked_shop
from tests.stock_examples import LOCATION, a_backorder_policy, a_receipt, a_stock_item

PLACED = (
    "order-placed",
    "stock-reserved",
    "fulfilment-stock-kept",
    "payment-requested",
    "order-payment-recorded",
    "timer-set",
    "fulfilment-advanced",
)


def release(journey: Journey, decision: HoldDecision, hold_id: str | None = None) -> None:
    journey.do(
        ReleaseHold(
            actor=STAFF,
            asked_at=journey.now,
            order_id=ORDER_ID,
            hold_id=hold_id or journey.last(OrderHeld).hold_id,
            decision=decision,
        )
    )


def let_expire(journey: Journey) -> None:
    kept = journey.last(FulfilmentStockKept).kept[0]
    journey.now = journey.last(StockReserved).expires_at
    journey.do(
        ExpireReservation(
            actor=SYSTEM,
            asked_at=journey.now,
            sku=kept.sku,
            location=kept.location,
            reservation_id=kept.reservation_id,
        )
    )


def test_keeps_stock_and_asks_for_money_when_an_order_is_placed() -> None:
    journey = a_stocked_shop()
    assert journey.do(an_order(payment_method_ref="card-ok")) == PLACED
    assert journey.process.stage is Stage.AWAITING_PAYMENT
    assert journey.stock().reserved == 2
    assert journey.payment().amount_minor == 2_500
    assert journey.timers() == {"pay_by"}


def test_confirms_and_plans_a_parcel_when_the_money_is_authorised() -> None:
    journey = a_placed()
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.process.stage is Stage.FULFILLING
    assert journey.stock().allocated == 2
    assert journey.timers() == {"auth_expiry", "ship_by"}
    assert journey.last(OrderConfirmed).authorised_minor == 2_500


def test_waits_for_the_client_to_pay_an_order_without_a_method() -> None:
    journey = a_placed(payment_method_ref=None)
    assert journey.order.payments == ()
    half = RequestPayment(
        actor=CUSTOMER,
        asked_at=NOW,
        payment_id="half-1",
        order_id=ORDER_ID,
        amount_minor=1_250,
        currency="GBP",
        method_ref="card-ok",
    )
    journey.do(half)
    journey.provider_does()
    assert journey.process.stage is Stage.AWAITING_PAYMENT
    journey.do(replace(half, payment_id="half-2"))
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_confirms_an_order_that_costs_nothing_at_once() -> None:
    journey = a_stocked_shop()
    journey.do(a_price(price_id="free", amount_minor=0, valid_from=NOW - MINUTE))
    journey.do(an_order())
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.timers() == {"ship_by"}


def test_rejects_an_order_for_which_there_are_not_enough_pieces() -> None:
    journey = a_placed(pieces=1)
    assert journey.order.lifecycle is Lifecycle.REJECTED
    assert journey.last(OrderRejected).reason is RejectionReason.OUT_OF_STOCK
    assert journey.last(StockReservationRejected).missing == (
        MissingPieces(sku=SKU, location=LOCATION, requested=2, available=1),
    )
    assert journey.last(FulfilmentStepRefused).code == "insufficient_stock"
    assert journey.process.stage is Stage.REJECTED
    assert journey.stock().reserved == 0


def test_promises_what_is_not_there_if_the_customer_waits() -> None:
    journey = a_stocked_shop(1)
    journey.do(a_backorder_policy(limit=5))
    journey.do(an_order(payment_method_ref="card-ok", allow_backorder=True))
    journey.provider_does()
    confirmed = journey.last(OrderConfirmed)
    assert [each.quantity for each in confirmed.allocations] == [1]
    assert [each.quantity for each in confirmed.backorders] == [1]
    assert "shipment-planned" not in journey.types()  # one delivery was wanted


def test_what_one_order_gives_back_is_sent_to_the_one_that_waits_for_it() -> None:
    journey = a_placed(pieces=2)
    journey.provider_does()
    waiting = {"order_id": "waiting", "order_number": "W26-0000002-X", "fingerprint": "f2"}
    journey.do(a_backorder_policy(limit=5))
    journey.do(an_order(payment_method_ref="card-ok", allow_backorder=True, **waiting))
    journey.provider_does()
    journey.do(a_cancellation())
    assert journey.last(BackorderFilled).order_id == "waiting"
    assert journey.last(ShipmentPlanned).order_id == "waiting"


def test_only_notes_an_imported_order() -> None:
    journey = a_stocked_shop()
    order = an_order(actor=STAFF, origin=IMPORT)
    assert journey.do(order) == ("order-placed", "fulfilment-advanced")
    assert journey.process.stage is Stage.RECORDED


def test_a_redelivered_start_is_recognised() -> None:
    journey = a_confirmed()
    placed = next(event for event in journey.log if event.type == "order-placed")
    assert journey.streams.decide(journey.reaction_to(placed)) == ()
    late = replace(placed, position=999)
    assert journey.streams.decide(journey.reaction_to(late)) == ()


def test_takes_the_order_back_when_the_payment_is_declined_for_good() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.DECLINED, code="stolen_card")
    rejected = journey.last(OrderRejected)
    assert (rejected.reason, rejected.details) == (RejectionReason.PAYMENT_DECLINED, "stolen_card")
    assert journey.stock().available == 10


def test_waits_for_another_payment_when_one_is_declined_that_may_be_tried_again() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.DECLINED, code="try_again", is_retriable=True)
    assert journey.process.stage is Stage.AWAITING_PAYMENT
    assert journey.order.payments[0].has_failed


def test_expires_an_order_that_nobody_pays() -> None:
    journey = a_placed()
    journey.fire("pay_by")
    assert journey.order.lifecycle is Lifecycle.EXPIRED
    assert journey.last(OrderExpired).deadline == journey.now
    assert journey.stock().available == 10
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.process.stage is Stage.EXPIRED


def test_gives_up_a_payment_that_succeeds_after_the_order_has_expired() -> None:
    journey = a_placed()
    journey.fire("pay_by")
    journey.provider_does(FactKind.VOIDED, amount_minor=0)
    request = journey.payment()
    journey.provider_says(authorised(request.payment_id))
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.payment().voided_minor == 2_500
    assert journey.stock().available == 10


def authorised(payment_id: str) -> ProviderFact:
    return ProviderFact(
        kind=FactKind.AUTHORIZED, payment_id=payment_id, psp_ref="late", amount_minor=2_500
    )


def test_the_second_of_two_cards_is_given_up() -> None:
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
    first, _ = [payment.payment_id for payment in journey.order.payments]
    journey.provider_says(authorised(first))
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    journey.provider_says(authorised("second"))
    journey.provider_does()
    assert journey.payment(first).status is PaymentStatus.AUTHORIZED
    assert journey.payment("second").status is PaymentStatus.VOIDED
    assert journey.process.stage is Stage.FULFILLING


def test_holds_a_risky_order_until_somebody_decides() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    assert journey.process.stage is Stage.ON_HOLD
    assert journey.last(OrderHeld).kind is HoldKind.FRAUD
    assert journey.timers() == {"hold_sla", "hold_max"}
    release(journey, HoldDecision.APPROVE)
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.process.stage is Stage.FULFILLING


def test_takes_a_risky_order_back_that_somebody_rejects() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    release(journey, HoldDecision.REJECT)
    assert journey.last(OrderRejected).reason is RejectionReason.FRAUD
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED
    assert journey.stock().available == 10


def test_flags_and_then_cancels_an_order_that_nobody_decides() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    assert "order-flagged-overdue" in journey.fire("hold_sla")
    journey.fire("hold_max")
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert journey.process.stage is Stage.CANCELLED


def test_an_order_held_by_hand_waits_when_it_is_paid() -> None:
    journey = a_placed()
    journey.do(
        PlaceHold(
            actor=STAFF,
            asked_at=NOW,
            order_id=ORDER_ID,
            hold_id="by-hand",
            kind=HoldKind.MANUAL,
            reason="address looks odd",
        )
    )
    journey.provider_does()
    assert journey.process.stage is Stage.ON_HOLD
    release(journey, HoldDecision.APPROVE, "by-hand")
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_a_second_hold_keeps_a_confirmed_order_back() -> None:
    journey = a_confirmed()
    hold = PlaceHold(
        actor=STAFF,
        asked_at=NOW,
        order_id=ORDER_ID,
        hold_id="a",
        kind=HoldKind.MANUAL,
        reason="a",
    )
    journey.do(hold)
    release(journey, HoldDecision.APPROVE, "a")
    assert journey.process.stage is Stage.FULFILLING
    assert journey.types().count("shipment-planned") == 1


def test_reserves_again_once_what_expires_before_the_money_comes() -> None:
    journey = a_placed()
    let_expire(journey)
    assert journey.stock().reserved == 2
    assert journey.process.stage is Stage.AWAITING_PAYMENT
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_takes_the_order_back_when_what_expired_is_gone_or_expires_again() -> None:
    journey = a_placed()
    let_expire(journey)
    let_expire(journey)
    assert journey.last(OrderRejected).reason is RejectionReason.OUT_OF_STOCK
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED


def test_a_reservation_that_expires_as_the_money_comes_is_made_again() -> None:
    """Race 4: the expiry was decided before the authorisation, its reaction comes after."""
    journey = a_placed()
    kept = journey.last(FulfilmentStockKept).kept[0]
    expiry = ExpireReservation(
        actor=FULFILMENT,  # so that the process has not reacted to it yet
        asked_at=journey.last(StockReserved).expires_at,
        sku=kept.sku,
        location=kept.location,
        reservation_id=kept.reservation_id,
    )
    journey.do(expiry)
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.stock().allocated == 2


def test_without_the_pieces_an_authorised_order_is_taken_back() -> None:
    journey = a_placed(2)
    kept = journey.last(FulfilmentStockKept).kept[0]
    journey.do(
        ExpireReservation(
            actor=FULFILMENT,
            asked_at=journey.last(StockReserved).expires_at,
            sku=kept.sku,
            location=kept.location,
            reservation_id=kept.reservation_id,
        )
    )
    journey.do(
        an_order(order_id="faster", fingerprint="f2", payment_method_ref=None),
    )
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.REJECTED
    journey.provider_does()
    assert journey.payment().status is PaymentStatus.VOIDED


TWO_PLACES = FulfilmentPolicy(locations=("MAIN", "EAST"))


@pytest.mark.parametrize(("pieces", "place"), [(9, "MAIN"), (1, "EAST")])
def test_takes_everything_from_one_place_if_that_can_be(pieces: int, place: str) -> None:
    for allow_split in (True, False):
        journey = a_stocked_shop(pieces, TWO_PLACES)
        journey.do(a_stock_item(location="EAST"), a_receipt(location="EAST", quantity=9))
        journey.do(an_order(payment_method_ref="card-ok", allow_split=allow_split))
        assert {each.location for each in journey.process.kept.values()} == {place}


def test_takes_each_line_from_the_first_place_that_has_it() -> None:
    journey = a_stocked_shop(3, TWO_PLACES)
    journey.do(
        a_product(sku="BOOK"),
        an_activation(sku="BOOK"),
        a_price(sku="BOOK", price_id="b"),
        a_stock_item(sku="BOOK", location="EAST"),
        a_receipt(sku="BOOK", location="EAST", quantity=3),
        a_stock_item(location="EAST"),
    )
    lines = (a_line(), a_line(line_id="2", sku="BOOK", quantity=1))
    journey.do(an_order(payment_method_ref="card-ok", allow_split=True, lines=lines))
    assert {each.sku: each.location for each in journey.process.kept.values()} == {
        SKU: "MAIN",
        "BOOK": "EAST",
    }
    journey.provider_does()
    assert journey.types().count("shipment-planned") == 2


def test_rejects_an_order_for_one_delivery_that_no_place_can_make() -> None:
    journey = a_stocked_shop(1, TWO_PLACES)
    journey.do(a_stock_item(location="EAST"), a_receipt(location="EAST", quantity=1))
    journey.do(an_order(payment_method_ref="card-ok"))
    assert journey.order.lifecycle is Lifecycle.REJECTED


def test_an_order_that_cannot_be_confirmed_is_left_on_hold() -> None:
    journey = a_placed()
    journey.provider_does(FactKind.AUTHORIZED, risk_score=90)
    hold = journey.last(OrderHeld)
    journey.do(
        PlaceHold(
            actor=STAFF,
            asked_at=NOW,
            order_id=ORDER_ID,
            hold_id="second",
            kind=HoldKind.ADDRESS,
            reason="odd",
        )
    )
    release(journey, HoldDecision.APPROVE, hold.hold_id)
    assert journey.process.stage is Stage.ON_HOLD


def test_refuses_everybody_but_the_process() -> None:
    journey = a_placed()
    (placed,) = [event for event in journey.log if event.type == "order-placed"]
    command = replace(journey.reaction_to(placed), actor=CUSTOMER)
    with pytest.raises(Forbidden):
        journey.streams.decide(command)


def test_reacts_to_what_others_do_and_not_to_what_it_did() -> None:
    journey = a_confirmed()
    types = {event.type for event in journey.log if is_input(event)}
    assert types == {"order-placed", "payment-authorized"}
