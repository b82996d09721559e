"""ExpireReservation: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.stock_errors import ReservationNotFound, StockItemNotFound
from domain.stock_events import BackorderFilled, StockReservationExpired
from tests.examples import CUSTOMER, MINUTE, ORDER_ID, SKU
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
    an_allocation,
    an_expiry,
    an_extension,
    kept_stock,
    wanted_stock,
)

PAST = (*kept_stock(9), a_reservation_wish())


def expired(quantity: int, promised: int = 0) -> StockReservationExpired:
    return StockReservationExpired(
        sku=SKU,
        location=LOCATION,
        reservation_id=RESERVATION_ID,
        order_id=ORDER_ID,
        line_id="1",
        quantity=quantity,
        from_backordered=promised,
    )


def test_succeeds_when_its_time_is_over_and_not_before() -> None:
    given(*PAST).when(an_expiry()).then(expired(4))
    given(*PAST).when(an_expiry(at=EXPIRES_AT - MINUTE)).then_nothing()


def test_gives_up_what_is_promised_beside_what_is_there() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    given(*kept_stock(3), a_backorder_policy(), wish).when(an_expiry()).then(expired(3, 1))


def test_a_mere_promise_does_not_expire() -> None:
    first = a_reservation_wish(lines=(wanted_stock(reservation_id="r0", quantity=3),))
    wish = a_reservation_wish(allow_backorder=True)
    past = (*kept_stock(3), a_backorder_policy(), first, wish)
    given(*past).when(an_expiry(at=LATER)).then_nothing()


def test_gives_the_pieces_to_whoever_waits_for_them() -> None:
    waits = a_reservation_wish(
        order_id="another",
        lines=(wanted_stock(reservation_id="r2", quantity=5),),
        allow_backorder=True,
    )
    past = (*kept_stock(4), a_backorder_policy(), a_reservation_wish(), waits)
    given(*past).when(an_expiry()).then(
        expired(4),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id="r2",
            order_id="another",
            line_id="1",
            movement_id=f"expiry/{RESERVATION_ID}",
            quantity=4,
        ),
    )


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*PAST).when(an_expiry(actor=CUSTOMER)).then_refused(Forbidden)
    given(*PAST).when(an_expiry(location="EAST")).then_refused(StockItemNotFound)


def test_refused_for_an_unknown_reservation() -> None:
    given(*PAST).when(an_expiry(reservation_id="x")).then_refused(ReservationNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*PAST, an_expiry()).when(an_expiry()).then_nothing()


def test_raced_by_an_allocation_or_a_release_nothing_expires() -> None:
    given(*PAST, an_allocation()).when(an_expiry()).then_nothing()
    given(*PAST, a_release()).when(an_expiry()).then_nothing()


def test_raced_by_an_extension_it_expires_at_the_new_time() -> None:
    past = (*PAST, an_extension())
    given(*past).when(an_expiry(at=LATER - MINUTE)).then_nothing()
    given(*past).when(an_expiry(at=LATER)).then(expired(4))


def test_succeeds_only_for_the_pieces_that_are_left() -> None:
    given(*PAST, a_release(quantity=1)).when(an_expiry(at=LATER)).then(expired(3))


def test_its_own_promise_does_not_get_the_pieces_that_it_gives_back() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    waits = a_reservation_wish(
        order_id="another",
        lines=(wanted_stock(reservation_id="r2", quantity=1),),
        allow_backorder=True,
    )
    past = (*kept_stock(3), a_backorder_policy(), wish, waits)
    given(*past).when(an_expiry()).then(
        expired(3, 1),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id="r2",
            order_id="another",
            line_id="1",
            movement_id=f"expiry/{RESERVATION_ID}",
            quantity=1,
        ),
    )


def test_repeated_has_nothing_to_do_however_late_it_comes() -> None:
    given(*PAST, an_expiry()).when(an_expiry(at=LATER)).then_nothing()


def test_raced_by_an_extension_to_an_earlier_time_it_expires_then() -> None:
    past = (*PAST, an_extension(expires_at=EXPIRES_AT - MINUTE))
    given(*past).when(an_expiry(at=EXPIRES_AT - MINUTE)).then(expired(4))


def test_raced_by_a_receipt_what_came_for_it_stays_allocated() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    more = a_receipt(movement_id="receipt-2", quantity=1)
    given(*kept_stock(3), a_backorder_policy(), wish, more).when(an_expiry()).then(expired(3))


def test_raced_by_a_deduction_nothing_expires() -> None:
    past = (*PAST, an_allocation(), a_deduction(quantity=4))
    given(*past).when(an_expiry(at=LATER)).then_nothing()
