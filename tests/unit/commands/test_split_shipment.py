"""SplitShipment: succeeds, refused, repeated, raced."""

from dataclasses import replace

import pytest

from domain.errors import DuplicateLineId, Forbidden, OperationConflict, QuantityInvalid
from domain.order_errors import LineNotFound
from domain.shipment_errors import (
    FulfillmentQuantityExceeded,
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    ShipmentNotFound,
    ShipmentStateConflict,
    SplitNotAllowed,
)
from domain.shipment_events import ShipmentSplit
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    NEW_SHIPMENT_ID,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    SHIPMENT_ID,
    a_confirmation,
    a_dispatch,
    a_packing,
    a_payment_fact,
    a_plan,
    a_short,
    a_split,
    a_stop,
    a_wanted_order,
    bowls,
    mugs,
    part,
    planned,
)
from tests.specification import given

SPLIT = ShipmentSplit(**SHIPMENT, new_shipment_id=NEW_SHIPMENT_ID, lines=(mugs(3),))


def test_succeeds_with_a_part_of_a_line_and_with_a_whole_line() -> None:
    for past in (PLANNED, PACKED):
        given(*past).when(a_split()).then(
            SPLIT, planned(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(3),))
        )
    given(*PLANNED).when(a_split(lines=(part("2", 1), part("1", 1)))).then(
        ShipmentSplit(**SHIPMENT, new_shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1), bowls())),
        planned(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1), bowls())),
    )


def test_succeeds_with_pieces_of_a_line_that_two_reservations_keep() -> None:
    first, second = mugs(2), replace(mugs(1), reservation_id="second")
    past = (*CONFIRMED, a_plan(lines=(first, second)))
    given(*past).when(a_split(lines=(part("1", 1),))).then(
        ShipmentSplit(**SHIPMENT, new_shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1),)),
        planned(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(1),)),
    )
    given(*past).when(a_split(lines=(part("1", 3),))).then_refused(ShipmentEmpty)


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PLANNED).when(a_split(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_split()).then_refused(ShipmentNotFound)


def test_refused_with_lines_that_are_not_right() -> None:
    for lines, error in (
        ((), ShipmentEmpty),
        ((part("1", 0),), QuantityInvalid),
        ((part("1", 1), part("1", 2)), DuplicateLineId),
        ((part("9", 1),), LineNotFound),
        ((part("1", 5),), FulfillmentQuantityExceeded),
    ):
        given(*PLANNED).when(a_split(lines=lines)).then_refused(error)


def test_refused_when_nothing_would_stay() -> None:
    everything = (part("1", 4), part("2", 1))
    given(*PLANNED).when(a_split(lines=everything)).then_refused(ShipmentEmpty)


def test_refused_for_who_wants_one_delivery() -> None:
    past = (a_wanted_order(allow_split=False), a_confirmation(), a_payment_fact(), a_plan())
    given(*past).when(a_split()).then_refused(SplitNotAllowed)


def test_refused_with_an_id_that_another_shipment_has() -> None:
    other = a_plan(shipment_id=NEW_SHIPMENT_ID, lines=(mugs(3),))
    given(*PLANNED, other).when(a_split()).then_refused(OperationConflict)
    wish = a_split(new_shipment_id=SHIPMENT_ID)
    given(*PLANNED).when(wish).then_refused(OperationConflict)


def test_refused_with_an_id_that_was_used_for_another_split() -> None:
    past = (*PLANNED, a_split())
    given(*past).when(a_split(lines=(part("1", 1),))).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_whatever_became_of_both() -> None:
    given(*PLANNED, a_split()).when(a_split()).then_nothing()
    past = (*PLANNED, a_split(), a_packing(), a_dispatch())
    given(*past).when(a_split()).then_nothing()
    past = (*PLANNED, a_split(), a_stop(shipment_id=NEW_SHIPMENT_ID))
    given(*past).when(a_split()).then_nothing()


def test_raced_by_the_carrier_or_a_stop_it_is_too_late() -> None:
    given(*SENT).when(a_split()).then_refused(ShipmentAlreadyDispatched)
    given(*PLANNED, a_stop()).when(a_split()).then_refused(ShipmentStateConflict)


def test_raced_by_missing_pieces_fewer_are_in_it() -> None:
    past = (*PLANNED, a_short(quantity=2))
    given(*past).when(a_split()).then_refused(FulfillmentQuantityExceeded)
