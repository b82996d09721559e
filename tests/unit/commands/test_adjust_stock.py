"""AdjustStock: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OccurredAtInFuture, OperationConflict, QuantityInvalid
from domain.stock_errors import StockItemNotFound, StockNegative
from domain.stock_events import (
    BackorderFilled,
    StockAdjusted,
    StockDepleted,
    StockLevelLow,
)
from tests.examples import CUSTOMER, DAY, NOW, ORDER_ID, SKU
from tests.specification import given
from tests.stock_examples import (
    LOCATION,
    RESERVATION_ID,
    a_backorder_policy,
    a_count,
    a_reservation_wish,
    a_safety_stock,
    an_adjustment,
    kept_stock,
)


def adjusted(delta: int, reason: str = "broken") -> StockAdjusted:
    return StockAdjusted(
        sku=SKU, location=LOCATION, movement_id="adjustment-1", delta=delta, reason=reason
    )


def depleted(available: int) -> StockDepleted:
    return StockDepleted(sku=SKU, location=LOCATION, available=available)


def low(available: int) -> StockLevelLow:
    return StockLevelLow(sku=SKU, location=LOCATION, available=available)


def test_succeeds_downwards_and_upwards() -> None:
    given(*kept_stock(10)).when(an_adjustment()).then(adjusted(-2))
    given(*kept_stock(10)).when(an_adjustment(delta=5, reason="found")).then(adjusted(5, "found"))


def test_refused_in_the_future_and_with_a_time_of_a_customers() -> None:
    given(*kept_stock(10)).when(an_adjustment(occurred_at=NOW + DAY)).then_refused(
        OccurredAtInFuture
    )
    wish = an_adjustment(actor=CUSTOMER, occurred_at=NOW - DAY)
    given(*kept_stock(10)).when(wish).then_refused(Forbidden)


def test_tells_when_nothing_is_left_to_sell_and_only_then() -> None:
    given(*kept_stock(2)).when(an_adjustment()).then(adjusted(-2), depleted(0))
    given(*kept_stock(3)).when(an_adjustment()).then(adjusted(-2))
    gone = an_adjustment(movement_id="adjustment-0", delta=-3)
    found = an_adjustment(delta=1, reason="found")
    given(*kept_stock(3), gone).when(found).then(adjusted(1, "found"))


def test_tells_when_no_more_than_the_safety_stock_can_be_sold() -> None:
    past = (*kept_stock(10), a_safety_stock(quantity=4))
    given(*past).when(an_adjustment(delta=-1)).then(adjusted(-1))
    given(*past).when(an_adjustment()).then(adjusted(-2), low(4))
    given(*past).when(an_adjustment(delta=-6)).then(adjusted(-6), depleted(0))
    lower = an_adjustment(movement_id="adjustment-0")
    given(*past, lower).when(an_adjustment()).then(adjusted(-2))


def test_may_take_what_is_reserved_since_it_is_gone_all_the_same() -> None:
    past = (*kept_stock(5), a_reservation_wish())
    given(*past).when(an_adjustment()).then(adjusted(-2), depleted(-1))


@pytest.mark.parametrize("delta", [0, 10**9 + 1, -(10**9) - 1])
def test_refused_with_no_number_of_pieces(delta: int) -> None:
    given(*kept_stock(10)).when(an_adjustment(delta=delta)).then_refused(QuantityInvalid)


def test_refused_when_fewer_pieces_are_there() -> None:
    given(*kept_stock(1)).when(an_adjustment()).then_refused(StockNegative)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*kept_stock(9)).when(an_adjustment(actor=CUSTOMER)).then_refused(Forbidden)
    given(*kept_stock(9)).when(an_adjustment(location="EAST")).then_refused(StockItemNotFound)


def test_refused_with_a_movement_id_that_was_used_for_something_else() -> None:
    past = (*kept_stock(9), an_adjustment())
    given(*past).when(an_adjustment(delta=-3)).then_refused(OperationConflict)
    given(*past).when(an_adjustment(reason="lost")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_nothing_is_left() -> None:
    past = (*kept_stock(2), an_adjustment())
    given(*past).when(an_adjustment()).then_nothing()


def test_raced_by_a_count_it_is_refused_rather_than_going_below_zero() -> None:
    past = (*kept_stock(9), a_count(counted=1))
    given(*past).when(an_adjustment()).then_refused(StockNegative)


def test_succeeds_with_all_that_is_there() -> None:
    given(*kept_stock(2)).when(an_adjustment()).then(adjusted(-2), depleted(0))
    past = (*kept_stock(4), a_reservation_wish())
    given(*past).when(an_adjustment(delta=-4)).then(adjusted(-4))


def test_gives_what_was_found_to_whoever_waits_for_it() -> None:
    past = (*kept_stock(3), a_backorder_policy(), a_reservation_wish(allow_backorder=True))
    given(*past).when(an_adjustment(delta=2, reason="found")).then(
        adjusted(2, "found"),
        BackorderFilled(
            sku=SKU,
            location=LOCATION,
            reservation_id=RESERVATION_ID,
            order_id=ORDER_ID,
            line_id="1",
            movement_id="movement/adjustment-1",
            quantity=1,
        ),
    )


def test_refused_with_the_movement_id_of_a_receipt_or_a_count() -> None:
    past = (*kept_stock(9), a_count())
    for used in ("receipt-1", "count-1"):
        given(*past).when(an_adjustment(movement_id=used)).then_refused(OperationConflict)
