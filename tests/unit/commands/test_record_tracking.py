"""RecordTracking: succeeds, refused, repeated, raced."""

from domain.errors import Forbidden, OperationConflict
from domain.events import shipment_stream
from domain.fold import as_shipment
from domain.shipment import ShipmentStatus
from domain.shipment_errors import ShipmentNotFound, ShipmentStateConflict
from domain.shipment_events import ShipmentTrackingUpdated
from tests.examples import CARRIER, CUSTOMER, DAY
from tests.shipment_examples import (
    CONFIRMED,
    PACKED,
    SEEN_AT,
    SENT,
    SHIPMENT,
    SHIPMENT_ID,
    a_delivery,
    a_dispatch,
    a_failed_attempt,
    a_packing,
    a_plan,
    a_short,
    a_sighting,
    a_stop,
)
from tests.specification import Streams, given

SEEN = ShipmentTrackingUpdated(
    **SHIPMENT, tracking_id="1", status="in_transit", seen_at=SEEN_AT, place="Leeds"
)


def status_after(*wishes: object) -> ShipmentStatus:
    streams = Streams()
    for event in CONFIRMED:
        streams.record(event)
    for wish in (a_plan(), a_packing(), a_dispatch(), *wishes):
        streams.carry_out(wish)  # pyright: ignore[reportArgumentType]
    shipment = as_shipment(streams.states[shipment_stream(SHIPMENT_ID)])
    assert shipment is not None
    return shipment.status


def test_succeeds_for_carriers_and_the_shop() -> None:
    given(*SENT).when(a_sighting(actor=CARRIER)).then(SEEN)
    given(*SENT).when(a_sighting()).then(SEEN)


def test_a_parcel_that_is_seen_is_on_its_way_again() -> None:
    assert status_after(a_sighting()) is ShipmentStatus.IN_TRANSIT
    assert status_after(a_failed_attempt(), a_sighting()) is ShipmentStatus.IN_TRANSIT


def test_a_late_word_of_a_parcel_that_arrived_is_noted_and_changes_nothing() -> None:
    given(*SENT, a_delivery()).when(a_sighting()).then(SEEN)
    assert status_after(a_delivery(), a_sighting()) is ShipmentStatus.DELIVERED


def test_refused_to_customers() -> None:
    given(*SENT).when(a_sighting(actor=CUSTOMER)).then_refused(Forbidden)


def test_refused_for_an_unknown_shipment() -> None:
    given(*CONFIRMED).when(a_sighting()).then_refused(ShipmentNotFound)


def test_refused_before_it_has_left() -> None:
    given(*PACKED).when(a_sighting()).then_refused(ShipmentStateConflict)


def test_refused_with_an_id_that_was_used_for_something_else() -> None:
    past = (*SENT, a_sighting())
    for other in (
        a_sighting(status="arrived"),
        a_sighting(seen_at=SEEN_AT + DAY),
        a_sighting(place=None),
    ):
        given(*past).when(other).then_refused(OperationConflict)


def test_an_attempt_or_a_short_may_have_the_same_id() -> None:
    given(*SENT, a_failed_attempt(attempt_id="1")).when(a_sighting(tracking_id="1")).then(SEEN)
    past = (*CONFIRMED, a_plan(), a_short(short_id="1"), a_packing(), a_dispatch())
    given(*past).when(a_sighting(tracking_id="1")).then(SEEN)


def test_repeated_has_nothing_to_do() -> None:
    given(*SENT, a_sighting()).when(a_sighting()).then_nothing()
    given(*SENT, a_sighting(), a_delivery()).when(a_sighting()).then_nothing()


def test_raced_by_a_stop_it_has_not_left() -> None:
    given(*PACKED, a_stop()).when(a_sighting()).then_refused(ShipmentStateConflict)
