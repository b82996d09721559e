"""ExtendReservation: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.stock_errors import ReservationExpired, ReservationNotFound, StockItemNotFound
from domain.stock_events import StockReservationExtended
from tests.examples import CUSTOMER, ORDER_ID, SKU, a_product
from tests.specification import given
from tests.stock_examples import (
    EXPIRES_AT,
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
    wanted_stock,
)

PAST = (*kept_stock(9), a_reservation_wish())
EXTENDED = StockReservationExtended(
    sku=SKU,
    location=LOCATION,
    reservation_id=RESERVATION_ID,
    order_id=ORDER_ID,
    expires_at=LATER,
)


def test_succeeds_and_the_timer_of_before_finds_nothing_to_do() -> None:
    given(*PAST).when(an_extension()).then(EXTENDED)
    given(*PAST, an_extension()).when(an_expiry()).then_nothing()


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(an_extension(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(an_extension(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_a_reservation_that_is_unknown_or_given_back() -> None:
    given(*PAST).when(an_extension(reservation_id="x")).then_refused(ReservationNotFound)
    given(*PAST, a_release()).when(an_extension()).then_refused(ReservationNotFound)


def test_refused_after_the_expiry() -> None:
    given(*PAST, an_expiry()).when(an_extension()).then_refused(ReservationExpired)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, an_extension()).when(an_extension()).then_nothing()
    given(*PAST).when(an_extension(expires_at=EXPIRES_AT)).then_nothing()


def test_raced_by_the_allocation_there_is_no_end_to_move() -> None:
    given(*PAST, an_allocation()).when(an_extension()).then_nothing()


def test_a_mere_promise_has_no_end_to_move() -> None:
    first = a_reservation_wish(lines=(wanted_stock(reservation_id="r0", quantity=9),))
    wish = a_reservation_wish(allow_backorder=True)
    past = (*kept_stock(9), a_backorder_policy(), first, wish)
    given(*past).when(an_extension()).then_nothing()


def test_succeeds_with_the_part_that_is_there() -> None:
    past = (*kept_stock(3), a_backorder_policy(), a_reservation_wish(allow_backorder=True))
    given(*past).when(an_extension()).then(EXTENDED)


def test_refused_when_all_of_it_has_left() -> None:
    past = (*PAST, an_allocation(), a_deduction(quantity=4))
    given(*past).when(an_extension()).then_refused(ReservationNotFound)


def test_raced_by_a_release_of_a_part_the_rest_is_kept_for_longer() -> None:
    given(*PAST, a_release(quantity=1)).when(an_extension()).then(EXTENDED)


def test_raced_by_a_receipt_what_was_promised_is_firm_and_has_no_end() -> None:
    past = (a_product(), a_stock_item(), a_backorder_policy())
    wish = a_reservation_wish(allow_backorder=True)
    given(*past, wish, a_receipt()).when(an_extension()).then_nothing()
