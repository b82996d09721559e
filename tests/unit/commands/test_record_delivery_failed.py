"""RecordDeliveryFailed: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.shipment_errors import ShipmentNotFound, ShipmentStateConflict
from domain.shipment_events import ShipmentDeliveryFailed
from tests.examples import CARRIER, CUSTOMER
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    SENT,
    SHIPMENT,
    a_delivery,
    a_failed_attempt,
    a_sighting,
)
from tests.specification import given


def failed(attempt_id: str = "1") -> ShipmentDeliveryFailed:
    return ShipmentDeliveryFailed(**SHIPMENT, attempt_id=attempt_id, reason="nobody_home")


def test_succeeds_while_the_carrier_has_it() -> None:
    given(*SENT).when(a_failed_attempt(actor=CARRIER)).then(failed())
    given(*SENT, a_sighting()).when(a_failed_attempt()).then(failed())


def test_succeeds_again_under_another_id() -> None:
    given(*SENT, a_failed_attempt()).when(a_failed_attempt(attempt_id="2")).then(failed("2"))


def test_a_sighting_may_have_the_same_id() -> None:
    given(*SENT, a_sighting(tracking_id="1")).when(a_failed_attempt(attempt_id="1")).then(failed())


def test_refused_to_customers() -> None:
    given(*SENT).when(a_failed_attempt(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_failed_attempt()).then_refused(ShipmentNotFound)


def test_refused_before_it_has_left() -> None:
    given(*PACKED).when(a_failed_attempt()).then_refused(ShipmentStateConflict)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*SENT, a_failed_attempt())
    given(*past).when(a_failed_attempt(reason="dog")).then_refused(OperationConflict)


def test_repeated_has_nothing_to_do_even_when_it_was_delivered() -> None:
    given(*SENT, a_failed_attempt()).when(a_failed_attempt()).then_nothing()
    given(*SENT, a_failed_attempt(), a_delivery()).when(a_failed_attempt()).then_nothing()


def test_raced_by_the_delivery_the_carrier_does_not_have_it() -> None:
    given(*SENT, a_delivery()).when(a_failed_attempt()).then_refused(ShipmentStateConflict)
