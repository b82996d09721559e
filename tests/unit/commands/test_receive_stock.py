"""ReceiveStock: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OccurredAtInFuture, OperationConflict, QuantityInvalid
from domain.stock_errors import StockItemNotFound
from domain.stock_events import BackorderFilled, StockDepleted, StockReceived
from tests.examples import CUSTOMER, DAY, NOW, ORDER_ID, SKU, a_product
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    a_backorder_policy,
    a_count,
    a_fill,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_safety_stock,
    a_stock_item,
    an_adjustment,
    wanted_stock,
)

RECEIVED = StockReceived(
    sku=SKU, location=LOCATION, movement_id="receipt-1", quantity=10, reference="PO-1"
)
KEPT = (a_product(), a_stock_item())
WAITING = (
    *KEPT,
    a_backorder_policy(limit=20),
    *(
        a_reservation_wish(
            lines=(wanted_stock(reservation_id=name, quantity=quantity),), allow_backorder=True
        )
        for name, quantity in (("r1", 6), ("r2", 3), ("r3", 8))
    ),
)
THE_LAST = (wanted_stock(reservation_id="r4", quantity=5),)


def filled(name: str, quantity: int, movement_id: str = "movement/receipt-1") -> BackorderFilled:
    return BackorderFilled(
        sku=SKU,
        location=LOCATION,
        reservation_id=name,
        order_id=ORDER_ID,
        line_id="1",
        movement_id=movement_id,
        quantity=quantity,
    )


def test_succeeds_with_and_without_a_reference() -> None:
    given(*KEPT).when(a_receipt(reference="PO-1")).then(RECEIVED)
    given(*KEPT).when(a_receipt()).then(
        StockReceived(sku=SKU, location=LOCATION, movement_id="receipt-1", quantity=10)
    )


def test_refused_in_the_future_and_with_a_time_of_a_customers() -> None:
    given(*KEPT).when(a_receipt(occurred_at=NOW + DAY)).then_refused(OccurredAtInFuture)
    wish = a_receipt(actor=CUSTOMER, occurred_at=NOW - DAY)
    given(*KEPT).when(wish).then_refused(Forbidden)


def test_fills_what_waits_first_come_first() -> None:
    given(*WAITING).when(a_receipt(reference="PO-1")).then(
        RECEIVED, filled("r1", 6), filled("r2", 3), filled("r3", 1)
    )


def test_fills_the_rest_with_the_next_receipt() -> None:
    second = a_receipt(movement_id="receipt-2", quantity=2)
    given(*WAITING, a_receipt()).when(second).then(
        StockReceived(sku=SKU, location=LOCATION, movement_id="receipt-2", quantity=2),
        filled("r3", 2, "movement/receipt-2"),
    )


def test_fills_beside_a_fill_of_its_own_that_has_the_same_id() -> None:
    spare = (a_safety_stock(quantity=0), a_fill(reservation_id="r1", movement_id="m", quantity=1))
    past = (*KEPT, a_receipt(quantity=1), a_safety_stock(quantity=1), *WAITING[2:], *spare)
    given(*past).when(a_receipt(movement_id="m", quantity=5)).then(
        StockReceived(sku=SKU, location=LOCATION, movement_id="m", quantity=5),
        filled("r1", 5, "movement/m"),
    )


def test_fills_nobody_who_has_given_up_waiting() -> None:
    past = (*WAITING, a_release(reservation_id="r1"))
    given(*past).when(a_receipt(reference="PO-1")).then(RECEIVED, filled("r2", 3), filled("r3", 7))


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*KEPT).when(a_receipt(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*KEPT).when(a_receipt(actor=CUSTOMER)).then_refused(Forbidden)
    given(*KEPT).when(a_receipt(location="EAST")).then_refused(StockItemNotFound)


def test_refused_with_a_movement_id_that_was_used_for_something_else() -> None:
    for other in (a_receipt(quantity=9), a_receipt(reference="PO-2"), a_count()):
        past = (*KEPT, other)
        wish = a_receipt(movement_id=other.movement_id)
        given(*past).when(wish).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_however_late_it_comes() -> None:
    past = (*KEPT, a_receipt(), an_adjustment(), a_count())
    given(*past).when(a_receipt()).then_nothing()


def test_succeeds_with_the_largest_number_of_pieces_there_is() -> None:
    given(*KEPT).when(a_receipt(quantity=10**9)).then(
        StockReceived(sku=SKU, location=LOCATION, movement_id="receipt-1", quantity=10**9)
    )


def test_fills_nothing_before_what_was_counted_away_is_made_up_for() -> None:
    lost = (a_receipt(movement_id="m", quantity=17), a_count(counted=10))
    past = (*WAITING, *lost, a_reservation_wish(lines=THE_LAST, allow_backorder=True))
    given(*past).when(a_receipt(reference="PO-1", quantity=7)).then(
        StockReceived(
            sku=SKU, location=LOCATION, movement_id="receipt-1", quantity=7, reference="PO-1"
        )
    )
    given(*past).when(a_receipt(reference="PO-1")).then(RECEIVED, filled("r4", 3))


def test_fills_with_what_is_not_held_back() -> None:
    past = (*WAITING, a_safety_stock(quantity=8))
    given(*past).when(a_receipt(reference="PO-1")).then(RECEIVED, filled("r1", 2))


def test_tells_when_those_who_wait_leave_nothing_to_be_sold() -> None:
    spare = (a_receipt(movement_id="m", quantity=1), a_safety_stock(quantity=1))
    past = (*KEPT, *spare, *WAITING[2:], a_safety_stock(quantity=0))
    given(*past).when(a_receipt(reference="PO-1")).then(
        RECEIVED,
        filled("r1", 6),
        filled("r2", 3),
        filled("r3", 2),
        StockDepleted(sku=SKU, location=LOCATION, available=0),
    )


def test_repeated_has_nothing_to_do_though_somebody_waits() -> None:
    given(*WAITING, a_receipt(quantity=2)).when(a_receipt(quantity=2)).then_nothing()


def test_the_same_movement_id_at_another_location_is_another_movement() -> None:
    past = (*KEPT, a_stock_item(location="EAST"), a_receipt())
    given(*past).when(a_receipt(location="EAST")).then(
        StockReceived(sku=SKU, location="EAST", movement_id="receipt-1", quantity=10)
    )
