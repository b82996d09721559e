"""RecordReturnedToSender: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.shipment_errors import ShipmentNotFound, ShipmentStateConflict
from domain.shipment_events import ShipmentReturnedToSender
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    SENT,
    SHIPMENT,
    a_delivery,
    a_failed_attempt,
    a_way_back,
    bowls,
    mugs,
)
from tests.specification import given

BACK = ShipmentReturnedToSender(**SHIPMENT, lines=(mugs(), bowls()))


def test_succeeds_while_the_carrier_has_it() -> None:
    given(*SENT, a_failed_attempt()).when(a_way_back(actor=CARRIER)).then(BACK)
    given(*SENT).when(a_way_back()).then(BACK)


def test_refused_to_customers() -> None:
    given(*SENT).when(a_way_back(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_way_back()).then_refused(ShipmentNotFound)


def test_refused_before_it_has_left() -> None:
    given(*PACKED).when(a_way_back()).then_refused(ShipmentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*SENT, a_way_back()).when(a_way_back()).then_nothing()


def test_raced_by_the_delivery_the_carrier_does_not_have_it() -> None:
    given(*SENT, a_delivery()).when(a_way_back()).then_refused(ShipmentStateConflict)
