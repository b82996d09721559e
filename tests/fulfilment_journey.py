"""How is an order carried out in a test: decisions alone, one event after the other?

A journey has streams, a log and a clock. Whatever is done is reacted to until nothing follows,
as the fulfilment process does with the real log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar

from commands.advance_fulfilment import AdvanceFulfilment
from commands.dispatch import Dispatch
from commands.fire_timer import FireTimer
from commands.fulfilment_step import FULFILMENT
from commands.pack import Pack
from commands.policies import is_input, order_id_of
from commands.provider_calls import call_of, open_call
from commands.provider_facts import FactKind, ProviderFact, command_of
from commands.record_delivered import RecordDelivered
from commands.registry import Command
from domain.envelope import Actor, ActorKind, Metadata, RecordedEvent
from domain.events import (
    EVENT_NAMES,
    Event,
    fulfilment_stream,
    order_stream,
    payment_stream,
    stock_stream,
    stream_of,
)
from domain.fold import as_fulfilment, as_order, as_payment, as_stock_item
from domain.fulfilment import Fulfilment
from domain.fulfilment_policy import FulfilmentPolicy
from domain.order import Order
from domain.payment import Payment
from domain.payment_events import PaymentOperation
from domain.shipment_events import Parcel, ShipmentPlanned
from domain.stock_item import StockItem
from tests.examples import NOW, ORDER_ID, SKU, STAFF, a_shop, an_order
from tests.specification import Streams
from tests.stock_examples import LOCATION, a_receipt, a_stock_item

PSP: Final = Actor(ActorKind.PSP, "sandbox")
PSP_REF: Final = "sb_1"
E = TypeVar("E", bound=Event)

_SAID_OF: Final = {
    FactKind.CAPTURE_FAILED: PaymentOperation.CAPTURE,
    FactKind.VOIDED: PaymentOperation.VOID,
    FactKind.VOID_FAILED: PaymentOperation.VOID,
    FactKind.REFUND_FAILED: PaymentOperation.REFUND,
    FactKind.REAUTHORIZATION_FAILED: PaymentOperation.REAUTHORIZE,
}
"""What a provider says -> the operation that it is about; anything else is about authorising."""

_DONE: Final = {
    PaymentOperation.AUTHORIZE: FactKind.AUTHORIZED,
    PaymentOperation.CAPTURE: FactKind.CAPTURED,
    PaymentOperation.VOID: FactKind.VOIDED,
    PaymentOperation.REFUND: FactKind.REFUNDED,
    PaymentOperation.REAUTHORIZE: FactKind.REAUTHORIZED,
}


class Journey:
    """An order on its way."""

    def __init__(self, policy: FulfilmentPolicy | None = None) -> None:
        self.streams = Streams()
        self.log: list[RecordedEvent] = []
        self.now = NOW
        self.policy = policy or FulfilmentPolicy()

    def do(self, *commands: Command) -> tuple[str, ...]:
        """Carry commands out, let the process react, and answer the types of what followed."""
        before = len(self.log)
        for command in commands:
            self._record(command.actor, self.streams.carry_out(command))
        return self.types(before)

    def happen(self, *events: Event, actor: Actor = STAFF) -> tuple[str, ...]:
        """Let the process hear of events, whatever the streams say of them."""
        before = len(self.log)
        self._record(actor, events)
        return self.types(before)

    def types(self, since: int = 0) -> tuple[str, ...]:
        """Answer the types of the events since a position."""
        return tuple(event.type for event in self.log[since:])

    def of_type(self, event_class: type[E]) -> list[E]:
        """Answer all events of a class, oldest first."""
        return [event.data for event in self.log if isinstance(event.data, event_class)]

    def last(self, event_class: type[E]) -> E:
        """Answer the newest event of a class."""
        return self.of_type(event_class)[-1]

    def provider_does(self, kind: FactKind | None = None, **fields: object) -> tuple[str, ...]:
        """Let the provider answer every open operation: as wanted, or with a fact of a kind."""
        before = len(self.log)
        for event in list(self.log):
            wanted = call_of(event)
            payment = None if wanted is None else self.payment(wanted.payment_id)
            call = None if wanted is None or payment is None else open_call(wanted, payment)
            if call is None or payment is None:
                continue
            if kind is None or call.operation is _SAID_OF.get(kind, PaymentOperation.AUTHORIZE):
                fact = ProviderFact(
                    kind=kind or _DONE[call.operation],
                    payment_id=call.payment_id,
                    operation_id=call.operation_id,
                    psp_ref=PSP_REF,
                    amount_minor=(
                        payment.uncaptured_minor
                        if call.operation is PaymentOperation.VOID
                        else call.amount_minor
                    ),
                    until=self.now + timedelta(days=7),
                    risk_score=5,
                )
                self.provider_says(replace(fact, **fields))
        return self.types(before)

    def provider_says(self, fact: ProviderFact) -> tuple[str, ...]:
        """Let the provider say something."""
        return self.do(command_of(fact, PSP, self.now))

    def dispute(self, amount_minor: int) -> tuple[str, ...]:
        """Let the bank of whoever paid first take money back."""
        return self.provider_says(
            ProviderFact(
                kind=FactKind.CHARGEBACK,
                payment_id=self.payment().payment_id,
                operation_id="case-1",
                psp_ref=PSP_REF,
                amount_minor=amount_minor,
            )
        )

    def send_parcel(self, shipment_id: str | None = None) -> str:
        """Pack and hand over a shipment, the newest one if none is named."""
        name = shipment_id or self.last(ShipmentPlanned).shipment_id
        self.do(
            Pack(
                actor=STAFF,
                asked_at=self.now,
                shipment_id=name,
                parcels=(Parcel(parcel_id="1"),),
            ),
            Dispatch(
                actor=STAFF,
                asked_at=self.now,
                shipment_id=name,
                tracking_number=f"T-{name}",
                carrier="sandbox",
                dispatched_at=self.now,
            ),
        )
        return name

    def deliver(self, shipment_id: str) -> tuple[str, ...]:
        """Let a shipment arrive."""
        return self.do(
            RecordDelivered(
                actor=STAFF, asked_at=self.now, shipment_id=shipment_id, delivered_at=self.now
            )
        )

    def fire(self, timer: str) -> tuple[str, ...]:
        """Let the time of a timer come; `timer` is the beginning of its name."""
        (name,) = [each for each in self.process.timers if each.startswith(timer)]
        known = self.process.timers[name]
        self.now = max(self.now, known.due_at)
        return self.do(
            FireTimer(
                actor=STAFF,
                asked_at=self.now,
                order_id=self.process.order_id,
                timer=name,
                token=known.token,
            )
        )

    def timers(self) -> set[str]:
        """Answer the first words of the timers that are set."""
        return {name.partition(":")[0] for name in self.process.timers}

    @property
    def order(self) -> Order:
        """The order."""
        order = as_order(self.streams.states[order_stream(ORDER_ID)])
        assert order is not None
        return order

    @property
    def process(self) -> Fulfilment:
        """The process."""
        process = as_fulfilment(self.streams.states[fulfilment_stream(ORDER_ID)])
        assert process is not None
        return process

    def payment(self, payment_id: str | None = None) -> Payment:
        """Answer a payment, the first of the order if none is named."""
        name = payment_id or self.order.payments[0].payment_id
        payment = as_payment(self.streams.states[payment_stream(name)])
        assert payment is not None
        return payment

    def stock(self, sku: str = SKU, location: str = LOCATION) -> StockItem:
        """Answer the stock of a product."""
        item = as_stock_item(self.streams.states[stock_stream(sku, location)])
        assert item is not None
        return item

    def _record(self, actor: Actor, events: Sequence[Event]) -> None:
        first = len(self.log)
        self.log += [
            self._recorded(actor, event, position)
            for position, event in enumerate(events, start=first + 1)
        ]
        for recorded in self.log[first : first + len(events)]:
            if is_input(recorded):
                reaction = self.reaction_to(recorded)
                self._record(FULFILMENT, self.streams.carry_out(reaction))
                assert self.streams.decide(reaction) == ()

    def reaction_to(self, event: RecordedEvent) -> AdvanceFulfilment:
        """Make the command by which the process reacts to an event."""
        return AdvanceFulfilment(
            actor=FULFILMENT,
            asked_at=self.now,
            order_id=order_id_of(event),
            event=event,
            policy=self.policy,
        )

    def _recorded(self, actor: Actor, event: Event, position: int) -> RecordedEvent:
        name, schema_version = EVENT_NAMES[type(event)]
        metadata = Metadata(
            actor=actor, command_id=str(position), correlation_id="journey", code_version="test"
        )
        return RecordedEvent(
            position=position,
            stream=stream_of(event),
            version=position,
            type=name,
            schema_version=schema_version,
            data=event,
            metadata=metadata,
            occurred_at=self.now,
            recorded_at=self.now,
        )


def a_stocked_shop(pieces: int = 10, policy: FulfilmentPolicy | None = None) -> Journey:
    """A shop with blue mugs on the shelf."""
    journey = Journey(policy)
    journey.do(*a_shop(), a_stock_item(), a_receipt(quantity=pieces))
    return journey


def a_placed(pieces: int = 10, policy: FulfilmentPolicy | None = None, **fields: object) -> Journey:
    """Ada's order of two mugs is placed, to be paid by card."""
    journey = a_stocked_shop(pieces, policy)
    journey.do(an_order(**{"payment_method_ref": "card-ok", **fields}))
    return journey


def a_confirmed(**fields: object) -> Journey:
    """The order is paid and confirmed."""
    journey = a_placed(10, None, **fields)
    journey.provider_does()
    return journey
