"""What does a command handler need from the log?

The roles that `sql/` plays for `handler.py`; nothing here knows how a log is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commands.envelope import Answer
from commands.pending import PendingAppend
from domain.fold import State


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """What is kept of a command that was answered with a 2xx."""

    fingerprint: bytes
    answer: Answer


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer of a group load: the command's record, if any, and committed states.

    Shape: `states` has every stream that was asked for; version 0 and None when it is empty.
    """

    record: CommandRecord | None
    states: Mapping[str, tuple[int, State | None]]


class EventLoader(Protocol):
    """Loads committed states and command records; concurrent loads share a query."""

    async def load(self, principal: str, key: str, streams: Sequence[str]) -> Loaded:
        """Read the record of a key and the committed states of streams, as of now or later.

        Raises:
            Unavailable: the database does not answer in time.
        """
        ...

    def newest(self, stream: str) -> tuple[int, State | None]:
        """Tell the newest committed state that this process knows; (0, None) for none."""
        ...

    def committed(self, stream: str, version: int, state: State) -> None:
        """Take note of a state that was just committed by this process."""
        ...


class EventAppender(Protocol):
    """Appends decisions in shared commits."""

    def submit(self, pending: PendingAppend) -> None:
        """Queue a decision; `PendingAppend.settle` brings the outcome.

        Raises:
            Unavailable: the queue is full.
        """
        ...


class OrderNumbers(Protocol):
    """Gives out order numbers for people."""

    async def take(self, channel: str, placed_at: datetime) -> str:
        """Take the next number of a channel and year, check character included.

        Raises:
            Unavailable: the database does not answer in time.
        """
        ...
