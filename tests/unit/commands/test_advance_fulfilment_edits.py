"""The fulfilment process and changes of orders (domain.md §2.2, race 7 of §2.3)."""

import pytest

from commands.expire_reservation import ExpireReservation
from commands.provider_facts import FactKind, ProviderFact
from commands.registry import Command
from commands.release_hold import ReleaseHold
from commands.report_short import ReportShort
from commands.request_payment import RequestPayment
from domain.coupon_events import (
    CouponRedemptionConfirmed,
    CouponRedemptionReleased,
    CouponRedemptionReserved,
    RedemptionReleaseReason,
)
from domain.fulfilment_events import FulfilmentStockKept, Stage
from domain.order import Lifecycle
from domain.order_edit import EditOperation
from domain.order_events import OrderEdited, OrderEditRejected, OrderHeld
from domain.order_parts import HoldDecision
from domain.payment_events import CaptureMode, PaymentRequested, RefundRequested
from domain.shipment_events import ShipmentCancelled, ShipmentPlanned
from domain.stock_events import ReleaseReason, StockReservationReleased, StockReserved
from tests.coupon_examples import CODE, a_coupon, a_redemption
from tests.edit_examples import (
    add_coupon,
    add_line,
    adjust_price,
    an_edit,
    an_edit_rejection,
    remove_coupon,
    set_quantity,
)
from tests.examples import (
    ORDER_ID,
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
from tests.stock_examples import a_backorder_policy, a_receipt, a_stock_item

PEN = "PEN"
PENS: tuple[Command, ...] = (
    a_product(sku=PEN),
    an_activation(sku=PEN),
    a_price(sku=PEN, price_id="pen", amount_minor=150),
    a_stock_item(sku=PEN),
    a_receipt(sku=PEN, movement_id="pens", quantity=3),
)


def edit(journey: Journey, *operations: EditOperation) -> tuple[str, ...]:
    """Propose a change of the order as it is."""
    version = journey.order.version
    wish = an_edit(*operations, base_version=version, edit_id=f"edit-{version}")
    return journey.do(wish)


def last_reason(journey: Journey) -> str:
    return journey.last(OrderEditRejected).reason


# Before the order is confirmed -------------------------------------------------------------------


def test_an_order_that_waits_for_its_money_changes_at_once() -> None:
    journey = a_placed()
    edit(journey, set_quantity("1", 3))
    assert journey.order.edit is None
    assert journey.order.due_totals.grand_minor == 3_750
    assert journey.stock().reserved == 3
    assert [each.amount_minor for each in journey.of_type(PaymentRequested)] == [2_500, 1_250]
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.order.progress[0].allocated == 3
    planned = journey.last(ShipmentPlanned)
    assert [line.quantity for line in planned.lines] in ([2, 1], [1, 2])
    journey.deliver(journey.send_parcel())
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert (journey.stock().on_hand, journey.stock().allocated) == (7, 0)
    assert journey.order.captured_minor == 3_750


def test_fewer_pieces_go_back_to_the_shelf() -> None:
    journey = a_placed()
    edit(journey, set_quantity("1", 1))
    released = journey.last(StockReservationReleased)
    assert (released.from_reserved, released.reason) == (1, ReleaseReason.EDITED)
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.stock().allocated == 1


def test_an_order_without_a_method_of_payment_is_changed_and_waits() -> None:
    journey = a_placed(payment_method_ref=None)
    edit(journey, set_quantity("1", 3))
    assert journey.order.due_totals.grand_minor == 3_750
    assert not journey.of_type(PaymentRequested)
    assert journey.process.stage is Stage.AWAITING_PAYMENT


def test_an_order_for_which_nothing_more_is_owed_is_confirmed() -> None:
    journey = a_placed(payment_method_ref=None)
    edit(journey, adjust_price("1", 0))
    assert journey.order.lifecycle is Lifecycle.CONFIRMED


def test_what_is_not_there_cannot_be_added() -> None:
    journey = a_placed(pieces=2)
    edit(journey, set_quantity("1", 3))
    assert last_reason(journey) == "out_of_stock"
    assert journey.order.progress[0].kept == 2
    assert journey.process.stage is Stage.AWAITING_PAYMENT


def test_raced_by_the_money_the_order_is_confirmed_once_the_edit_is_decided() -> None:
    journey = a_placed()
    events = journey.streams.carry_out(an_edit(set_quantity("1", 1), base_version=2))
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.PENDING
    journey.happen(*events)
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.order.progress[0].kept == 1


def test_nobody_pays_a_changed_order_and_it_expires() -> None:
    journey = a_placed()
    edit(journey, set_quantity("1", 3))
    journey.fire("pay_by")
    assert journey.order.lifecycle is Lifecycle.EXPIRED
    assert journey.stock().reserved == 0


# An order that was confirmed ---------------------------------------------------------------------


def test_a_confirmed_order_waits_for_the_money_for_more() -> None:
    journey = a_confirmed()
    journey.do(*PENS)
    edit(journey, add_line("2", PEN, 2))
    assert isinstance(journey.of_type(ShipmentCancelled)[-1], ShipmentCancelled)
    assert journey.order.edit is not None
    assert journey.stock(PEN).reserved == 2
    assert "edit" in journey.timers()
    asked = journey.last(PaymentRequested)
    assert asked.amount_minor == 300
    journey.provider_does()
    assert journey.order.edit is None
    assert [line.allocated for line in journey.order.progress] == [2, 2]
    assert "edit" not in journey.timers()
    planned = journey.last(ShipmentPlanned)
    assert {line.sku: line.quantity for line in planned.lines} == {"MUG-BLUE": 2, PEN: 2}
    journey.deliver(journey.send_parcel())
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.order.captured_minor == 2_800


def test_fewer_pieces_of_a_confirmed_order_cost_less_at_once() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 1))
    assert journey.stock().allocated == 1
    journey.deliver(journey.send_parcel())
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.order.captured_minor == 1_250
    journey.provider_does()
    assert journey.payment().voided_minor == 1_250


