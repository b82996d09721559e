"""How does a command say which streams it needs and what follows from them?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from domain.events import Event
from domain.fold import State

C = TypeVar("C")

States = Mapping[str, State | None]
"""Stream name -> folded state; None for a stream without events."""


class StreamsMissing(Exception):
    """A decision turned out to be about more streams than its command names: load these too.

    What a command is about may stand in a state, like the order of a shipment. The streams count as
    written: the decision is appended only if they have not moved.
    """

    def __init__(self, streams: Iterable[str]) -> None:
        """Keep the names of the streams."""
        super().__init__()
        self.streams = tuple(streams)


class FoldedEvents(tuple[Event, ...]):  # noqa: SLOT001 - a tuple has no room for slots
    """The events of a decision that has folded them already; `states` are those after them."""

    states: States

    @classmethod
    def of(cls, events: Iterable[Event], states: States) -> "FoldedEvents":
        """Keep events together with the states that they lead to."""
        folded = cls(events)
        folded.states = states
        return folded


def state_of(states: States, stream: str) -> State | None:
    """Answer the state of a stream that the command does not name.

    Raises:
        StreamsMissing: it is not loaded yet.
    """
    if stream not in states:
        raise StreamsMissing((stream,))
    return states[stream]


def _reads_nothing(_: object) -> tuple[str, ...]:
    return ()


def _asked_at(command: Any) -> datetime:  # noqa: ANN401 - every command says when it was asked
    asked_at: datetime = command.asked_at
    return asked_at


def _no_number(_: object, __: States) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider(Generic[C]):
    """A command's decision with the streams it rests on.

    `writes`: the streams that the decision is about, the first one being the command's own; it is
    made on their newest state, uncommitted decisions included, and appended only if they have not
    moved. `reads`: streams that are only looked at, in committed state. `decide` gets the states
    of both and answers the events to append, each to the stream that `domain.events.stream_of`
    names, which is one of `writes`; `()` means that there is nothing left to do.
    `target_id` is the id that the answer names, `occurred_at` the business time of the events,
    `order_number` the number that the answer names beside the id, if the command gives one.
    `creates`: the command asks for something new, which a repeat is answered with again.
    """

    type: str
    writes: Callable[[C], tuple[str, ...]]
    reads: Callable[[C], tuple[str, ...]] = _reads_nothing
    decide: Callable[[C, States], tuple[Event, ...]]
    target_id: Callable[[C], str]
    occurred_at: Callable[[C], datetime] = _asked_at
    order_number: Callable[[C, States], str | None] = _no_number
    creates: bool = False


def on_own_state(
    stored_type: str,
    decide: Callable[[Any, Any], tuple[Event, ...]],
    *,
    state: Callable[[Any, States], Any],
    writes: Callable[[Any], tuple[str, ...]],
    target_id: Callable[[Any], str],
    creates: bool = False,
) -> Decider[Any]:
    """Make the decider of a command that looks at nothing but what it writes."""
    return Decider(
        type=stored_type,
        writes=writes,
        decide=lambda command, states: decide(command, state(command, states)),
        target_id=target_id,
        creates=creates,
    )
