"""CountStock: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.stock_errors import StockItemNotFound
from domain.stock_events import BackorderFilled, StockCounted, StockDepleted, StockLevelLow
from tests.examples import CUSTOMER, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_count,
    a_receipt,
    a_reservation_wish,
    a_safety_stock,
    an_adjustment,
    kept_stock,
)


def counted(before: int, counted: int) -> StockCounted:
    return StockCounted(
        sku=SKU,
        location=LOCATION,
        movement_id="count-1",
        before=before,
        counted=counted,
        delta=counted - before,
    )


def test_succeeds_whatever_the_books_say() -> None:
    given(*kept_stock(10)).when(a_count()).then(counted(10, 9))
    given(*kept_stock(3)).when(a_count()).then(counted(3, 9))
    given(*kept_stock(9)).when(a_count()).then(counted(9, 9))


def test_tells_when_nothing_was_found() -> None:
    depleted = StockDepleted(sku=SKU, location=LOCATION, available=0)
    given(*kept_stock(10)).when(a_count(counted=0)).then(counted(10, 0), depleted)


@pytest.mark.parametrize("number", [-1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(number: int) -> None:
    given(*kept_stock(10)).when(a_count(counted=number)).then_refused(QuantityInvalid)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*kept_stock(9)).when(a_count(actor=CUSTOMER)).then_refused(Forbidden)
    given(*kept_stock(9)).when(a_count(location="EAST")).then_refused(StockItemNotFound)


def test_refused_with_a_movement_id_that_was_used_for_something_else() -> None:
    past = (*kept_stock(10), a_count())
    given(*past).when(a_count(counted=8)).then_refused(OperationConflict)
    given(*kept_stock(10)).when(a_count(movement_id="receipt-1")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_though_the_books_have_moved_on() -> None:
    past = (*kept_stock(10), a_count(), a_receipt(movement_id="receipt-2"))
    given(*past).when(a_count()).then_nothing()


def test_raced_by_an_adjustment_the_count_is_what_counts() -> None:
    given(*kept_stock(10), an_adjustment()).when(a_count()).then(counted(8, 9))


def test_tells_when_more_is_reserved_than_was_found() -> None:
    past = (*kept_stock(10), a_reservation_wish())
    depleted = StockDepleted(sku=SKU, location=LOCATION, available=-3)
    given(*past).when(a_count(counted=1)).then(counted(10, 1), depleted)


def test_tells_when_no_more_than_the_safety_stock_can_be_sold() -> None:
    past = (*kept_stock(10), a_safety_stock())
    low = StockLevelLow(sku=SKU, location=LOCATION, available=3)
    given(*past).when(a_count(counted=7)).then(counted(10, 7))
    given(*past).when(a_count(counted=6)).then(counted(10, 6), low)


def test_gives_what_was_found_to_whoever_waits_for_it() -> None:
    past = (*kept_stock(3), a_backorder_policy(), a_reservation_wish(allow_backorder=True))
    given(*past).when(a_count(counted=4)).then(
        counted(3, 4),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id=RESERVATION_ID,
            order_id=ORDER_ID,
            line_id="1",
            movement_id="movement/count-1",
            quantity=1,
        ),
    )