def test_a_lower_price_stops_no_parcel() -> None:
    journey = a_confirmed()
    edit(journey, adjust_price("1", 1_000))
    assert not journey.of_type(ShipmentCancelled)
    assert journey.order.due_totals.grand_minor == 2_000


def test_what_was_taken_beyond_the_new_total_is_given_back() -> None:
    journey = a_stocked_shop()
    journey.do(an_order())
    journey.do(
        RequestPayment(
            actor=STAFF,
            asked_at=journey.now,
            payment_id="at-once",
            order_id=ORDER_ID,
            amount_minor=2_500,
            currency="GBP",
            method_ref="card-ok",
            capture_mode=CaptureMode.IMMEDIATE,
        )
    )
    journey.provider_does()
    journey.provider_does()
    assert journey.order.captured_minor == 2_500
    edit(journey, set_quantity("1", 1))
    assert journey.last(RefundRequested).amount_minor == 1_250


def test_a_card_that_is_declined_leaves_the_order_as_it_was() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    journey.provider_does(FactKind.DECLINED, code="insufficient_funds", is_retriable=True)
    assert journey.order.edit is not None
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    journey.provider_does(FactKind.DECLINED, code="stolen", is_retriable=False)
    assert last_reason(journey) == "payment_declined"
    assert (journey.stock().reserved, journey.stock().allocated) == (0, 2)
    assert journey.last(ShipmentPlanned).lines[0].quantity == 2
    assert journey.order.due_totals.grand_minor == 2_500


def test_money_that_does_not_come_in_time_leaves_the_order_as_it_was() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    journey.fire("edit")
    assert last_reason(journey) == "timeout"
    assert journey.stock().allocated == 2
    journey.provider_does()
    voided = [each for each in journey.order.payments if each.voided_minor]
    assert [each.voided_minor for each in voided] in ([1_250], [])


def test_a_timer_of_an_edit_that_is_decided_does_nothing() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    (timer,) = [name for name in journey.process.timers if name.startswith("edit")]
    token = journey.process.timers[timer].token
    edit_id = timer.removeprefix("edit:")
    decided = journey.streams.carry_out(an_edit_rejection(edit_id=edit_id))
    journey.fire("edit")
    assert journey.order.edit is None
    journey.happen(*decided)
    assert token not in {each.token for each in journey.process.timers.values()}


