"""AllocateReservation: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.stock_errors import ReservationExpired, ReservationNotFound, StockItemNotFound
from domain.stock_events import StockAllocated
from tests.examples import CUSTOMER, MINUTE, ORDER_ID, SKU, a_product
from tests.specification import given
from tests.stock_examples import (
    LATER,
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_deduction,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_stock_item,
    an_allocation,
    an_expiry,
    an_extension,
    kept_stock,
)

PAST = (*kept_stock(9), a_reservation_wish())


def allocated(quantity: int) -> StockAllocated:
    return StockAllocated(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        quantity=quantity,
    )


def test_succeeds_with_what_is_reserved() -> None:
    given(*PAST).when(an_allocation()).then(allocated(4))
    given(*PAST, a_release(quantity=1)).when(an_allocation()).then(allocated(3))


def test_succeeds_with_the_part_of_a_promise_that_is_there() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    past = (*kept_stock(3), a_backorder_policy(), wish)
    given(*past).when(an_allocation()).then(allocated(3))
    filled = (*past, a_receipt(movement_id="receipt-2"))
    given(*filled).when(an_allocation()).then(allocated(3))


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(an_allocation(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(an_allocation(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_a_reservation_that_is_unknown_or_given_back() -> None:
    given(*PAST).when(an_allocation(reservation_id="x")).then_refused(ReservationNotFound)
    given(*PAST, a_release()).when(an_allocation()).then_refused(ReservationNotFound)


def test_refused_after_the_expiry() -> None:
    given(*PAST, an_expiry()).when(an_allocation()).then_refused(ReservationExpired)


def test_repeated_has_nothing_to_do_even_when_the_pieces_are_gone() -> None:
    given(*PAST, an_allocation()).when(an_allocation()).then_nothing()
    past = (*PAST, an_allocation(), a_deduction(quantity=4))
    given(*past).when(an_allocation()).then_nothing()


def test_raced_by_the_timer_nothing_expires_after_the_allocation() -> None:
    given(*PAST, an_allocation()).when(an_expiry()).then_nothing()


def test_raced_by_an_extension_it_succeeds_after_the_first_end() -> None:
    past = (*PAST, an_extension())
    given(*past).when(an_allocation(asked_at=LATER - MINUTE)).then(allocated(4))


def test_raced_by_a_receipt_what_waited_is_allocated_already() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    past = (a_product(), a_stock_item(), a_backorder_policy(), wish, a_receipt())
    given(*past).when(an_allocation()).then_nothing()


def test_has_nothing_to_do_while_all_of_it_is_promised() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    past = (a_product(), a_stock_item(), a_backorder_policy(), wish)
    given(*past).when(an_allocation()).then_nothing()


def test_the_level_stays_since_the_pieces_were_kept_before() -> None:
    past = (*kept_stock(5), a_reservation_wish())
    given(*past).when(an_allocation()).then(allocated(4))


def test_refuses_to_allocate_what_was_given_back_before_it_was_allocated() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    more = a_receipt(movement_id="receipt-2", quantity=1)
    past = (*kept_stock(3), a_backorder_policy(), wish, more, a_release())
    given(*past).when(an_allocation()).then_refused(ReservationNotFound)
