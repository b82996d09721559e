"""DeductStock: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.stock_errors import (
    AllocationExceeded,
    ReservationNotFound,
    StockItemNotFound,
    StockNegative,
)
from domain.stock_events import StockDeducted
from tests.examples import CUSTOMER, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_count,
    a_deduction,
    a_receipt,
    a_release,
    a_reservation_wish,
    an_allocation,
    an_expiry,
    kept_stock,
    wanted_stock,
)

PAST = (*kept_stock(9), a_reservation_wish(), an_allocation())


def deducted(quantity: int, shipment_id: str = "shipment-1") -> StockDeducted:
    return StockDeducted(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        shipment_id=shipment_id,
        quantity=quantity,
    )


def test_succeeds_in_one_parcel_or_several() -> None:
    given(*PAST).when(a_deduction()).then(deducted(3))
    rest = a_deduction(shipment_id="shipment-2", quantity=1)
    given(*PAST, a_deduction()).when(rest).then(deducted(1, "shipment-2"))


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*PAST).when(a_deduction(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_beyond_what_is_allocated() -> None:
    given(*PAST).when(a_deduction(quantity=5)).then_refused(AllocationExceeded)
    given(*PAST[:-1]).when(a_deduction()).then_refused(AllocationExceeded)


def test_refused_when_the_books_say_that_the_pieces_are_not_there() -> None:
    given(*PAST, a_count(counted=2)).when(a_deduction()).then_refused(StockNegative)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(a_deduction(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_deduction(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_an_unknown_reservation() -> None:
    given(*PAST).when(a_deduction(reservation_id="x")).then_refused(ReservationNotFound)


def test_refused_when_the_parcel_took_another_number_of_pieces() -> None:
    given(*PAST, a_deduction()).when(a_deduction(quantity=1)).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, a_deduction()).when(a_deduction()).then_nothing()


def test_raced_by_a_release_it_takes_no_more_than_is_left() -> None:
    past = (*PAST, a_release(quantity=2))
    given(*past).when(a_deduction()).then_refused(AllocationExceeded)
    given(*past).when(a_deduction(quantity=2)).then(deducted(2))


def test_succeeds_in_one_parcel_for_two_reservations() -> None:
    other = (
        a_reservation_wish(lines=(wanted_stock(reservation_id="r2"),)),
        an_allocation(reservation_id="r2"),
    )
    given(*PAST, *other, a_deduction()).when(a_deduction(reservation_id="r2")).then(
        replace(deducted(3), reservation_id="r2")
    )


def test_succeeds_with_what_came_for_a_promise_and_not_with_what_is_reserved() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    more = a_receipt(movement_id="receipt-2", quantity=1)
    past = (*kept_stock(3), a_backorder_policy(), wish, more)
    given(*past).when(a_deduction(quantity=1)).then(deducted(1))
    given(*past).when(a_deduction(quantity=2)).then_refused(AllocationExceeded)


def test_the_level_stays_since_the_pieces_were_kept_before() -> None:
    past = (*kept_stock(5), a_reservation_wish(), an_allocation())
    given(*past).when(a_deduction()).then(deducted(3))


def test_repeated_has_nothing_to_do_even_when_the_rest_is_given_back() -> None:
    given(*PAST, a_deduction(), a_release()).when(a_deduction()).then_nothing()


def test_raced_by_a_receipt_it_succeeds_where_the_books_were_short() -> None:
    past = (*PAST, a_count(counted=2), a_receipt(movement_id="receipt-2", quantity=1))
    given(*past).when(a_deduction()).then(deducted(3))


def test_raced_by_the_expiry_nothing_may_leave() -> None:
    past = (*kept_stock(9), a_reservation_wish(), an_expiry())
    given(*past).when(a_deduction()).then_refused(AllocationExceeded)


def test_takes_no_deduction_for_another_whose_ids_join_to_the_same_text() -> None:
    def kept(name: str) -> tuple[Command, ...]:
        wish = a_reservation_wish(lines=(wanted_stock(reservation_id=name),))
        return (wish, an_allocation(reservation_id=name))

    first = a_deduction(shipment_id="a", reservation_id="b/c")
    past = (*kept_stock(9), *kept("b/c"), *kept("c"), first)
    given(*past).when(a_deduction(shipment_id="a/b", reservation_id="c")).then(
        StockDeducted(
            sku=SKU,
            location=LOCATION,
            reservation_id="c",
            order_id=ORDER_ID,
            line_id="1",
            shipment_id="a/b",
            quantity=3,
        )
    )
