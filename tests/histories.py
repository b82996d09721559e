"""What may have happened in a shop? A seeded history, decided by the real commands.

Positions are dense from 1. Some orders are placed near midnight and near the changes of the clocks,
some name a sku twice, some are cancelled on another day; every kind of event occurs.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import psycopg

from commands.registry import Command
from domain.envelope import Actor, Metadata, RecordedEvent
from domain.events import EVENT_NAMES, Event, stream_of
from domain.order_events import OrderNoteAdded
from domain.order_number import format_order_number
from domain.order_parts import FreeTextPersonal
from domain.return_events import ReturnEvent
from domain.shipment_events import ShipmentEvent
from sql.codec import encode_data, encode_metadata
from tests import (
    examples,
    order_examples,
    payment_examples,
    return_examples,
    shipment_examples,
    stock_examples,
)
from tests.fulfilment_histories import carry_an_order_out
from tests.order_histories import lives_of_orders
from tests.specification import Streams

SKUS: Final = ("MUG-BLUE", "MUG-RED", "LAMP-1", "CARD", "BIRD-BOX")
CUSTOMERS: Final = (examples.CUSTOMER_ID, examples.OTHER_CUSTOMER_ID, str(uuid.UUID(int=7)))
ORDERS_BEFORE_STOCK: Final = 10
ORDERS_BEFORE_LIVES: Final = 25
RECORDED_FROM: Final = datetime(2026, 6, 1, tzinfo=UTC)
_PLACED_NEAR: Final = (
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 4, 30, 23, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 22, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 23, 59, tzinfo=UTC),
)


class History:
    """Writes down what the commands bring about, as the log would."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self._streams = Streams()
        self._versions: dict[str, int] = {}

    def do(self, command: Command, occurred_at: datetime | None = None) -> None:
        """Carry out a command, at its own time unless told otherwise."""
        for event in self._streams.carry_out(command):
            self.add(event, command.actor, occurred_at or command.asked_at)

    def go_on(self, step: Command | Event, at: datetime) -> None:
        """Carry out a command, or write down an event, at a time."""
        if isinstance(step, Command):
            self.do(step)
        else:
            self.happened(step, examples.STAFF, at)

    def happened(self, event: Event, actor: Actor, occurred_at: datetime) -> None:
        """Write down an event that the commands that follow build on."""
        self._streams.record(event)
        self.add(event, actor, occurred_at)

    def add(self, event: Event, actor: Actor, occurred_at: datetime) -> None:
        """Write down an event, possible or not, on which no command builds."""
        stream, position = stream_of(event), len(self.events) + 1
        self._versions[stream] = self._versions.get(stream, 0) + 1
        name, schema_version = EVENT_NAMES[type(event)]
        self.events.append(
            RecordedEvent(
                position,
                stream,
                self._versions[stream],
                name,
                schema_version,
                event,
                Metadata(
                    actor=actor,
                    command_id=f"command-{position}",
                    correlation_id=f"correlation-{position}",
                    code_version="test",
                ),
                occurred_at,
                RECORDED_FROM + timedelta(seconds=position),
            )
        )


def a_history(orders: int, seed: int = 1) -> list[RecordedEvent]:
    """Make a history with so many orders.

    Shape: positions 1..N; about two events per order, after those of the catalogue.
    """
    chance = random.Random(seed)
    history = History()
    for command in _catalogue(chance):
        history.do(command)
    numbers = count(1)
    placed: list[tuple[str, datetime]] = []
    beside = _Beside(history, placed)
    for order_count in range(orders):
        beside.happens(order_count)
        order = _order(chance, next(numbers))
        history.do(order, order.occurred_at)
        placed.append((order.order_id, order.asked_at))
        beside.is_paid(order_count)
        for command in _aftermath(chance, placed):
            history.do(command)
    return history.events


