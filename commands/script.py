"""How are several commands decided as one?

A script carries out one command after the other on one set of states, each seeing what those before
it brought. Its events are appended together or not at all, whatever streams they are for: that is
how the fulfilment process and the importer act (architecture.md §5).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from commands.decider import Decider, FoldedEvents, States, StreamsMissing, state_of
from domain.envelope import Actor
from domain.errors import Refusal
from domain.events import Event, stream_of
from domain.fold import State, evolve

Outcome = tuple[Event, ...] | Refusal
"""What a command brought, or why it was refused."""


class Asked(TypedDict):
    """Who asks, and when: the same for every command of a script."""

    actor: Actor
    asked_at: datetime


class Script:
    """Commands decided one after the other; `events` gathers what they brought, in order."""

    def __init__(self, states: States, deciders: Mapping[type, Decider[Any]]) -> None:
        """Begin with loaded states; a command that needs others asks for them."""
        self._states = dict(states)
        self._deciders = deciders
        self.events: list[Event] = []

    def outcome(self) -> FoldedEvents:
        """Answer all that was decided, folded."""
        return FoldedEvents.of(self.events, self._states)

    def state(self, stream: str) -> State | None:
        """Answer the state of a stream after what was decided so far.

        Raises:
            StreamsMissing: it is not loaded yet.
        """
        return state_of(self._states, stream)

    def require(self, *streams: str) -> None:
        """Ask for streams at once that will be needed one by one.

        Raises:
            StreamsMissing: one of them is not loaded yet.
        """
        missing = [stream for stream in streams if stream not in self._states]
        if missing:
            raise StreamsMissing(missing)

    def carry_out(self, command: object) -> Outcome:
        """Decide a command, and answer what it brought or why it was refused.

        Raises:
            StreamsMissing: a stream that it is about is not loaded yet.
        """
        decider = self.decider_of(command)
        self.require(*decider.writes(command), *decider.reads(command))
        try:
            events = decider.decide(command, self._states)
        except Refusal as refusal:
            return refusal
        for event in events:
            self.append(event)
        return events

    def must(self, command: object) -> tuple[Event, ...]:
        """Decide a command without which the whole script makes no sense.

        Raises:
            Refusal: it was refused.
            StreamsMissing: a stream that it is about is not loaded yet.
        """
        outcome = self.carry_out(command)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def decider_of(self, command: object) -> Decider[Any]:
        """Tell how a command is decided."""
        return self._deciders[type(command)]

    def append(self, event: Event) -> None:
        """Add an event that no command was needed for."""
        stream = stream_of(event)
        self.require(stream)
        self._states[stream] = evolve(self._states[stream], event)
        self.events.append(event)
