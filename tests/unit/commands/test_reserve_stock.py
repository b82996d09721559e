"""ReserveStock: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from commands.registry import Command
from commands.reserve_stock import ReserveStock
from domain.errors import Forbidden, QuantityInvalid
from domain.stock_errors import InsufficientStock, ReservationConflict
from domain.stock_events import StockBackordered, StockDepleted, StockLevelLow, StockReserved
from tests.examples import CUSTOMER, ORDER_ID, SKU, SYSTEM, a_product
from tests.specification import given
from tests.stock_examples import (
    EXPIRES_AT,
    LATER,
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_count,
    a_deduction,
    a_receipt,
    a_release,
    a_reservation_wish,
    a_safety_stock,
    a_stock_item,
    an_allocation,
    an_expiry,
    kept_stock,
    wanted_stock,
)

OTHER = "LAMP"


def both_kept(mugs: int, lamps: int) -> tuple[Command, ...]:
    return (
        *kept_stock(mugs),
        a_product(sku=OTHER),
        a_stock_item(sku=OTHER),
        a_receipt(sku=OTHER, quantity=lamps),
    )


def two_lines(mugs: int, lamps: int) -> ReserveStock:
    return a_reservation_wish(
        lines=(
            wanted_stock(quantity=mugs),
            wanted_stock(reservation_id="r2", line_id="2", sku=OTHER, quantity=lamps),
        )
    )


def reserved(
    quantity: int, asked: int, sku: str = SKU, name: str = RESERVATION_ID
) -> StockReserved:
    return StockReserved(
        sku=sku,
        location=LOCATION,
        reservation_id=name,
        order_id=ORDER_ID,
        line_id="1" if name == RESERVATION_ID else "2",
        quantity=quantity,
        asked_quantity=asked,
        expires_at=EXPIRES_AT,
    )


def promised(quantity: int, asked: int, name: str = RESERVATION_ID) -> StockBackordered:
    return StockBackordered(
        sku=SKU,
        location=LOCATION,
        reservation_id=name,
        order_id=ORDER_ID,
        line_id="1" if name == RESERVATION_ID else "2",
        quantity=quantity,
        asked_quantity=asked,
        expected_at=LATER,
    )


def depleted(available: int = 0) -> StockDepleted:
    return StockDepleted(sku=SKU, location=LOCATION, available=available)


def test_succeeds_with_what_is_there() -> None:
    given(*kept_stock(10)).when(a_reservation_wish()).then(reserved(4, 4))
    given(*kept_stock(10)).when(a_reservation_wish(actor=SYSTEM)).then(reserved(4, 4))


def test_succeeds_with_the_last_pieces_and_tells_so() -> None:
    given(*kept_stock(4)).when(a_reservation_wish()).then(reserved(4, 4), depleted())
    low = StockLevelLow(sku=SKU, location=LOCATION, available=2)
    past = (*kept_stock(8), a_safety_stock(quantity=2))
    given(*past).when(a_reservation_wish()).then(reserved(4, 4), low)


def test_succeeds_over_several_products_in_one_decision() -> None:
    given(*both_kept(9, 9)).when(two_lines(4, 3)).then(reserved(4, 4), reserved(3, 3, OTHER, "r2"))


def test_succeeds_with_a_part_and_a_promise_where_that_is_allowed() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    past = (*kept_stock(3), a_backorder_policy(limit=1))
    given(*past).when(wish).then(reserved(3, 4), promised(1, 4), depleted())


def test_succeeds_with_a_promise_alone_when_nothing_is_there() -> None:
    wish = a_reservation_wish(allow_backorder=True)
    past = (a_product(), a_stock_item(), a_backorder_policy())
    given(*past).when(wish).then(promised(4, 4))
    given(*kept_stock(4), a_count(counted=0), a_backorder_policy()).when(wish).then(promised(4, 4))


def test_refused_when_one_line_is_short_and_nothing_is_reserved_for_the_others() -> None:
    refusal = given(*both_kept(9, 2)).when(two_lines(4, 3)).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": OTHER, "location": LOCATION, "requested": 3, "available": 2},)


def test_refused_with_all_that_is_short_at_once() -> None:
    refusal = given(*both_kept(1, 2)).when(two_lines(4, 3)).then_refused(InsufficientStock)
    assert refusal.items == (
        {"sku": SKU, "location": LOCATION, "requested": 4, "available": 1},
        {"sku": OTHER, "location": LOCATION, "requested": 3, "available": 2},
    )


def test_lines_of_one_product_are_checked_together() -> None:
    lines = (wanted_stock(), wanted_stock(reservation_id="r2", line_id="2"))
    wish = a_reservation_wish(lines=lines)
    refusal = given(*kept_stock(7)).when(wish).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": SKU, "location": LOCATION, "requested": 4, "available": 3},)
    given(*kept_stock(8)).when(wish).then(reserved(4, 4), reserved(4, 4, SKU, "r2"), depleted())


def test_refused_where_the_product_is_not_kept() -> None:
    wish = a_reservation_wish(lines=(wanted_stock(location="EAST"),))
    refusal = given(*kept_stock(9)).when(wish).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": SKU, "location": "EAST", "requested": 4, "available": 0},)


def test_refused_beyond_the_backorder_limit_or_where_the_order_wants_no_promise() -> None:
    past = (*kept_stock(1), a_backorder_policy(limit=2))
    wish = a_reservation_wish(allow_backorder=True)
    given(*past).when(wish).then_refused(InsufficientStock)
    enough = (*kept_stock(1), a_backorder_policy(limit=3))
    given(*enough).when(a_reservation_wish()).then_refused(InsufficientStock)
    given(*enough).when(wish).then(reserved(1, 4), promised(3, 4), depleted())


def test_what_was_counted_away_is_shown_as_nothing_and_never_below() -> None:
    past = (*kept_stock(4), a_reservation_wish(), a_count(counted=1))
    wish = a_reservation_wish(lines=(wanted_stock(reservation_id="r2"),))
    refusal = given(*past).when(wish).then_refused(InsufficientStock)
    assert refusal.items[0]["available"] == 0


@pytest.mark.parametrize("quantity", [0, -1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    wish = a_reservation_wish(lines=(wanted_stock(quantity=quantity),))
    given(*kept_stock(9)).when(wish).then_refused(QuantityInvalid)


def test_refused_to_customers() -> None:
    given(*kept_stock(9)).when(a_reservation_wish(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_with_a_reservation_id_that_says_something_else() -> None:
    past = (*kept_stock(90), a_reservation_wish())
    for wish in (
        a_reservation_wish(order_id="another"),
        a_reservation_wish(lines=(wanted_stock(quantity=5),)),
        a_reservation_wish(lines=(wanted_stock(line_id="2"),)),
    ):
        given(*past).when(wish).then_refused(ReservationConflict)


@pytest.mark.parametrize("then", [(), (a_release(),), (an_expiry(),)])
def test_repeated_has_nothing_to_do_whatever_became_of_it(then: tuple[Command, ...]) -> None:
    past = (*kept_stock(4), a_reservation_wish(), *then)
    given(*past).when(a_reservation_wish(expires_at=LATER)).then_nothing()


def test_repeated_with_one_more_line_reserves_only_that() -> None:
    past = (*both_kept(9, 9), a_reservation_wish())
    given(*past).when(two_lines(4, 3)).then(reserved(3, 3, OTHER, "r2"))


def test_raced_by_another_order_there_is_too_little_for_the_second() -> None:
    first = a_reservation_wish(order_id="first", lines=(wanted_stock(reservation_id="r0"),))
    given(*kept_stock(7), first).when(a_reservation_wish()).then_refused(InsufficientStock)
    given(*kept_stock(8), first).when(a_reservation_wish()).then(reserved(4, 4), depleted())


def test_refused_where_the_product_is_not_kept_even_if_a_promise_would_do() -> None:
    lines = (wanted_stock(), wanted_stock(reservation_id="r2", line_id="2", location="EAST"))
    wish = a_reservation_wish(lines=lines, allow_backorder=True)
    past = (*kept_stock(9), a_backorder_policy(limit=10**9))
    refusal = given(*past).when(wish).then_refused(InsufficientStock)
    assert refusal.code == "insufficient_stock"
    assert refusal.items == ({"sku": SKU, "location": "EAST", "requested": 4, "available": 0},)


def test_refused_with_all_lines_of_one_product_that_are_short() -> None:
    wish = a_reservation_wish(
        lines=(
            wanted_stock(quantity=8),
            wanted_stock(reservation_id="r2", line_id="2", quantity=9),
        )
    )
    refusal = given(*kept_stock(7)).when(wish).then_refused(InsufficientStock)
    assert refusal.items == (
        {"sku": SKU, "location": LOCATION, "requested": 8, "available": 7},
        {"sku": SKU, "location": LOCATION, "requested": 9, "available": 7},
    )


def test_lines_of_one_product_share_what_is_there_and_what_may_be_promised() -> None:
    lines = (wanted_stock(), wanted_stock(reservation_id="r2", line_id="2"))
    wish = a_reservation_wish(lines=lines, allow_backorder=True)
    given(*kept_stock(6), a_backorder_policy(limit=2)).when(wish).then(
        reserved(4, 4), reserved(2, 4, SKU, "r2"), promised(2, 4, "r2"), depleted()
    )
    past = (a_product(), a_stock_item(), a_backorder_policy(limit=7))
    refusal = given(*past).when(wish).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": SKU, "location": LOCATION, "requested": 4, "available": 0},)
    enough = (a_product(), a_stock_item(), a_backorder_policy(limit=8))
    given(*enough).when(wish).then(promised(4, 4), promised(4, 4, "r2"))


def test_lines_of_one_product_at_several_locations_do_not_share() -> None:
    east = (a_stock_item(location="EAST"), a_receipt(location="EAST", quantity=5))
    lines = (wanted_stock(), wanted_stock(reservation_id="r2", line_id="2", location="EAST"))
    given(*kept_stock(5), *east).when(a_reservation_wish(lines=lines)).then(
        reserved(4, 4), replace(reserved(4, 4, SKU, "r2"), location="EAST")
    )


def test_tells_the_level_once_for_all_lines_together() -> None:
    lines = (wanted_stock(), wanted_stock(reservation_id="r2", line_id="2"))
    wish = a_reservation_wish(lines=lines)
    both = (reserved(4, 4), reserved(4, 4, SKU, "r2"))
    given(*kept_stock(11), a_safety_stock(quantity=1)).when(wish).then(*both)
    low = StockLevelLow(sku=SKU, location=LOCATION, available=1)
    given(*kept_stock(10), a_safety_stock(quantity=1)).when(wish).then(*both, low)
    given(*kept_stock(9), a_safety_stock(quantity=1)).when(wish).then(*both, depleted())


def test_a_reservation_id_named_twice_is_one_reservation_or_a_conflict() -> None:
    twice = a_reservation_wish(lines=(wanted_stock(), wanted_stock()))
    given(*kept_stock(9)).when(twice).then(reserved(4, 4))
    other = a_reservation_wish(lines=(wanted_stock(), wanted_stock(line_id="2")))
    given(*kept_stock(9)).when(other).then_refused(ReservationConflict)


def test_refused_with_no_number_of_pieces_in_a_later_line() -> None:
    given(*both_kept(1, 9)).when(two_lines(4, 0)).then_refused(QuantityInvalid)


@pytest.mark.parametrize(
    "then", [(), (an_allocation(),), (an_allocation(), a_deduction(quantity=4))]
)
def test_repeated_has_nothing_to_do_once_the_pieces_belong_to_the_order(
    then: tuple[Command, ...],
) -> None:
    past = (*kept_stock(4), a_reservation_wish(), *then)
    given(*past).when(a_reservation_wish()).then_nothing()


def test_repeated_with_a_line_that_is_short_is_refused_for_that_line_alone() -> None:
    past = (*both_kept(4, 2), a_reservation_wish())
    refusal = given(*past).when(two_lines(4, 3)).then_refused(InsufficientStock)
    assert refusal.items == ({"sku": OTHER, "location": LOCATION, "requested": 3, "available": 2},)


def test_refused_with_a_known_id_whatever_became_of_it() -> None:
    other = a_reservation_wish(lines=(wanted_stock(quantity=5),))
    for then in (a_release(), an_expiry()):
        past = (*kept_stock(9), a_reservation_wish(), then)
        given(*past).when(other).then_refused(ReservationConflict)


def test_raced_by_a_release_there_is_enough_for_the_second() -> None:
    first = a_reservation_wish(order_id="first", lines=(wanted_stock(reservation_id="r0"),))
    past = (*kept_stock(4), first, a_release(reservation_id="r0"))
    given(*past).when(a_reservation_wish()).then(reserved(4, 4), depleted())


def test_raced_by_a_receipt_those_who_waited_come_before() -> None:
    waits = a_reservation_wish(
        order_id="first", lines=(wanted_stock(reservation_id="r0"),), allow_backorder=True
    )
    past = (a_product(), a_stock_item(), a_backorder_policy(), waits)
    refusal = given(*past, a_receipt(quantity=7)).when(a_reservation_wish())
    assert refusal.then_refused(InsufficientStock).items[0]["available"] == 3
