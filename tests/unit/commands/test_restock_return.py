"""RestockReturn: succeeds, refused, repeated, raced."""

from dataclasses import replace
from typing import Any, Final

import pytest

from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.return_events import ReturnDisposition
from domain.stock_errors import InsufficientStock, StockItemNotFound
from domain.stock_events import (
    BackorderFilled,
    StockDepleted,
    StockEvent,
    StockQuarantined,
    StockReserved,
    StockReturned,
    StockWrittenOff,
)
from tests.examples import CUSTOMER, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    EXPIRES_AT,
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_receipt,
    a_reservation_wish,
    a_restocking,
    kept_stock,
)

RETURNED: Final[dict[str, Any]] = {
    "sku": SKU,
    "location": LOCATION,
    "return_id": "return-1",
    "line_id": "1",
    "quantity": 2,
}
WAITING = (*kept_stock(1), a_backorder_policy(), a_reservation_wish(allow_backorder=True))
"""Three pieces are promised."""


def filled(movement_id: str, quantity: int) -> BackorderFilled:
    return BackorderFilled(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        movement_id=movement_id,
        quantity=quantity,
    )


@pytest.mark.parametrize(
    ("disposition", "event"),
    [
        (ReturnDisposition.SHELF, StockReturned(**RETURNED)),
        (ReturnDisposition.QUARANTINE, StockQuarantined(**RETURNED)),
        (ReturnDisposition.WRITE_OFF, StockWrittenOff(**RETURNED)),
    ],
)
def test_succeeds_in_every_way(disposition: ReturnDisposition, event: StockEvent) -> None:
    given(*kept_stock(1)).when(a_restocking(disposition=disposition)).then(event)


def test_only_what_goes_back_to_the_shelf_fills_what_waits() -> None:
    given(*WAITING).when(a_restocking()).then(
        StockReturned(**RETURNED), filled("return/return-1/1", 2)
    )
    quarantined = a_restocking(disposition=ReturnDisposition.QUARANTINE)
    given(*WAITING).when(quarantined).then(StockQuarantined(**RETURNED))


def test_two_lines_of_a_return_fill_the_same_reservation_in_turn() -> None:
    second = a_restocking(line_id="2", quantity=1)
    returned = replace(StockReturned(**RETURNED), line_id="2", quantity=1)
    given(*WAITING, a_restocking()).when(second).then(returned, filled("return/return-1/2", 1))


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*kept_stock(1)).when(a_restocking(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*kept_stock(1)).when(a_restocking(actor=CUSTOMER)).then_refused(Forbidden)
    given(*kept_stock(1)).when(a_restocking(location="EAST")).then_refused(StockItemNotFound)


def test_refused_when_the_line_was_dealt_with_in_another_way() -> None:
    past = (*kept_stock(1), a_restocking())
    for other in (a_restocking(quantity=1), a_restocking(disposition=ReturnDisposition.WRITE_OFF)):
        given(*past).when(other).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*kept_stock(1), a_restocking()).when(a_restocking()).then_nothing()


def test_raced_by_a_receipt_nobody_waits_any_more() -> None:
    past = (*WAITING, a_receipt(movement_id="receipt-2"))
    given(*past).when(a_restocking()).then(StockReturned(**RETURNED))


@pytest.mark.parametrize("disposition", [ReturnDisposition.QUARANTINE, ReturnDisposition.WRITE_OFF])
def test_only_what_goes_back_to_the_shelf_can_be_sold(disposition: ReturnDisposition) -> None:
    past = (*kept_stock(2), a_restocking(disposition=disposition))
    given(*past).when(a_reservation_wish()).then_refused(InsufficientStock)
    given(*kept_stock(2), a_restocking()).when(a_reservation_wish()).then(
        StockReserved(
            sku=SKU,
            location=LOCATION,
            reservation_id=RESERVATION_ID,
            order_id=ORDER_ID,
            line_id="1",
            quantity=4,
            asked_quantity=4,
            expires_at=EXPIRES_AT,
        ),
        StockDepleted(sku=SKU, location=LOCATION, available=0),
    )


def test_the_same_line_of_another_return_is_dealt_with_too() -> None:
    past = (*kept_stock(1), a_restocking())
    given(*past).when(a_restocking(return_id="return-2")).then(
        replace(StockReturned(**RETURNED), return_id="return-2")
    )


def test_repeated_has_nothing_to_do_though_somebody_waits() -> None:
    given(*WAITING, a_restocking()).when(a_restocking()).then_nothing()
