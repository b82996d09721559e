"""ReportShort: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden, OperationConflict, QuantityInvalid
from domain.order_errors import LineNotFound
from domain.shipment_errors import (
    FulfillmentQuantityExceeded,
    ShipmentAlreadyDispatched,
    ShipmentNotFound,
    ShipmentStateConflict,
)
from domain.shipment_events import ShipmentLineShorted
from tests.examples import CARRIER, CUSTOMER, SKU
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    a_dispatch,
    a_packing,
    a_picking,
    a_short,
    a_split,
    a_stop,
    bowls,
    dispatched,
    line_quantity,
    mugs,
    shipped,
)
from tests.specification import given


def shorted(quantity: int, short_id: str = "short-1") -> ShipmentLineShorted:
    return ShipmentLineShorted(
        **SHIPMENT,
        short_id=short_id,
        line_id="1",
        sku=SKU,
        quantity=quantity,
        reservation_id="r1",
    )


def test_succeeds_while_it_is_in_the_house() -> None:
    for past in (PLANNED, (*PLANNED, a_picking()), PACKED):
        given(*past).when(a_short()).then(shorted(1))
        given(*past).when(a_short(quantity=4)).then(shorted(4))


def test_the_shipment_goes_on_without_them() -> None:
    past = (*PLANNED, a_short(), a_packing())
    given(*past).when(a_dispatch()).then(
        dispatched(lines=(mugs(3), bowls())),
        shipped(lines=(line_quantity("1", 3), line_quantity("2", 1))),
    )
    past = (*PLANNED, a_short(quantity=4), a_packing())
    given(*past).when(a_dispatch()).then(
        dispatched(lines=(bowls(),)), shipped(lines=(line_quantity("2", 1),))
    )


def test_succeeds_twice_under_two_ids() -> None:
    given(*PLANNED, a_short()).when(a_short(short_id="short-2")).then(shorted(1, "short-2"))


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PLANNED).when(a_short(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_short()).then_refused(ShipmentNotFound)


def test_refused_for_a_line_that_is_not_in_it() -> None:
    given(*PLANNED).when(a_short(line_id="9")).then_refused(LineNotFound)
    past = (*PLANNED, a_short(quantity=4))
    given(*past).when(a_short(short_id="short-2")).then_refused(LineNotFound)


@pytest.mark.parametrize("quantity", [0, -1])
def test_refused_with_no_number_of_pieces(quantity: int) -> None:
    given(*PLANNED).when(a_short(quantity=quantity)).then_refused(QuantityInvalid)


def test_refused_with_more_than_is_in_it() -> None:
    refusal = given(*PLANNED).when(a_short(quantity=5)).then_refused(FulfillmentQuantityExceeded)
    assert refusal.items == ({"line_id": "1", "requested": 5, "available": 4},)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*PLANNED, a_short())
    given(*past).when(a_short(quantity=2)).then_refused(OperationConflict)
    given(*past).when(a_short(line_id="2")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_it_has_left() -> None:
    given(*PLANNED, a_short()).when(a_short()).then_nothing()
    given(*PLANNED, a_short(), a_packing(), a_dispatch()).when(a_short()).then_nothing()


def test_raced_by_the_carrier_it_is_too_late() -> None:
    given(*SENT).when(a_short()).then_refused(ShipmentAlreadyDispatched)


def test_raced_by_a_stop_or_a_split_fewer_are_in_it() -> None:
    given(*PLANNED, a_stop()).when(a_short()).then_refused(ShipmentStateConflict)
    wish = a_short(quantity=2)
    given(*PLANNED, a_split()).when(wish).then_refused(FulfillmentQuantityExceeded)