def test_who_withdraws_an_edit_gets_the_order_as_it_was() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    assert journey.order.edit is not None
    journey.do(an_edit_rejection(edit_id=journey.order.edit.edit_id))
    assert (journey.stock().reserved, journey.stock().allocated) == (0, 2)
    assert journey.last(ShipmentPlanned).lines[0].quantity == 2
    assert "edit" not in journey.timers()


def test_who_cancels_an_order_withdraws_its_edit() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    journey.do(a_cancellation())
    journey.provider_does()
    assert last_reason(journey) == "cancelled"
    assert journey.order.lifecycle is Lifecycle.CANCELLED
    assert (journey.stock().reserved, journey.stock().allocated) == (0, 0)


def test_raced_by_a_packer_whoever_is_faster_wins() -> None:
    """Race 7: the parcel leaves before the process hears of the edit."""
    journey = a_confirmed()
    version = journey.order.version
    events = journey.streams.carry_out(an_edit(set_quantity("1", 1), base_version=version))
    journey.send_parcel()
    journey.happen(*events)
    assert last_reason(journey) == "edit_not_allowed_after_shipment"
    assert journey.order.progress[0].shipped == 2


def test_an_edit_that_was_decided_before_the_process_hears_of_it_is_over() -> None:
    journey = a_confirmed()
    version = journey.order.version
    events = journey.streams.carry_out(an_edit(set_quantity("1", 1), base_version=version))
    rejected = journey.streams.carry_out(an_edit_rejection())
    journey.happen(*events)
    journey.happen(*rejected)
    assert not journey.of_type(OrderEdited)
    assert journey.order.progress[0].kept == 2


def test_an_edit_of_an_order_that_nobody_carries_out_waits() -> None:
    journey = a_stocked_shop()
    journey.streams.carry_out(an_order())
    events = journey.streams.carry_out(an_edit(set_quantity("1", 1)))
    journey.happen(*events)
    rejected = journey.streams.carry_out(an_edit_rejection())
    journey.happen(*rejected)
    assert journey.types()[-2:] == ("order-edit-proposed", "order-edit-rejected")


def test_a_line_that_is_short_comes_before_an_edit() -> None:
    journey = a_confirmed()
    planned = journey.last(ShipmentPlanned)
    short = ReportShort(
        actor=STAFF,
        asked_at=journey.now,
        shipment_id=planned.shipment_id,
        short_id="s1",
        line_id="1",
        quantity=1,
    )
    events = journey.streams.carry_out(short)
    edit(journey, set_quantity("1", 3))
    journey.happen(*events)
    assert last_reason(journey) == "short"


def test_pieces_for_an_edit_that_expire_are_not_there() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 3))
    kept = journey.last(FulfilmentStockKept).kept[0]
    expires_at = journey.last(StockReserved).expires_at
    journey.do(
        ExpireReservation(
            actor=SYSTEM,
            asked_at=expires_at,
            sku=kept.sku,
            location=kept.location,
            reservation_id=kept.reservation_id,
        )
    )
    journey.provider_does()
    assert last_reason(journey) == "out_of_stock"
    assert journey.stock().allocated == 2


# Orders that are held ----------------------------------------------------------------------------


@pytest.mark.parametrize("decision", list(HoldDecision))
def test_a_held_order_changes_when_it_is_covered(decision: HoldDecision) -> None:
    journey = a_placed()
    journey.provider_does(risk_score=90)
    assert journey.process.stage is Stage.ON_HOLD
    edit(journey, set_quantity("1", 3))
    assert journey.order.edit is not None
    journey.provider_does()
    assert journey.order.edit is None
    assert journey.order.progress[0].kept == 3
    release(journey, decision)
    confirmed = decision is HoldDecision.APPROVE
    assert (journey.order.lifecycle is Lifecycle.CONFIRMED) == confirmed
    assert journey.stock().allocated == (3 if confirmed else 0)


