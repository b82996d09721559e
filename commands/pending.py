"""What is a decision that is not committed yet, and what may become of it?"""

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime

from commands.envelope import CommandEnvelope
from domain.envelope import Metadata, RecordedEvent
from domain.errors import OrderTrailError
from domain.events import EVENT_NAMES, Event, stream_of
from domain.fold import State, evolve


@dataclass(frozen=True, slots=True)
class Appended:
    """The decision is on disk. `first_position` is None when it had no events."""

    first_position: int | None
    last_position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Conflicted:
    """A stream moved, or what the decision was built on was not appended."""

    actual_version: int | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The record of the same principal and key is in the log already."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The database could not or would not take it."""

    error: OrderTrailError


Outcome = Appended | Conflicted | Duplicate | Failed


@dataclass(slots=True, eq=False)
class Claim:
    """The part of a decision that concerns one stream.

    It rests on `base` at version `expected`, which is committed when `after` is None and otherwise
    the result of that other decision.
    """

    stream: str
    expected: int
    base: State | None
    after: "PendingAppend | None"
    events: tuple[Event, ...]
    _state: State | None = None

    @property
    def version(self) -> int:
        """The stream's version after the decision."""
        return self.expected + len(self.events)

    def state(self) -> State | None:
        """Fold the stream's state after the decision; only made when somebody asks."""
        if self._state is None:
            state = self.base
            for event in self.events:
                state = evolve(state, event)
            self._state = state
        return self._state


@dataclass(slots=True, eq=False, kw_only=True)
class PendingAppend:
    """A decision on its way into the log, with everything that its record needs.

    Shape: `claims` has one element per written stream, the command's own first; `events` are all
    events in the order decided. `in_doubt`: it was sent and no answer came, so a record that is
    found later is its own; `abandoned`: nobody waits for it any more.
    """

    envelope: CommandEnvelope
    command_type: str
    metadata: Metadata
    occurred_at: datetime
    created: bool
    order_number: str | None
    claims: tuple[Claim, ...]
    events: tuple[Event, ...]
    submitted_at: float
    on_settled: "Callable[[PendingAppend], None]"
    outcome: Outcome | None = None
    in_doubt: bool = False
    abandoned: bool = False
    _waiters: list[asyncio.Future[Outcome]] = field(default_factory=list["asyncio.Future[Outcome]"])

    def wait(self) -> asyncio.Future[Outcome]:
        """Give a future of its own to everybody who waits, so that none can cancel another's."""
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        if self.outcome is not None:
            waiter.set_result(self.outcome)
        else:
            self._waiters.append(waiter)
        return waiter

    def settle(self, outcome: Outcome) -> None:
        """Make the outcome known, to the overlay first and then to everybody who waits."""
        assert self.outcome is None
        self.outcome = outcome
        try:
            self.on_settled(self)
        finally:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(outcome)
            self._waiters.clear()

    def recorded(self, kinds: Container[type[Event]]) -> list[RecordedEvent]:
        """Answer the events of some kinds as they stand in the log, once they were appended."""
        appended = self.outcome
        if not isinstance(appended, Appended) or appended.first_position is None:
            return []
        versions = {claim.stream: claim.expected for claim in self.claims}
        found: list[RecordedEvent] = []
        for position, event in enumerate(self.events, appended.first_position):
            stream = stream_of(event)
            versions[stream] += 1
            if type(event) in kinds:
                type_name, schema_version = EVENT_NAMES[type(event)]
                found.append(
                    RecordedEvent(
                        position=position,
                        stream=stream,
                        version=versions[stream],
                        type=type_name,
                        schema_version=schema_version,
                        data=event,
                        metadata=self.metadata,
                        occurred_at=self.occurred_at,
                        recorded_at=appended.recorded_at,
                    )
                )
        return found

    def rests_on_disk(self) -> bool:
        """Tell whether everything that the decision was built on is committed by now."""
        return all(
            claim.after is None or isinstance(claim.after.outcome, Appended)
            for claim in self.claims
        )

    def give_up(self, error: OrderTrailError) -> None:
        """Answer everybody who waits, while the decision itself stays on its way."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(error)
        self._waiters.clear()
