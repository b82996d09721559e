"""SetBackorderPolicy: succeeds, refused, repeated, raced."""

import pytest

from commands.reserve_stock import ReserveStock
from domain.errors import Forbidden, QuantityInvalid
from domain.stock_errors import InsufficientStock, StockItemNotFound
from domain.stock_events import BackorderPolicySet
from tests.examples import CUSTOMER, SKU
from tests.specification import given
from tests.stock_examples import (
    LATER,
    LOCATION,
    a_backorder_policy,
    a_reservation_wish,
    kept_stock,
    wanted_stock,
)

SET = BackorderPolicySet(sku=SKU, location=LOCATION, limit=5, expected_at=LATER)


def test_succeeds_and_can_be_changed_in_either_part() -> None:
    given(*kept_stock(1)).when(a_backorder_policy()).then(SET)
    for fields in ({"limit": 0}, {"expected_at": None}):
        given(*kept_stock(1), a_backorder_policy(**fields)).when(a_backorder_policy()).then(SET)


@pytest.mark.parametrize("limit", [-1, 10**9 + 1])
def test_refused_with_no_number_of_pieces(limit: int) -> None:
    given(*kept_stock(9)).when(a_backorder_policy(limit=limit)).then_refused(QuantityInvalid)


def test_refused_to_customers_and_where_nothing_is_kept() -> None:
    given(*kept_stock(9)).when(a_backorder_policy(actor=CUSTOMER)).then_refused(Forbidden)
    elsewhere = a_backorder_policy(location="EAST")
    given(*kept_stock(9)).when(elsewhere).then_refused(StockItemNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*kept_stock(9), a_backorder_policy()).when(a_backorder_policy()).then_nothing()


def test_raced_by_a_reservation_what_is_promised_stays_promised_and_no_more_is() -> None:
    promised = a_reservation_wish(lines=(wanted_stock(quantity=6),), allow_backorder=True)
    past = (*kept_stock(1), a_backorder_policy(), promised, a_backorder_policy(limit=0))
    another = a_reservation_wish(
        lines=(wanted_stock(reservation_id="r2", quantity=1),), allow_backorder=True
    )
    given(*past).when(promised).then_nothing()
    given(*past).when(another).then_refused(InsufficientStock)


def test_raced_by_a_reservation_only_the_rest_of_the_limit_may_be_promised() -> None:
    def wants(name: str, quantity: int) -> ReserveStock:
        lines = (wanted_stock(reservation_id=name, quantity=quantity),)
        return a_reservation_wish(lines=lines, allow_backorder=True)

    past = (*kept_stock(1), a_backorder_policy(), wants("r1", 4))
    given(*past).when(wants("r2", 3)).then_refused(InsufficientStock)
    given(*past, wants("r2", 2)).when(wants("r3", 1)).then_refused(InsufficientStock)
