"""FillBackorder: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.stock_errors import (
    InsufficientStock,
    ReservationConflict,
    ReservationNotFound,
    StockItemNotFound,
)
from domain.stock_events import BackorderFilled, StockDepleted, StockLevelLow
from tests.examples import CUSTOMER, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_count,
    a_fill,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_safety_stock,
    kept_stock,
    wanted_stock,
)

WAITS = a_reservation_wish(lines=(wanted_stock(quantity=3),), allow_backorder=True)
PAST = (
    *kept_stock(4),
    a_safety_stock(quantity=4),
    a_backorder_policy(),
    WAITS,
    a_safety_stock(quantity=1),
)
"""Three pieces are promised, and three are there since less is kept back."""


def filled(quantity: int) -> BackorderFilled:
    return BackorderFilled(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        movement_id="fill-1",
        quantity=quantity,
    )


def test_succeeds_with_a_part_and_with_the_last_pieces() -> None:
    given(*PAST, a_safety_stock(quantity=0)).when(a_fill(quantity=1)).then(filled(1))
    depleted = StockDepleted(sku=SKU, location=LOCATION, available=0)
    given(*PAST).when(a_fill(quantity=3)).then(filled(3), depleted)


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*PAST).when(a_fill(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_beyond_what_waits_and_beyond_what_is_there() -> None:
    given(*PAST).when(a_fill(quantity=4)).then_refused(ReservationConflict)
    refusal = given(*PAST, a_safety_stock(quantity=3)).when(a_fill())
    assert refusal.then_refused(InsufficientStock).items == (
        {"sku": SKU, "location": LOCATION, "requested": 2, "available": 1},
    )


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(a_fill(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_fill(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_an_unknown_reservation() -> None:
    given(*PAST).when(a_fill(reservation_id="x")).then_refused(ReservationNotFound)


def test_refused_with_a_movement_id_that_was_used_for_another_number() -> None:
    given(*PAST, a_fill()).when(a_fill(quantity=1)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, a_fill()).when(a_fill()).then_nothing()


def test_raced_by_a_receipt_nothing_waits_any_more() -> None:
    past = (*PAST, a_receipt(movement_id="receipt-2"))
    given(*past).when(a_fill()).then_refused(ReservationConflict)


def test_tells_when_no_more_than_the_safety_stock_can_be_sold() -> None:
    low = StockLevelLow(sku=SKU, location=LOCATION, available=1)
    given(*PAST).when(a_fill()).then(filled(2), low)


def test_succeeds_out_of_its_turn() -> None:
    second = a_reservation_wish(
        lines=(wanted_stock(reservation_id="r2", quantity=2),), allow_backorder=True
    )
    past = (*PAST[:-1], second, a_safety_stock(quantity=0))
    given(*past).when(a_fill(reservation_id="r2")).then(replace(filled(2), reservation_id="r2"))


def test_succeeds_under_the_id_of_a_receipt_that_filled_a_part() -> None:
    past = (*PAST[:-1], a_receipt(movement_id="fill-1", quantity=1), a_safety_stock(quantity=2))
    given(*past).when(a_fill()).then(
        filled(2), StockDepleted(sku=SKU, location=LOCATION, available=0)
    )


def test_refused_where_nothing_waits() -> None:
    past = (*kept_stock(9), a_reservation_wish())
    given(*past).when(a_fill()).then_refused(ReservationConflict)


def test_repeated_has_nothing_to_do_even_when_all_of_it_is_given_back() -> None:
    given(*PAST, a_fill(), a_release()).when(a_fill()).then_nothing()


def test_raced_by_a_release_nobody_waits_any_more() -> None:
    given(*PAST, a_release()).when(a_fill()).then_refused(ReservationConflict)


def test_raced_by_a_count_there_is_too_little() -> None:
    refusal = given(*PAST, a_count(counted=0)).when(a_fill()).then_refused(InsufficientStock)
    assert refusal.items[0]["available"] == 0
