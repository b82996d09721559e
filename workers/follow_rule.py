"""What does a follower do with what was delivered to it, whatever that may be?

The rule of a follower (architecture.md §4): a slice of another log is dropped; one that lies below
the checkpoint is a duplicate; where one begins above it, exactly the events between are read from
the store, and if the store does not hold them all the slice is foreign; of every slice only the
events above the checkpoint count. So any order, any repetition and any loss of messages gives the
same events in the same order, each once. An event that the code cannot read counts as the log has
it: the message may have been spoilt.

Consecutive deliveries become one batch, so batches grow with the backlog. The store comes in as a
port; nothing here knows RabbitMQ or PostgreSQL.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from domain.errors import UndecodableEvent
from projections.unreadable import PASSED_OVER, LogEvent, UnreadableEvent
from workers.cloud_event import WITHHELD, CloudEvent, recorded_event
from workers.slice import BadSlice, ForeignSlice, Label, open_slice, read_label

HEAL_EVENTS_MAX: Final = 2_000
"""A longer gap is healed without holding deliveries back from the broker."""


class Verdict(StrEnum):
    """What a slice is to a follower that stands at a checkpoint."""

    OTHER_LOG = "other_log"
    DUPLICATE = "duplicate"
    NEXT = "next"
    AHEAD = "ahead"


class Store(Protocol):
    """What the rule asks of the log."""

    async def head(self) -> int:
        """Tell the last position."""
        ...

    async def read_range(self, first: int, last: int) -> Sequence[LogEvent]:
        """Read the events between two positions, both included; fewer when there are fewer."""
        ...


class Delivery(Protocol):
    """A message that the broker has delivered and not yet been told the fate of."""

    @property
    def headers(self) -> Mapping[str, object]:
        """The message's headers."""
        ...

    @property
    def body(self) -> bytes:
        """The message's body."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same for all slices: our log's name, the shared key, who reads personal fields.

    `personal_types` are the names of the events whose `personal` some projection of the group
    reads: messages leave it out, so those events are read from the store. `wanted_types` are the
    names of the events that the group looks at, None for all: others are not read at all.
    """

    log: str
    signing_key: bytes
    personal_types: Collection[str] = frozenset()
    wanted_types: Collection[str] | None = None


@dataclass(slots=True)
class Batch:
    """What a feed gives a follower to apply.

    Shape: `events` are consecutive, ascending, the first one the next after the checkpoint;
    `position` is the last of them, or the checkpoint. `gap_through` is set when the batch ends
    before a gap too long to heal from here: the store has to be followed through that position.
    `taken` counts the deliveries that are dealt with once the batch is applied, `newest` is the
    highest position that one of them claims.
    """

    position: int
    events: list[LogEvent] = field(default_factory=list[LogEvent])
    rejected: list[tuple[Delivery, BadSlice]] = field(
        default_factory=list[tuple[Delivery, BadSlice]]
    )
    taken: int = 0
    newest: int = 0
    gap_through: int = 0
    duplicates: int = 0
    other_log: int = 0
    healed: int = 0
    withheld_read: int = 0


def judge(label: Label, checkpoint: int, log: str) -> Verdict:
    """Tell what a slice is by its headers alone, which nobody has verified yet."""
    if label.log != log:
        return Verdict.OTHER_LOG
    if label.last <= checkpoint:
        return Verdict.DUPLICATE
    return Verdict.NEXT if label.first <= checkpoint + 1 else Verdict.AHEAD


async def assemble(
    deliveries: Sequence[Delivery], checkpoint: int, rules: Rules, store: Store
) -> Batch:
    """Make one batch of deliveries in the order in which they came.

    Raises:
        Exception: what the store raises.
    """
    assembly = _Assembly(checkpoint, rules, store)
    for delivery in deliveries:
        try:
            await assembly.add(delivery)
        except BadSlice as error:
            assembly.batch.rejected.append((delivery, error))
        if assembly.batch.gap_through:
            break
        assembly.batch.taken += 1
    await assembly.complete()
    return assembly.batch


class _Assembly:
    """A batch that grows delivery by delivery."""

    def __init__(self, checkpoint: int, rules: Rules, store: Store) -> None:
        self.batch = Batch(checkpoint)
        self._rules = rules
        self._store = store
        self._events: list[LogEvent | None] = []  # None: the store will fill the place
        self._wanted: dict[int, int] = {}  # position -> place

    async def add(self, delivery: Delivery) -> None:
        """Apply the rule to one delivery.

        Raises:
            BadSlice: it is a dead letter.
        """
        batch, rules = self.batch, self._rules
        label = read_label(delivery.headers)
        verdict = judge(label, batch.position, rules.log)
        if verdict is Verdict.OTHER_LOG:
            batch.other_log += 1
            return
        batch.newest = max(batch.newest, label.last)
        if verdict is Verdict.DUPLICATE:
            batch.duplicates += 1
        else:
            events = open_slice(label, delivery.body, rules.signing_key)
            if verdict is Verdict.AHEAD and not await self._heal(label.first - 1):
                return
            for event in events[batch.position + 1 - label.first :]:
                self._take(event)
            batch.position = label.last

    async def _heal(self, through: int) -> bool:
        """Read exactly the gap before a slice; False when it is too long to do it here."""
        batch = self.batch
        first = batch.position + 1
        if through - batch.position > HEAL_EVENTS_MAX:
            if await self._store.head() < through:
                raise ForeignSlice(f"the log does not reach position {through}")
            batch.gap_through = through
            return False
        missing = await self._store.read_range(first, through)
        if len(missing) != through - batch.position:
            raise ForeignSlice(f"the log does not hold all of {first} to {through}")
        self._events += missing
        batch.position = through
        batch.healed += len(missing)
        return True

    def _take(self, event: CloudEvent) -> None:
        """Read the event, or leave its place to what the store holds."""
        wanted = self._rules.wanted_types
        if wanted is not None and event.type not in wanted:
            self._events.append(_passed_over(event))
            return
        if event.personaldata != WITHHELD or event.type not in self._rules.personal_types:
            # What the code cannot read here may have been spoilt on its way: the store decides.
            with suppress(UndecodableEvent):
                self._events.append(recorded_event(event))
                return
        self._wanted[int(event.id)] = len(self._events)
        self._events.append(None)

    async def complete(self) -> None:
        """Read what was left to the store, in one go."""
        if self._wanted:
            first, last = min(self._wanted), max(self._wanted)
            for event in await self._store.read_range(first, last):
                place = self._wanted.pop(event.position, None)
                if place is not None:
                    self._events[place] = event
                    self.batch.withheld_read += 1
        if self._wanted:  # signed by our relay and gone since: what the store does not hold is not
            missing = min(self._wanted)
            del self._events[self._wanted[missing] :]
            self.batch.position = missing - 1
        self.batch.events = [event for event in self._events if event is not None]


def _passed_over(event: CloudEvent) -> UnreadableEvent:
    return UnreadableEvent(
        position=int(event.id),
        stream=event.subject,
        version=event.streamversion,
        type=event.type,
        schema_version=event.schemaversion,
        detail=PASSED_OVER,
    )
