"""Which streams does the process load at once, before it knows what it will need?"""

from collections.abc import Mapping
from dataclasses import replace

from commands.advance_fulfilment import AdvanceFulfilment
from commands.decider import StreamsMissing
from commands.fulfilment_hints import likely_streams
from commands.registry import DECIDERS
from domain.derived_id import derived_id
from domain.envelope import RecordedEvent
from domain.events import Event, payment_stream, shipment_stream, stock_stream
from domain.fold import State
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Lifecycle
from domain.order_events import OrderConfirmed, OrderEditProposed, OrderPlaced
from domain.payment_events import PaymentAuthorized, PaymentCaptured
from domain.shipment_events import ShipmentDispatched
from tests.edit_examples import an_edit, set_quantity
from tests.examples import IMPORT, ORDER_ID, SKU, STAFF, a_shop, an_order
from tests.fulfilment_journey import Journey, a_confirmed, a_placed
from tests.stock_examples import a_receipt, a_stock_item

POLICY = FulfilmentPolicy(locations=("MAIN", "EAST"))
STOCK = stock_stream(SKU, "MAIN")
PAYMENT = payment_stream(derived_id(ORDER_ID, "payment", "1"))
SHIPMENT = shipment_stream(derived_id(ORDER_ID, "shipment", "0"))


def a_sent() -> Journey:
    journey = a_confirmed()
    journey.send_parcel()
    journey.provider_does()
    return journey


def hints(
    journey: Journey, event_class: type[Event], known: Mapping[str, State] | None = None
) -> tuple[str, ...]:
    event = next(each for each in journey.log if isinstance(each.data, event_class))
    states = journey.streams.states if known is None else known
    return likely_streams(event, POLICY, states.get)


def test_an_order_needs_its_stock_wherever_it_may_be_and_its_payment() -> None:
    assert hints(a_placed(), OrderPlaced) == (STOCK, stock_stream(SKU, "EAST"), PAYMENT)
    on_account = a_placed(payment_method_ref=None)
    assert hints(on_account, OrderPlaced) == (STOCK, stock_stream(SKU, "EAST"))


def test_an_edit_needs_what_is_kept_and_paid_and_the_stock_of_what_is_wanted() -> None:
    journey = a_confirmed()
    journey.do(an_edit(set_quantity("1", 1), base_version=journey.order.version))
    assert hints(journey, OrderEditProposed) == (PAYMENT, stock_stream(SKU, "EAST"), STOCK)


def test_an_order_from_elsewhere_needs_nothing() -> None:
    assert hints(a_placed(actor=STAFF, origin=IMPORT), OrderPlaced) == ()


def test_money_that_comes_needs_what_is_kept_and_the_first_parcel() -> None:
    assert hints(a_sent(), PaymentAuthorized) == (PAYMENT, STOCK, SHIPMENT)
    assert hints(a_sent(), PaymentCaptured) == (PAYMENT,)


def test_a_parcel_needs_the_stock_that_it_takes_along_and_what_pays_for_it() -> None:
    assert hints(a_sent(), ShipmentDispatched) == (SHIPMENT, STOCK, PAYMENT)


def test_without_the_state_of_the_process_less_is_guessed() -> None:
    assert hints(a_sent(), PaymentAuthorized, {}) == (PAYMENT, SHIPMENT)
    assert hints(a_sent(), ShipmentDispatched, {}) == (SHIPMENT,)


def test_of_anything_else_nothing_is_guessed() -> None:
    assert hints(a_sent(), OrderConfirmed) == ()


class Hinted(Journey):
    """A journey that notes which events the process could not react to at the first load."""

    def __init__(self) -> None:
        super().__init__()
        self.missed: list[str] = []

    def reaction_to(self, event: RecordedEvent) -> AdvanceFulfilment:
        command = super().reaction_to(event)
        hinted = replace(
            command, streams=likely_streams(event, self.policy, self.streams.states.get)
        )
        decider = DECIDERS[AdvanceFulfilment]
        states = {name: self.streams.states.get(name) for name in decider.writes(hinted)}
        try:
            decider.decide(hinted, states)
        except StreamsMissing:
            self.missed.append(event.type)
        return command


def test_on_the_ordinary_way_one_load_is_enough() -> None:
    journey = Hinted()
    journey.do(*a_shop(), a_stock_item(), a_receipt(quantity=10))
    journey.do(an_order(payment_method_ref="card-ok"))
    journey.provider_does()
    shipment_id = journey.send_parcel()
    journey.provider_does()
    journey.deliver(shipment_id)
    assert journey.order.lifecycle is Lifecycle.COMPLETED
    assert journey.missed == []
