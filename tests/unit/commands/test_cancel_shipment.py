"""CancelShipment: succeeds, refused, repeated, raced."""

import pytest

from domain.errors import Forbidden
from domain.shipment_errors import ShipmentAlreadyDispatched, ShipmentNotFound
from domain.shipment_events import ShipmentCancelled
from tests.examples import CARRIER, CUSTOMER, SYSTEM
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    PLANNED,
    SENT,
    SHIPMENT,
    a_delivery,
    a_picking,
    a_short,
    a_stop,
    bowls,
    mugs,
)
from tests.specification import given

STOPPED = ShipmentCancelled(**SHIPMENT, lines=(mugs(), bowls()), reason="customer_request")


def test_succeeds_while_it_is_in_the_house() -> None:
    for past in (PLANNED, (*PLANNED, a_picking()), PACKED):
        given(*past).when(a_stop(actor=SYSTEM)).then(STOPPED)


def test_says_what_was_left_in_it() -> None:
    given(*PLANNED, a_short()).when(a_stop()).then(
        ShipmentCancelled(**SHIPMENT, lines=(mugs(3), bowls()), reason="customer_request")
    )


@pytest.mark.parametrize("actor", [CUSTOMER, CARRIER])
def test_refused_to_all_but_the_shop(actor: object) -> None:
    given(*PLANNED).when(a_stop(actor=actor)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_stop()).then_refused(ShipmentNotFound)


def test_repeated_has_nothing_to_do() -> None:
    given(*PLANNED, a_stop()).when(a_stop(reason="again")).then_nothing()


def test_raced_by_the_carrier_it_is_too_late() -> None:
    given(*SENT).when(a_stop()).then_refused(ShipmentAlreadyDispatched)
    given(*SENT, a_delivery()).when(a_stop()).then_refused(ShipmentAlreadyDispatched)
