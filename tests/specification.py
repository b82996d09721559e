"""How is a decision tested? given(what was done).when(a wish).then(events), or nothing, or refused.

The past is given as commands and events, mixed as a test likes; commands go through the registry
like those of users, so a test also sees which streams a command asks for.
Whatever a decision brings, deciding it again on the result must bring nothing: `then` checks it.
"""

from __future__ import annotations

from typing import TypeVar

import pytest

from commands.decider import StreamsMissing
from commands.registry import DECIDERS, Command
from domain.errors import OrderTrailError
from domain.events import Event, stream_of
from domain.fold import State, evolve

Error = TypeVar("Error", bound=OrderTrailError)


class Streams:
    """What the streams amount to: a log without positions, only for decisions."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}

    def record(self, event: Event) -> None:
        """Add an event to the stream it belongs to."""
        stream = stream_of(event)
        self.states[stream] = evolve(self.states.get(stream), event)

    def decide(self, command: Command) -> tuple[Event, ...]:
        """Decide on the states of the streams that the command asks for, and on no others."""
        return self._decide(command)[0]

    def carry_out(self, command: Command) -> tuple[Event, ...]:
        """Decide and record."""
        events, written = self._decide(command)
        for event in events:
            assert stream_of(event) in written
            self.record(event)
        return events

    def _decide(self, command: Command) -> tuple[tuple[Event, ...], tuple[str, ...]]:
        """Decide, and tell which streams the decision may write."""
        decider = DECIDERS[type(command)]
        writes = decider.writes(command)
        while True:
            streams = (*writes, *decider.reads(command))
            states = {stream: self.states.get(stream) for stream in streams}
            try:
                return decider.decide(command, states), writes
            except StreamsMissing as missing:
                more = missing.streams
            assert not set(more) & set(writes)
            writes = (*writes, *more)


class Wish:
    """A command and the streams it meets."""

    def __init__(self, streams: Streams, command: Command) -> None:
        self._streams = streams
        self._command = command

    def then(self, *expected: Event) -> None:
        """Assert that exactly these events follow, and nothing from the same wish again."""
        assert self._streams.carry_out(self._command) == expected
        assert self._streams.decide(self._command) == ()

    def then_nothing(self) -> None:
        """Assert that there is nothing to do."""
        assert self._streams.decide(self._command) == ()

    def then_refused(self, error: type[Error]) -> Error:
        """Assert that the wish is refused with exactly this error, and answer it."""
        with pytest.raises(error) as refusal:
            self._streams.decide(self._command)
        assert type(refusal.value) is error
        return refusal.value


class Past:
    """What was done before the wish."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def when(self, command: Command) -> Wish:
        """Name the wish under test."""
        return Wish(self._streams, command)


def given(*past: Command | Event) -> Past:
    """Carry out what came before the wish; none of it may be refused or in vain."""
    streams = Streams()
    for step in past:
        if isinstance(step, Command):
            assert streams.carry_out(step) != ()
        else:
            streams.record(step)
    return Past(streams)
