"""RecordLost: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.shipment_errors import ShipmentNotFound, ShipmentStateConflict
from domain.shipment_events import ShipmentLost
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    SENT,
    SHIPMENT,
    a_delivery,
    a_failed_attempt,
    a_loss,
    bowls,
    mugs,
)
from tests.specification import given

LOST = ShipmentLost(**SHIPMENT, lines=(mugs(), bowls()))


def test_succeeds_while_the_carrier_has_it() -> None:
    given(*SENT).when(a_loss(actor=CARRIER)).then(LOST)
    given(*SENT, a_failed_attempt()).when(a_loss()).then(LOST)


def test_refused_to_customers() -> None:
    given(*SENT).when(a_loss(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_loss()).then_refused(ShipmentNotFound)


def test_refused_before_it_has_left() -> None:
    given(*PACKED).when(a_loss()).then_refused(ShipmentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    given(*SENT, a_loss()).when(a_loss()).then_nothing()


def test_raced_by_the_delivery_the_carrier_does_not_have_it() -> None:
    given(*SENT, a_delivery()).when(a_loss()).then_refused(ShipmentStateConflict)