def test_a_hold_that_is_released_while_an_edit_waits_lets_the_edit_decide() -> None:
    journey = a_placed()
    journey.provider_does(risk_score=90)
    edit(journey, set_quantity("1", 3))
    release(journey, HoldDecision.APPROVE)
    assert journey.order.lifecycle is Lifecycle.PENDING
    journey.provider_does()
    assert journey.order.lifecycle is Lifecycle.CONFIRMED
    assert journey.order.progress[0].allocated == 3


def release(journey: Journey, decision: HoldDecision) -> None:
    journey.do(
        ReleaseHold(
            actor=STAFF,
            asked_at=journey.now,
            order_id=ORDER_ID,
            hold_id=journey.last(OrderHeld).hold_id,
            decision=decision,
        )
    )


# Coupons -----------------------------------------------------------------------------------------


def test_a_coupon_is_taken_with_the_edit_and_given_back_with_the_next_one() -> None:
    journey = a_confirmed()
    journey.do(a_coupon())
    edit(journey, add_coupon(CODE))
    assert journey.last(CouponRedemptionReserved).amount_minor == 250
    assert journey.of_type(CouponRedemptionConfirmed)
    assert journey.order.due_totals.grand_minor == 2_250
    edit(journey, remove_coupon(CODE))
    assert journey.last(CouponRedemptionReleased).reason is RedemptionReleaseReason.EDITED


def test_a_coupon_whose_last_place_is_taken_meanwhile_leaves_the_order_as_it_was() -> None:
    journey = a_confirmed()
    journey.do(a_coupon(max_redemptions=1))
    version = journey.order.version
    events = journey.streams.carry_out(an_edit(add_coupon(CODE), base_version=version))
    journey.do(a_redemption(order_id="faster", redemption_id="faster"))
    journey.happen(*events)
    assert last_reason(journey) == "coupon_exhausted"


def test_of_several_coupons_all_are_taken_or_none() -> None:
    journey = a_confirmed()
    journey.do(a_coupon(stackable=True), a_coupon(code="B", stackable=True, max_redemptions=1))
    version = journey.order.version
    wish = an_edit(add_coupon(CODE), add_coupon("B"), base_version=version)
    events = journey.streams.carry_out(wish)
    journey.do(a_redemption(code="B", order_id="faster", redemption_id="faster"))
    journey.happen(*events)
    assert last_reason(journey) == "coupon_exhausted"
    assert journey.last(CouponRedemptionReleased).code == CODE
    edit(journey, add_coupon(CODE), set_quantity("1", 1))
    assert [each.code for each in journey.order.coupons] == [CODE]
    edit(journey, set_quantity("1", 2))
    assert [each.code for each in journey.order.coupons] == [CODE]


def test_money_that_is_not_enough_for_the_edit_waits_for_more() -> None:
    journey = a_confirmed()
    edit(journey, set_quantity("1", 4))
    journey.do(
        RequestPayment(
            actor=STAFF,
            asked_at=journey.now,
            payment_id="a-part",
            order_id=ORDER_ID,
            amount_minor=500,
            currency="GBP",
            method_ref="voucher",
        )
    )
    journey.provider_says(
        ProviderFact(
            kind=FactKind.AUTHORIZED,
            payment_id="a-part",
            operation_id="a-part",
            psp_ref="sb_2",
            amount_minor=500,
        )
    )
    assert journey.order.edit is not None
    journey.provider_does()
    assert journey.order.edit is None


def test_promised_pieces_of_an_edit_are_told_to_the_order() -> None:
    journey = a_placed(pieces=2, allow_backorder=True)
    journey.do(a_backorder_policy())
    journey.provider_does()
    edit(journey, set_quantity("1", 3))
    journey.provider_does()
    assert journey.order.edit is None
    (line,) = journey.order.progress
    assert (line.allocated, line.backordered) == (2, 1)
    journey.do(a_receipt(movement_id="more", quantity=1))
    assert journey.order.progress[0].allocated == 3


def test_two_lines_of_one_product_come_from_one_shelf() -> None:
    journey = a_placed(lines=(a_line(), a_line(line_id="2", quantity=1)))
    edit(journey, set_quantity("2", 2), set_quantity("1", 4))
    assert journey.stock().reserved == 6
