"""What does PostgreSQL keep for OrderTrail, and what of it survives?

The log, the relay's checkpoint, the read tables with their checkpoints, and who holds which lock.
Commits form one sequence, like the write-ahead log. An append is on disk before it is answered;
checkpoints and tables are not, so a crash may take the last of them back, but never anything before
an append that survives. A failover goes on with another log identity, and, where the standby was
not synchronous, without the last appends too.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.envelope import RecordedEvent
from domain.fold import State, evolve
from projections.projection import Key, Projection, Row
from projections.projector import fold, fold_touches, touches
from sql.log import recorded_event
from sql.session_lock import CheckpointLost
from sql.stored_events import StoredEvent
from tests.simulation.append_model import APPENDED, CONFLICT, DUPLICATE, AppendModel, Call, Result
from tests.simulation.network import Link, Network, Server
from tests.simulation.virtual_time import STARTS_AT_SECONDS

SYSTEM: Final = "7000000000000000001"
STARTED_AT: Final = datetime(2026, 6, 1, tzinfo=UTC)
OUTCOMES: Final = {APPENDED: "appended", CONFLICT: "conflicts", DUPLICATE: "duplicates found"}
SILENCE_SECONDS_MAX: Final = 8.0
"""`idle_session_timeout` of the sessions that hold a lock."""


@dataclass(frozen=True, slots=True)
class _Commit:
    """A transaction that can be taken back while it is the last one."""

    undo: Callable[[], None]
    is_flushed: bool


@dataclass(slots=True)
class _Table:
    """A read table, its checkpoint and its fold."""

    projection: Projection
    rows: dict[Key, Row] = field(default_factory=dict[Key, Row])
    position: int = 0


class Database(Server):
    """The database of one simulation."""

    def __init__(
        self, network: Network, log: AppendModel, projections: Sequence[Projection]
    ) -> None:
        super().__init__(network)
        self.log = log
        self.timeline = 1
        self.relay_checkpoint = 0
        self.tables = {each.name: _Table(each) for each in projections}
        self.lost_keys: set[tuple[str, str]] = set()
        self.outcomes: Counter[str] = Counter()
        self._wal: list[_Commit] = []
        self._locks: dict[str, Link] = {}
        self._recorded: list[RecordedEvent] = []
        self._states: dict[str, list[State]] = {}

    @property
    def identity(self) -> str:
        """The name of the log."""
        return f"{SYSTEM}/{self.timeline}/16384"

    @property
    def head(self) -> int:
        """The last position."""
        return len(self.log.events)

    # Appending, and what was appended --------------------------------------------------------

    def append(self, call: Call) -> Result:
        """Run `append_v1` in a transaction of its own."""
        events, known = len(self.log.events), len(self.log.commands)
        now = asyncio.get_running_loop().time() - STARTS_AT_SECONDS
        result = self.log.append(call, STARTED_AT + timedelta(seconds=now))
        self.outcomes.update(OUTCOMES[each] for each in result.outcomes)
        if len(self.log.commands) > known:
            added = list(self.log.commands)[known:]
            self._wal.append(_Commit(lambda: self._take_back(events, added), is_flushed=True))
        return result

    def state(self, stream: str, version: int) -> State | None:
        """Fold a stream up to a version."""
        states = self._states.setdefault(stream, [])
        if len(states) < version:
            of_stream = [each for each in self.recorded() if each.stream == stream]
            for event in of_stream[len(states) : version]:
                states.append(evolve(states[-1] if states else None, event.data))
        return states[version - 1] if version else None

    def recorded(self) -> list[RecordedEvent]:
        """Answer the whole log, decoded."""
        for event in self.log.events[len(self._recorded) :]:
            self._recorded.append(recorded_event(event))
        return self._recorded

    def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Read the log as the relay does."""
        return self.log.events[after : after + limit]

    # Locks and checkpoints -------------------------------------------------------------------

    def try_lock(self, key: str, link: Link) -> bool:
        """Take a session lock, and say whether the session has it."""
        holder = self._locks.get(key)
        now = asyncio.get_running_loop().time()
        if holder is not None and holder.heard_at < now - SILENCE_SECONDS_MAX:
            holder.end()
        if holder is None or holder.is_ended:
            self._locks[key] = link
        return self._locks[key] is link

    def slip_locks(self) -> None:
        """Forget who holds a lock, while his session lives: then only the checkpoint stops him."""
        self._locks.clear()

    def move_relay(self, old: int, new: int) -> None:
        """Move the relay's checkpoint by compare-and-set.

        Raises:
            CheckpointLost: it stands elsewhere.
        """
        if self.relay_checkpoint != old:
            raise CheckpointLost(f"the relay's checkpoint is at {self.relay_checkpoint}")

        def undo() -> None:
            self.relay_checkpoint = old

        self.relay_checkpoint = new
        self._wal.append(_Commit(undo, is_flushed=False))

    def may_move(self, stored: int, old: int, new: int) -> bool:
        """Compare a projection's checkpoint with where its writer left it."""
        del new
        return stored == old

    def write(self, moves: Mapping[str, int], events: Sequence[RecordedEvent]) -> None:
        """Move checkpoints and fold events into the tables, in one transaction.

        Raises:
            CheckpointLost: one of them stands elsewhere than its writer says.
            ProjectionFailed: an event cannot be applied.
        """
        new = events[-1].position
        for name, old in moves.items():
            if not self.may_move(self.tables[name].position, old, new):
                raise CheckpointLost(f"{name} is at {self.tables[name].position}, not at {old}")
        changes = {
            name: self._changes(name, self.above(events, old)) for name, old in moves.items()
        }
        before = {
            name: (self.tables[name].position, dict(self.tables[name].rows)) for name in moves
        }
        for name, changed in changes.items():
            table = self.tables[name]
            table.position = new
            table.rows.update(changed)

        def undo() -> None:
            for name, (position, rows) in before.items():
                self.tables[name].position = position
                self.tables[name].rows = rows

        self._wal.append(_Commit(undo, is_flushed=False))

    def above(self, events: Sequence[RecordedEvent], old: int) -> Sequence[RecordedEvent]:
        """Answer the events above a checkpoint."""
        return [event for event in events if event.position > old]

    def _changes(self, name: str, events: Sequence[RecordedEvent]) -> dict[Key, Row]:
        table = self.tables[name]
        changed = fold_touches(table.projection, table.rows, touches(table.projection, events))
        assert all(row is not None for row in changed.values()), "no projection here deletes"
        return changed

    def expected_rows(self, name: str) -> dict[Key, Row]:
        """Fold the log up to a table's checkpoint."""
        table = self.tables[name]
        return fold(table.projection, {}, self.recorded()[: table.position])

    # Crashes ---------------------------------------------------------------------------------

    def lose_unflushed(self) -> None:
        """Take back some of what was committed and not yet flushed, the last first."""
        unflushed = 0
        for commit in reversed(self._wal):
            if commit.is_flushed:
                break
            unflushed += 1
        self._take_commits_back(self.network.chance.randint(0, unflushed))

    def promote(self, lost_commits: int) -> None:
        """Go on as another log, without the last commits of the old one."""
        self._take_commits_back(min(lost_commits, len(self._wal)))
        self.timeline += 1

    def _take_commits_back(self, count: int) -> None:
        for _ in range(count):
            self._wal.pop().undo()

    def _take_back(self, events: int, commands: Sequence[tuple[str, str]]) -> None:
        for event in self.log.events[events:]:
            version = self.log.heads[event.stream] = min(
                self.log.heads[event.stream], event.version - 1
            )
            del self._states.setdefault(event.stream, [])[version:]
        del self.log.events[events:]
        del self._recorded[events:]
        for place in commands:
            del self.log.commands[place]
            self.lost_keys.add(place)
