"""What do the clients of the simulation ask for, and may they be told what they are told?

The moment a handler answers, the answer is held against the log: a success must be recorded as it
is told, and a refusal must follow from a state that was committed while the command was at work
(P1: nothing decided on uncommitted state is answered before that state has committed).
"""

import hashlib
import random
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from commands.envelope import Answer, CommandEnvelope
from commands.registry import DECIDERS, Command
from domain.envelope import Actor, ActorKind
from domain.errors import OrderTrailError, Refusal, VersionMismatch
from domain.events import Event
from domain.fold import State
from sql.codec import encode_data, encode_metadata
from sql.stored_answer import decode_answer
from sql.stored_events import StoredEvent
from tests import examples
from tests.histories import History
from tests.simulation.append_model import AppendModel
from tests.simulation.database import Database

BUSY_ORDER: Final = "o1"
QUIET_ORDER: Final = "o2"
ORDERS: Final = (BUSY_ORDER, BUSY_ORDER, BUSY_ORDER, QUIET_ORDER)
SKU: Final = "MUG-RED"
_ADDRESSES: Final = ("6 Dorset Street", "12 St James's Square", "1 Baker Street")


@dataclass(frozen=True, slots=True)
class Wish:
    """A request: the same under the same key, however often it is sent."""

    command: Command
    key: str
    expected_version: int | None

    @property
    def principal(self) -> str:
        """Who asks."""
        return "staff:jo"

    @property
    def place(self) -> tuple[str, str]:
        """The key of the command's record."""
        return self.principal, self.key

    @property
    def stream(self) -> str:
        """The one stream that the wish is about."""
        decider = DECIDERS[type(self.command)]
        (stream,) = decider.writes(self.command)
        assert not decider.reads(self.command), "what it rests on is checked for one stream"
        return stream

    def decide(self, state: State | None) -> tuple[Event, ...]:
        """Decide on a state."""
        return DECIDERS[type(self.command)].decide(self.command, {self.stream: state})

    def envelope(self) -> CommandEnvelope:
        """Surround the command."""
        return CommandEnvelope(
            principal=self.principal,
            idempotency_key=self.key,
            fingerprint=hashlib.sha256(self.key.encode()).digest(),
            actor=Actor(ActorKind.STAFF, "jo"),
            command_id=self.key,
            correlation_id=self.key,
            expected_version=self.expected_version,
        )


def a_command(chance: random.Random) -> Command:
    """Wish for something that others may have done, changed or made impossible meanwhile."""
    order_id, kind = chance.choice(ORDERS), chance.randrange(20)
    if kind < 7:
        return examples.a_note(
            order_id=order_id,
            note_id=f"n{chance.randrange(8)}",
            text=chance.choice(("ring", "ring", "knock")),
        )
    if kind < 15:
        address = replace(examples.ADDRESS, line1=chance.choice(_ADDRESSES))
        return examples.an_address_change(order_id=order_id, address=address)
    if kind < 17:
        cancellation_id = chance.choice(("c1", "c2"))
        return examples.a_cancellation(order_id=QUIET_ORDER, cancellation_id=cancellation_id)
    if kind < 18:
        price_id, day = chance.choice(("p1", "p2", "p3")), chance.choice((1, 2))
        return examples.a_price(price_id=price_id, valid_from=examples.NOW + day * examples.DAY)
    if kind < 19:
        return examples.a_price_withdrawal(price_id=chance.choice(("p1", "p2")))
    return chance.choice((examples.an_activation, examples.a_discontinuation))(sku=SKU)


def wishes(chance: random.Random, count: int) -> list[Wish]:
    """Wish for so many things; some twice at once, some only at a version."""
    made: list[Wish] = []
    for number in range(count):
        if made and chance.random() < 0.1:
            made.append(chance.choice(made))
            continue
        expected = chance.randint(1, 4) if chance.random() < 0.2 else None
        made.append(Wish(a_command(chance), f"key-{number}", expected))
    return made


@cache
def _beginning() -> tuple[StoredEvent, ...]:
    history = History()
    for command in examples.a_shop():
        history.do(command)
    history.do(examples.a_product(sku=SKU))
    for order_id in (BUSY_ORDER, QUIET_ORDER):
        history.do(examples.an_order(order_id=order_id, fingerprint=order_id))
    return tuple(
        StoredEvent(
            event.position,
            event.stream,
            event.version,
            event.type,
            event.schema_version,
            encode_data(event.data).decode(),
            encode_metadata(event.metadata).decode(),
            event.occurred_at,
            event.recorded_at,
        )
        for event in history.events
    )


def begin(log: AppendModel) -> int:
    """Put the shop and its orders into an empty log, and tell the last position."""
    log.events.extend(_beginning())
    for event in log.events:
        log.heads[event.stream] = event.version
    return len(log.events)


class Witness:
    """Sees a command at work in one process and judges what comes of it."""

    def __init__(self, database: Database, wish: Wish) -> None:
        self._database = database
        self._wish = wish
        self._timeline = database.timeline
        self._first_version = database.log.heads.get(wish.stream, 0)

    def check_answer(self, answer: Answer) -> None:
        """Hold a success against the record."""
        database, place = self._database, self._wish.place
        row = database.log.commands.get(place)
        if row is None:
            assert place in database.lost_keys, f"{self._wish} is answered and not on the log"
            return
        assert row.last_position is not None
        recorded = decode_answer(row.stream, row.version, row.last_position, row.status, row.answer)
        if database.timeline == self._timeline:
            assert replace(answer, replayed=True) == recorded, f"{self._wish}: another answer"

    def check_refusal(self, error: OrderTrailError) -> None:
        """Look for the committed state that an error follows from."""
        wish, database = self._wish, self._database
        if database.timeline != self._timeline:
            return
        versions = range(self._first_version, database.log.heads.get(wish.stream, 0) + 1)
        if isinstance(error, VersionMismatch):
            assert error.current_version in versions, f"{wish}: {error.detail}, not committed"
            assert error.current_version != wish.expected_version, wish
            return
        assert isinstance(error, Refusal), f"{wish} ended in {error!r}"
        for version in versions:
            try:
                wish.decide(database.state(wish.stream, version))
            except Refusal as refusal:
                if refusal.code == error.code:
                    return
        raise AssertionError(f"{wish}: no committed state gives {error.code}")
