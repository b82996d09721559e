"""ReleaseReservation: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.stock_errors import ReservationConflict, ReservationNotFound, StockItemNotFound
from domain.stock_events import BackorderFilled, ReleaseReason, StockReservationReleased
from tests.examples import CUSTOMER, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_deduction,
    a_release,
    a_reservation_wish,
    an_allocation,
    an_expiry,
    kept_stock,
    wanted_stock,
)

PAST = (*kept_stock(9), a_reservation_wish())
SPLIT = (*kept_stock(3), a_backorder_policy(), a_reservation_wish(allow_backorder=True))


def released(
    asked: int | None, *, promised: int = 0, reserved: int = 0, allocated: int = 0
) -> StockReservationReleased:
    return StockReservationReleased(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        release_id="release-1",
        asked_quantity=asked,
        from_backordered=promised,
        from_reserved=reserved,
        from_allocated=allocated,
        reason=ReleaseReason.CANCELLED,
    )


def test_succeeds_with_all_that_is_left() -> None:
    given(*PAST).when(a_release()).then(released(None, reserved=4))
    given(*PAST, an_allocation()).when(a_release()).then(released(None, allocated=4))
    given(*SPLIT).when(a_release()).then(released(None, promised=1, reserved=3))
    shipped = (*PAST, an_allocation(), a_deduction())
    given(*shipped).when(a_release()).then(released(None, allocated=1))


def test_succeeds_with_a_part_promised_pieces_first_and_allocated_ones_last() -> None:
    given(*SPLIT).when(a_release(quantity=1)).then(released(1, promised=1))
    given(*SPLIT).when(a_release(quantity=2)).then(released(2, promised=1, reserved=1))
    firm = (*SPLIT, an_allocation())
    given(*firm).when(a_release(quantity=2)).then(released(2, promised=1, allocated=1))


def test_gives_the_pieces_to_whoever_waits_for_them() -> None:
    waits = a_reservation_wish(
        order_id="another",
        lines=(wanted_stock(reservation_id="r2", quantity=3),),
        allow_backorder=True,
    )
    past = (*kept_stock(4), a_backorder_policy(), a_reservation_wish(), waits)
    given(*past).when(a_release(quantity=2)).then(
        released(2, reserved=2),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id="r2",
            order_id="another",
            line_id="1",
            movement_id="release/release-1",
            quantity=2,
        ),
    )


@pytest.mark.parametrize("quantity", [0, -1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*PAST).when(a_release(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_with_more_than_is_left() -> None:
    given(*PAST).when(a_release(quantity=5)).then_refused(ReservationConflict)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(a_release(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(a_release(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_an_unknown_reservation() -> None:
    given(*PAST).when(a_release(reservation_id="x")).then_refused(ReservationNotFound)


def test_refused_with_a_release_id_that_was_used_for_something_else() -> None:
    past = (*PAST, a_release(quantity=1))
    given(*past).when(a_release(quantity=2)).then_refused(OperationConflict)
    given(*past).when(a_release()).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, a_release(quantity=1)).when(a_release(quantity=1)).then_nothing()
    given(*PAST, a_release()).when(a_release()).then_nothing()


def test_raced_by_the_expiry_nothing_is_left_to_release() -> None:
    given(*PAST, an_expiry()).when(a_release()).then_nothing()
