"""Dispatch: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict, OrderStateConflict
from domain.order_errors import LineQuantityExceeded, OrderOnHold
from domain.order_events import (
    OrderCancellationRequested,
    OrderHeld,
    OrderLinesBackordered,
    OrderLinesDelivered,
    OrderLinesReturned,
    OrderReturnRequested,
)
from domain.order_parts import (
    CancellationReason,
    CancellationScope,
    FreeTextPersonal,
    HoldKind,
    PaymentFactKind,
    ReturnedLine,
)
from domain.shipment_errors import (
    PaymentRequired,
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    ShipmentNotFound,
    ShipmentStateConflict,
    TrackingRequired,
)
from tests.examples import CARRIER, CUSTOMER, STAFF, SYSTEM
from tests.shipment_examples import (
    ABOUT,
    BOWL,
    CONFIRMED,
    DELIVERED_AT,
    NEW_SHIPMENT_ID,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT_ID,
    a_confirmation,
    a_delivery,
    a_dispatch,
    a_packing,
    a_payment_fact,
    a_plan,
    a_short,
    a_stop,
    a_wanted_order,
    bowls,
    dispatched,
    line_quantity,
    mugs,
    shipped,
)
from tests.specification import given

HELD = OrderHeld(
    **ABOUT, hold_id="h1", kind=HoldKind.FRAUD, personal=FreeTextPersonal(text="looks odd")
)
CANCELLING = OrderCancellationRequested(
    **ABOUT,
    cancellation_id="c1",
    reason_code=CancellationReason.CUSTOMER_REQUEST,
    requested_by=STAFF.kind,
    scope=CancellationScope.ALL,
)


def test_succeeds_and_tells_the_order() -> None:
    given(*PACKED).when(a_dispatch()).then(dispatched(), shipped())
    wish = a_dispatch(actor=SYSTEM, carrier="fast")
    given(*PACKED).when(wish).then(dispatched(carrier="fast"), shipped())


def test_succeeds_with_what_was_taken_already() -> None:
    captured = a_payment_fact(
        kind=PaymentFactKind.CAPTURED, operation_id="capture", amount_minor=5_900
    )
    given(*PACKED, captured).when(a_dispatch()).then(dispatched(), shipped())


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PACKED).when(a_dispatch(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_dispatch()).then_refused(ShipmentNotFound)


def test_refused_without_a_tracking_number() -> None:
    given(*PACKED).when(a_dispatch(tracking_number="")).then_refused(TrackingRequired)


def test_refused_before_it_is_packed() -> None:
    given(*PLANNED).when(a_dispatch()).then_refused(ShipmentStateConflict)


def test_refused_with_nothing_in_it() -> None:
    past = (*CONFIRMED, a_plan(lines=(mugs(),)), a_packing(), a_short(quantity=4))
    given(*past).when(a_dispatch()).then_refused(ShipmentEmpty)


def test_refused_while_it_is_not_paid_for() -> None:
    unpaid = (a_wanted_order(), a_confirmation(), a_plan(), a_packing())
    given(*unpaid).when(a_dispatch()).then_refused(PaymentRequired)
    for past in (
        (*unpaid, a_payment_fact(amount_minor=5_899)),
        (*PACKED, a_payment_fact(kind=PaymentFactKind.VOIDED, operation_id="v", amount_minor=1)),
        (*PACKED, a_payment_fact(kind=PaymentFactKind.DISPUTED, operation_id="d", amount_minor=1)),
    ):
        given(*past).when(a_dispatch()).then_refused(PaymentRequired)


def test_what_was_given_back_for_returned_pieces_need_not_be_paid_again() -> None:
    rest = a_dispatch(shipment_id=NEW_SHIPMENT_ID, tracking_number="SB4712")
    came_back = (line_quantity("2", 1),)
    returned = ReturnedLine(line_id="2", sku=BOWL, quantity=1, value_minor=900, total_minor=900)
    past = (
        *CONFIRMED,
        a_payment_fact(kind=PaymentFactKind.CAPTURED, operation_id="c", amount_minor=5_900),
        a_plan(lines=(bowls(),)),
        a_packing(),
        a_dispatch(),
        a_delivery(),
        OrderLinesDelivered(
            **ABOUT,
            shipment_id=SHIPMENT_ID,
            lines=came_back,
            delivered_at=DELIVERED_AT,
        ),
        OrderReturnRequested(**ABOUT, return_id="return-1", lines=came_back),
        OrderLinesReturned(**ABOUT, return_id="return-1", lines=(returned,), refund_due_minor=900),
        a_payment_fact(kind=PaymentFactKind.REFUNDED, operation_id="r", amount_minor=900),
        a_plan(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(),)),
        a_packing(shipment_id=NEW_SHIPMENT_ID),
    )
    given(*past).when(rest).then(
        dispatched(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(),), tracking_number="SB4712"),
        shipped(shipment_id=NEW_SHIPMENT_ID, lines=(line_quantity("1", 4),)),
    )


def test_refused_when_it_left_under_another_number() -> None:
    given(*SENT).when(a_dispatch(tracking_number="x")).then_refused(ShipmentAlreadyDispatched)
    given(*SENT).when(a_dispatch(tracking_number="")).then_refused(ShipmentAlreadyDispatched)


def test_refused_when_the_order_knows_of_other_pieces_in_this_parcel() -> None:
    told = shipped(lines=(line_quantity("1", 1),))
    given(*PACKED, told).when(a_dispatch()).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*SENT).when(a_dispatch()).then_nothing()
    given(*SENT, a_delivery()).when(a_dispatch()).then_nothing()


def test_repeated_for_an_order_that_knows_it_already_only_the_shipment_is_told() -> None:
    given(*PACKED, shipped()).when(a_dispatch()).then(dispatched())


def test_raced_by_a_hold_it_stays_in_the_house() -> None:
    given(*PACKED, HELD).when(a_dispatch()).then_refused(OrderOnHold)


def test_raced_by_a_cancellation_it_stays_in_the_house() -> None:
    given(*PACKED, CANCELLING).when(a_dispatch()).then_refused(OrderStateConflict)
    refusal = given(*PACKED, a_stop()).when(a_dispatch()).then_refused(ShipmentStateConflict)
    assert refusal.current_state == "cancelled"


def test_raced_by_another_parcel_no_piece_leaves_twice() -> None:
    other = a_plan(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1),))
    past = (*PACKED, other, a_packing(shipment_id=NEW_SHIPMENT_ID), a_dispatch())
    wish = a_dispatch(shipment_id=NEW_SHIPMENT_ID)
    refusal = given(*past).when(wish).then_refused(LineQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 1, "available": 0},)


def test_raced_by_a_count_what_is_promised_again_does_not_leave() -> None:
    missing = OrderLinesBackordered(**ABOUT, operation_id="b1", lines=(line_quantity("1", 1),))
    given(*PACKED, missing).when(a_dispatch()).then_refused(LineQuantityExceeded)
