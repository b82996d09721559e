"""What does every check see on the one walk through the log?

Pure: it is shown the rows of the log one after the other, as they are stored.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.envelope import Actor, RecordedEvent
from domain.errors import UndecodableEvent
from domain.events import EVENT_TYPES
from sql.checks.commands import Commands
from sql.checks.credits import Credits
from sql.checks.findings import Findings
from sql.checks.log_order import LogOrder
from sql.checks.money import Money, Sums
from sql.checks.snapshots import Snapshots
from sql.checks.table_fold import TableFold
from sql.codec import decode_metadata
from sql.log import recorded_event
from sql.recorded_state import RECORDER


class WalkFindings(NamedTuple):
    """Where a walk writes down what it finds."""

    log: Findings
    commands: Findings
    money: Findings
    snapshots: Findings


class Walk:
    """One walk through the log, in which every check sees every event."""

    def __init__(
        self, head: int, records_from: datetime, found: WalkFindings, folds: Sequence[TableFold]
    ) -> None:
        """Begin before the first event; events after `records_from` need a command record."""
        self.found: Final = found
        self.folds: Final = folds
        self.commands: Final = Commands(head, found.commands)
        self.snapshots: Final = Snapshots(found.snapshots)
        self.sums_at: Final[dict[int, Mapping[str, Sums]]] = {}
        self._order = LogOrder(found.log)
        self._money = Money(found.money)
        self._credits = Credits(found.money)
        self._records_from = records_from
        self._unknown = 0
        self._held = 0
        self._sums_wanted = sorted({min(fold.generation.position, head) for fold in folds})

    def see(self, row: Sequence[Any]) -> None:
        """Take note of the next row of the log."""
        position, stream, version, *_, recorded_at = row
        self._keep_sums_below(position)
        self._order.see(position, stream, version, recorded_at)
        try:
            event = recorded_event(row)
        except UndecodableEvent:
            self._see_unreadable(row)
            return
        self._see_event(event)

    def finish(self) -> None:
        """Take note of the end of the log."""
        self._keep_sums_below(None)
        self.snapshots.finish()
        if self._unknown:
            self.found.log.note(
                f"{self._unknown} events are of types or schema versions that this code does not"
                " know; what they say was not checked."
            )
        if self._held:
            self.found.log.note(
                f"{self._held} events cannot be read, and are parked or were discarded; what they"
                " say was not checked."
            )

    def _see_event(self, event: RecordedEvent) -> None:
        self.commands.made_by.remember(event)
        if event.recorded_at > self._records_from:
            self.commands.needs_record(event.position)
        self._money.see(event)
        self._credits.see(event)
        self.snapshots.see(event)
        for fold in self.folds:
            fold.apply(event)

    def _see_unreadable(self, row: Sequence[Any]) -> None:
        position, stream, _, event_type, schema_version, _, metadata, _, recorded_at = row
        is_held = [fold.pass_unreadable(position, stream, event_type) for fold in self.folds]
        known = EVENT_TYPES.get(event_type)
        if known is None or schema_version > known[1]:
            self._unknown += 1
        elif any(is_held):
            self._held += 1
        else:
            self.found.log.add(
                "event_unreadable",
                f"position {position}, stream {stream}",
                f"what is stored is no {event_type} of schema version {schema_version}",
            )
        actor = _actor_in(metadata)
        if actor is None:
            return
        self.commands.made_by.remember_actor(position, actor)
        if recorded_at > self._records_from and actor != RECORDER:
            self.commands.needs_record(position)

    def _keep_sums_below(self, position: int | None) -> None:
        """Keep the sums of every checkpoint that the walk has passed."""
        while self._sums_wanted and (position is None or self._sums_wanted[0] < position):
            self.sums_at[self._sums_wanted.pop(0)] = self._money.sums()


def _actor_in(metadata: str) -> Actor | None:
    try:
        return decode_metadata(metadata).actor
    except UndecodableEvent:
        return None
