"""How does a command say which streams it needs and what follows from them?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.events import Event
from domain.fold import State

C = TypeVar("C")

States = Mapping[str, State | None]
"""Stream name -> folded state; None for a stream without events."""


@dataclass(frozen=True, slots=True)
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
    reads: Callable[[C], tuple[str, ...]]
    decide: Callable[[C, States], tuple[Event, ...]]
    target_id: Callable[[C], str]
    occurred_at: Callable[[C], datetime]
    order_number: Callable[[C, States], str | None]
    creates: bool = False
