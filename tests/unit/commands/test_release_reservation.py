"""ReleaseReservation: succeeds, refused, repeated, raced."""

from dataclasses import replace
from functools import partial

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


def test_succeeds_with_pieces_that_are_missing_allocated_ones_first() -> None:
    missing = partial(a_release, reason=ReleaseReason.SHORTED)
    given_up = partial(replace, reason=ReleaseReason.SHORTED)
    firm = (*SPLIT, an_allocation(), a_count(counted=1))
    given(*firm).when(missing(quantity=2)).then(given_up(released(2, allocated=2)))
    given(*firm).when(missing(quantity=4)).then(given_up(released(4, promised=1, allocated=3)))


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


def test_gives_nothing_to_those_who_wait_for_a_promise_that_is_given_up() -> None:
    waits = a_reservation_wish(
        order_id="another", lines=(wanted_stock(reservation_id="r2"),), allow_backorder=True
    )
    given(*SPLIT, waits).when(a_release(quantity=1)).then(released(1, promised=1))


def test_gives_nothing_away_before_what_was_counted_away_is_made_up_for() -> None:
    waits = a_reservation_wish(
        order_id="another", lines=(wanted_stock(reservation_id="r2"),), allow_backorder=True
    )
    past = (*kept_stock(4), a_backorder_policy(), a_reservation_wish(), waits, a_count(counted=2))
    given(*past).when(a_release(quantity=2)).then(released(2, reserved=2))
    given(*past).when(a_release(quantity=3)).then(
        released(3, reserved=3),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id="r2",
            order_id="another",
            line_id="1",
            movement_id="release/release-1",
            quantity=1,
        ),
    )


def test_refused_with_more_pieces_than_can_be() -> None:
    given(*PAST).when(a_release(quantity=10**9 + 1)).then_refused(QuantityInvalid)


def test_refused_with_the_release_id_of_another_reservation() -> None:
    other = a_reservation_wish(lines=(wanted_stock(reservation_id="r2"),))
    past = (*PAST, other, a_release(quantity=1))
    wish = a_release(reservation_id="r2", quantity=1)
    given(*past).when(wish).then_refused(OperationConflict)


def test_succeeds_twice_under_two_ids() -> None:
    past = (*PAST, a_release(release_id="release-0", quantity=3))
    given(*past).when(a_release(quantity=1)).then(released(1, reserved=1))
    given(*past).when(a_release()).then(released(None, reserved=1))
    given(*past).when(a_release(quantity=2)).then_refused(ReservationConflict)


def test_repeated_has_nothing_to_do_even_when_the_rest_has_left() -> None:
    past = (*PAST, an_allocation(), a_release(quantity=1), a_deduction())
    given(*past).when(a_release(quantity=1)).then_nothing()


def test_raced_by_a_deduction_what_has_left_cannot_be_given_back() -> None:
    past = (*PAST, an_allocation(), a_deduction())
    given(*past).when(a_release(quantity=2)).then_refused(ReservationConflict)
    given(*past, a_deduction(shipment_id="s2", quantity=1)).when(a_release()).then_nothing()


def test_raced_by_a_receipt_what_was_promised_is_given_back_from_what_is_allocated() -> None:
    past = (*SPLIT, a_receipt(movement_id="receipt-2", quantity=1))
    given(*past).when(a_release(quantity=4)).then(released(4, reserved=3, allocated=1))


def test_raced_by_the_expiry_what_came_before_it_can_still_be_given_back() -> None:
    past = (*SPLIT, a_receipt(movement_id="receipt-2", quantity=1), an_expiry())
    given(*past).when(a_release()).then(released(None, allocated=1))
