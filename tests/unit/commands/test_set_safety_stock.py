"""SetSafetyStock: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, QuantityInvalid
from domain.stock_errors import InsufficientStock, StockItemNotFound
from domain.stock_events import SafetyStockSet, StockDepleted, StockLevelLow
from tests.examples import CUSTOMER, SKU
from tests.specification import given
from tests.stock_examples import LOCATION, a_reservation_wish, a_safety_stock, kept_stock

SET = SafetyStockSet(sku=SKU, location=LOCATION, quantity=3)


def test_succeeds_and_tells_what_that_means_for_what_can_be_sold() -> None:
    given(*kept_stock(10)).when(a_safety_stock()).then(SET)
    low = StockLevelLow(sku=SKU, location=LOCATION, available=2)
    given(*kept_stock(5)).when(a_safety_stock()).then(SET, low)
    depleted = StockDepleted(sku=SKU, location=LOCATION, available=-1)
    given(*kept_stock(2)).when(a_safety_stock()).then(SET, depleted)


def test_succeeds_in_taking_it_back() -> None:
    given(*kept_stock(2), a_safety_stock()).when(a_safety_stock(quantity=0)).then(
        SafetyStockSet(sku=SKU, location=LOCATION, quantity=0)
    )


@pytest.mark.parametrize("quantity", [-1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*kept_stock(9)).when(a_safety_stock(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*kept_stock(9)).when(a_safety_stock(actor=CUSTOMER)).then_refused(Forbidden)
    given(*kept_stock(9)).when(a_safety_stock(location="EAST")).then_refused(StockItemNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*kept_stock(9), a_safety_stock()).when(a_safety_stock()).then_nothing()


def test_raced_by_a_reservation_what_is_reserved_stays_reserved() -> None:
    depleted = StockDepleted(sku=SKU, location=LOCATION, available=-2)
    given(*kept_stock(5), a_reservation_wish()).when(a_safety_stock()).then(SET, depleted)


def test_tells_the_level_once_however_often_it_is_raised() -> None:
    low = StockLevelLow(sku=SKU, location=LOCATION, available=2)
    lower = SafetyStockSet(sku=SKU, location=LOCATION, quantity=4)
    given(*kept_stock(5)).when(a_safety_stock()).then(SET, low)
    given(*kept_stock(5), a_safety_stock()).when(a_safety_stock(quantity=4)).then(lower)


def test_what_is_held_back_cannot_be_reserved() -> None:
    past = (*kept_stock(6), a_safety_stock())
    given(*past).when(a_reservation_wish()).then_refused(InsufficientStock)


def test_tells_when_the_line_rises_to_what_can_be_sold() -> None:
    past = (*kept_stock(6), a_safety_stock(quantity=1))
    given(*past).when(a_safety_stock(quantity=5)).then(
        SafetyStockSet(sku=SKU, location=LOCATION, quantity=5),
        StockLevelLow(sku=SKU, location=LOCATION, available=1),
    )
