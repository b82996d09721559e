"""StartPicking: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.shipment_errors import (
    ShipmentAlreadyDispatched,
    ShipmentNotFound,
    ShipmentStateConflict,
)
from domain.shipment_events import ShipmentPickingStarted
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    a_picking,
    a_stop,
)
from tests.specification import given


def test_succeeds() -> None:
    given(*PLANNED).when(a_picking()).then(ShipmentPickingStarted(**SHIPMENT))


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PLANNED).when(a_picking(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_picking()).then_refused(ShipmentNotFound)


def test_refused_when_it_has_left() -> None:
    given(*SENT).when(a_picking()).then_refused(ShipmentAlreadyDispatched)


def test_repeated_has_nothing_to_do() -> None:
    given(*PLANNED, a_picking()).when(a_picking()).then_nothing()
    given(*PACKED).when(a_picking()).then_nothing()


def test_raced_by_a_stop_there_is_nothing_to_collect() -> None:
    refusal = given(*PLANNED, a_stop()).when(a_picking()).then_refused(ShipmentStateConflict)
    assert refusal.current_state == "cancelled"
