"""RecordDelivered: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden
from domain.shipment_errors import ShipmentNotFound, ShipmentStateConflict
from domain.shipment_events import ShipmentDelivered
from tests.examples import CARRIER, CUSTOMER, DAY
from tests.shipment_examples import (
    CONFIRMED,
    DELIVERED_AT,
    PACKED,
    SENT,
    SHIPMENT,
    a_delivery,
    a_failed_attempt,
    a_loss,
    a_sighting,
    a_stop,
    a_way_back,
    bowls,
    mugs,
)
from tests.specification import given

DELIVERED = ShipmentDelivered(**SHIPMENT, lines=(mugs(), bowls()), delivered_at=DELIVERED_AT)


def test_succeeds_while_the_carrier_has_it() -> None:
    for past in (SENT, (*SENT, a_sighting()), (*SENT, a_failed_attempt())):
        given(*past).when(a_delivery()).then(DELIVERED)
    given(*SENT).when(a_delivery(actor=CARRIER)).then(DELIVERED)


def test_refused_to_customers() -> None:
    given(*SENT).when(a_delivery(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_delivery()).then_refused(ShipmentNotFound)


def test_refused_when_the_carrier_does_not_have_it() -> None:
    for past in (PACKED, (*PACKED, a_stop()), (*SENT, a_loss())):
        given(*past).when(a_delivery()).then_refused(ShipmentStateConflict)


def test_repeated_has_nothing_to_do() -> None:
    past = (*SENT, a_delivery())
    given(*past).when(a_delivery()).then_nothing()
    given(*past).when(a_delivery(delivered_at=DELIVERED_AT + DAY)).then_nothing()


def test_raced_by_its_way_back_it_cannot_have_been_delivered() -> None:
    refusal = given(*SENT, a_way_back()).when(a_delivery()).then_refused(ShipmentStateConflict)
    assert refusal.current_state == "returned_to_sender"
