"""Pack: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.shipment_errors import (
    ShipmentAlreadyDispatched,
    ShipmentEmpty,
    ShipmentNotFound,
    ShipmentStateConflict,
)
from domain.shipment_events import Parcel, ShipmentPacked
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    a_packing,
    a_picking,
    a_plan,
    a_short,
    a_stop,
    mugs,
)
from tests.specification import given

IN_ONE_BOX = ShipmentPacked(
    **SHIPMENT,
    parcels=(Parcel(parcel_id="p1", weight_grams=1_900),),
    carrier="sandbox",
    service="standard",
)


def test_succeeds_whether_somebody_said_that_he_began_or_not() -> None:
    given(*PLANNED).when(a_packing()).then(IN_ONE_BOX)
    given(*PLANNED, a_picking()).when(a_packing()).then(IN_ONE_BOX)


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PLANNED).when(a_packing(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_packing()).then_refused(ShipmentNotFound)


def test_refused_without_a_box() -> None:
    given(*PLANNED).when(a_packing(parcels=())).then_refused(ShipmentEmpty)


def test_refused_when_it_has_left() -> None:
    given(*SENT).when(a_packing()).then_refused(ShipmentAlreadyDispatched)


def test_repeated_has_nothing_to_do() -> None:
    given(*PACKED).when(a_packing()).then_nothing()


def test_raced_by_a_stop_it_cannot_be_packed() -> None:
    given(*PLANNED, a_stop()).when(a_packing()).then_refused(ShipmentStateConflict)


def test_raced_by_missing_pieces_there_is_nothing_to_pack() -> None:
    past = (*CONFIRMED, a_plan(lines=(mugs(),)), a_short(quantity=4))
    given(*past).when(a_packing()).then_refused(ShipmentEmpty)