class _Beside:
    """What happens beside the orders, a step with each of them."""

    def __init__(self, history: History, placed: Sequence[tuple[str, datetime]]) -> None:
        self._history = history
        self._stock = _stock()
        self._payment = _payment(placed)
        self._lives = lives_of_orders()
        self._parcels = iter(_sent_and_returned())

    def happens(self, order_count: int) -> None:
        """Go on a step with stock, and later with the lives of orders and with parcels."""
        history = self._history
        if order_count >= ORDERS_BEFORE_STOCK and (command := next(self._stock, None)) is not None:
            history.do(command)
        if order_count < ORDERS_BEFORE_LIVES:
            return
        if order_count == ORDERS_BEFORE_LIVES:
            carry_an_order_out(history)
        if (step := next(self._lives, None)) is not None:
            history.go_on(*step)
        if (event := next(self._parcels, None)) is not None:
            history.add(event, examples.STAFF, return_examples.ASKED_AT)

    def is_paid(self, order_count: int) -> None:
        """Go on a step with the payment of an order that was just placed."""
        is_time = order_count >= ORDERS_BEFORE_LIVES
        if is_time and (command := next(self._payment, None)) is not None:
            self._history.do(command)


async def append(database_url: str, events: Sequence[RecordedEvent]) -> None:
    """Put events into a log as they are; only its owner role can."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("SET ROLE ordertrail_log_owner")
        columns = (
            "position, stream, version, type, schema_version, data, metadata,"
            " occurred_at, recorded_at"
        )
        async with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY event_store.events ({columns}) FROM STDIN".encode()) as copy,
        ):
            for event in events:
                data, metadata = encode_data(event.data), encode_metadata(event.metadata)
                await copy.write_row(
                    (
                        event.position,
                        event.stream,
                        event.version,
                        event.type,
                        event.schema_version,
                        data.decode(),
                        metadata.decode(),
                        event.occurred_at,
                        event.recorded_at,
                    )
                )


def _catalogue(chance: random.Random) -> Iterator[Command]:
    for customer_id in CUSTOMERS:
        claim = customer_id.replace("-", "") * 2
        yield examples.a_customer(customer_id=customer_id, email_claim=claim)
    for sku in SKUS:
        yield examples.a_product(sku=sku, name=f"The {sku.lower()}")
        yield examples.an_activation(sku=sku)
        amount = chance.randint(1, 9_999)
        yield examples.a_price(sku=sku, price_id=_id(chance), amount_minor=amount)
    yield examples.a_product(sku="GONE", name="Gone soon")
    price_id = _id(chance)
    yield examples.a_price(sku="GONE", price_id=price_id, valid_to=examples.NOW)
    yield examples.a_price_withdrawal(sku="GONE", price_id=price_id)
    yield examples.a_rename(sku="GONE")
    yield examples.a_tax_class_change(sku="GONE")
    yield examples.a_discontinuation(sku="GONE")
    yield examples.a_price(
        sku=SKUS[0], price_id=_id(chance), amount_minor=1_300, valid_from=examples.NOW
    )


def _stock() -> Iterator[Command]:
    """Keep the first product, promise more of it than is there, and count it in the end."""
    sku = SKUS[0]
    yield stock_examples.a_stock_item(sku=sku)
    yield stock_examples.a_backorder_policy(sku=sku, limit=50)
    for number, (received, wanted) in enumerate(((4, 6), (7, 9), (2, 3))):
        yield stock_examples.a_receipt(sku=sku, movement_id=f"receipt-{number}", quantity=received)
        line = stock_examples.wanted_stock(
            sku=sku, reservation_id=f"reservation-{number}", quantity=wanted
        )
        yield stock_examples.a_reservation_wish(lines=(line,), allow_backorder=True)
    yield stock_examples.a_count(sku=sku, counted=40)


def _payment(placed: Sequence[tuple[str, datetime]]) -> Iterator[Command]:
    """Pay for a part of the newest order, and have most things happen to that money."""
    order_id, _ = placed[-1]
    yield payment_examples.a_payment(order_id=order_id, actor=examples.STAFF, amount_minor=6)
    yield payment_examples.a_beginning()
    yield payment_examples.an_authorization(amount_minor=6)
    yield payment_examples.a_capture(amount_minor=4)
    yield payment_examples.an_unknown_outcome()
    yield payment_examples.money_taken(amount_minor=4)
    yield payment_examples.a_void()
    yield payment_examples.money_given_up(amount_minor=2)
    yield payment_examples.a_refund(amount_minor=1)
    yield payment_examples.money_back(amount_minor=1)
    yield payment_examples.a_chargeback(amount_minor=3)


def _sent_and_returned() -> list[Event]:
    """Send an order that is not in the log, and take a part of it back."""
    streams = Streams()
    for past in (*shipment_examples.STOCKED, *shipment_examples.CONFIRMED):
        if isinstance(past, Command):
            streams.carry_out(past)
        else:
            streams.record(past)
    streams.record(return_examples.captured())
    steps: tuple[Command | Event, ...] = (
        shipment_examples.a_plan(),
        shipment_examples.a_short(line_id="2"),
        shipment_examples.a_move(),
        shipment_examples.a_packing(),
        shipment_examples.a_dispatch(),
        shipment_examples.a_delivery(),
        return_examples.delivered(lines=(shipment_examples.line_quantity("1", 4),)),
        return_examples.a_return_request(),
        return_examples.an_approval(),
        return_examples.a_return_receipt(),
        return_examples.an_inspection(),
    )
    happened: list[Event] = []
    for step in steps:
        if isinstance(step, Command):
            happened += streams.carry_out(step)
        else:
            streams.record(step)
    return [event for event in happened if isinstance(event, ShipmentEvent | ReturnEvent)]


def _order(chance: random.Random, number: int) -> examples.PlaceOrder:
    placed_at = chance.choice(_PLACED_NEAR) + timedelta(minutes=chance.randint(0, 90))
    lines = tuple(
        examples.a_line(line_id=str(line), sku=chance.choice(SKUS), quantity=chance.randint(1, 5))
        for line in range(1, chance.randint(2, 6))
    )
    return examples.an_order(
        order_id=_id(chance),
        order_number=format_order_number("web", placed_at.year % 100, number),
        fingerprint=f"fingerprint-{number}",
        actor=examples.STAFF,
        asked_at=placed_at,
        customer_id=chance.choice(CUSTOMERS),
        country=chance.choice(("GB", "DE")),
        lines=lines,
        occurred_at=placed_at,
        shipping_method=chance.choice((None, "standard")),
    )


def _aftermath(chance: random.Random, placed: list[tuple[str, datetime]]) -> Iterator[Command]:
    """Do something to one of the orders, sometimes."""
    index = chance.randrange(len(placed))
    order_id, asked_at = placed[index]
    later = asked_at + timedelta(days=chance.randint(0, 40))
    wish = chance.randrange(6)
    if wish == 0:
        yield examples.a_note(
            order_id=order_id, asked_at=later, actor=examples.STAFF, note_id=_id(chance)
        )
    elif wish == 1:
        yield examples.an_address_change(order_id=order_id, asked_at=later, actor=examples.STAFF)
    elif wish == 2:
        del placed[index]
        cancellation_id = _id(chance)
        yield examples.a_cancellation(
            order_id=order_id,
            asked_at=later,
            actor=examples.STAFF,
            cancellation_id=cancellation_id,
        )
        yield order_examples.a_finished_cancellation(
            order_id=order_id, asked_at=later, cancellation_id=cancellation_id
        )


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def a_long_order(events: int) -> list[RecordedEvent]:
    """Make the stream of one order with so many events: it is placed and then noted upon."""
    history, streams = History(), Streams()
    placed = examples.a_placed_order()
    streams.record(placed)
    history.add(placed, examples.STAFF, examples.NOW)
    (note,) = streams.decide(examples.a_note())
    assert isinstance(note, OrderNoteAdded)
    for number in range(2, events + 1):
        text = FreeTextPersonal(text=f"Note {number}")
        named = replace(note, note_id=f"old-{number}", personal=text)
        history.add(named, examples.STAFF, examples.NOW)
    return history.events
