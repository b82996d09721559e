"""Is the table of a generation the fold of the log at its checkpoint, row by row (I6, I10)?

Pure: it is told the hash of every row of the table, then shown the log. A row of the fold is let go
as soon as it is the row of the table at the position of the last event that this one holds, so in
memory are a hash per row and the rows that are still on their way.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from domain.envelope import RecordedEvent
from domain.events import category_of
from projections.parking import key_text
from projections.projection import Key, Projection, Row, categories_read
from sql.checkpoints import Generation
from sql.checks.findings import Column, Findings
from sql.checks.row_text import digest
from sql.checks.waiting import Waiting
from sql.read_tables import table_name


class StoredRow(NamedTuple):
    """A row of the table: its hash, and the last event that it holds."""

    digest: bytes
    last_position: int


class TableFold:
    """The fold of one generation, beside what its table holds."""

    def __init__(
        self,
        projection: Projection,
        generation: Generation,
        waiting: Waiting,
        findings: Findings,
    ) -> None:
        self.projection: Final = projection
        self.generation: Final = generation
        self.table: Final = table_name(projection.name, generation.generation)
        self.findings: Final = findings
        self.waiting: Final = waiting
        self._categories = categories_read(projection)
        self._stored: dict[Key, StoredRow] = {}
        self._done: dict[Key, int] = {}
        self._rows: dict[Key, Row] = {}
        self._broken: set[Key] = set()

    def store(self, key: Key, row_digest: bytes, last_position: int) -> None:
        """Take note of a row of the table."""
        self.findings.checked += 1
        self._stored[key] = StoredRow(row_digest, last_position)

    def apply(self, event: RecordedEvent) -> None:
        """Fold the next event, if it is this table's to hold."""
        if event.position > self.generation.position:
            return
        if not self.waiting.is_nothing and self.waiting.holds_stream(event.stream, event.position):
            return
        if type(event.data) not in self.projection.handles:
            return
        try:
            keys = self.projection.keys(event)
        except Exception:  # noqa: BLE001 - whatever a fold raises means the same
            self._not_applied(event.position, event.stream, event.type, "touches rows unknown")
            return
        for key in keys if self.waiting.is_nothing else self._not_waiting(event, keys):
            self._touch(key, event)

    def pass_unreadable(self, position: int, stream: str, event_type: str) -> bool:
        """Say whether an event that cannot be read is parked or was discarded here."""
        if position > self.generation.position:
            return False
        if self.waiting.holds_stream(stream, position):
            return True
        if category_of(stream) in self._categories:
            self._not_applied(position, stream, event_type, "cannot be read")
        return False

    def finish(self) -> Iterator[tuple[Key, Row]]:
        """Tell what differs, now that the whole log was seen.

        Shape: the rows that the table holds otherwise, for `differs` to be called with each.
        """
        self.waiting.finish(self.findings, self.table)
        for key, row in self._rows.items():
            stored = self._stored.pop(key, None)
            if key in self._broken:
                continue
            if stored is None:
                place = f"{self.table} key {key_text(key)}"
                detail = f"the fold of the log makes this row, last at position {row.last_position}"
                self.findings.add("row_missing", place, detail)
            elif stored.digest != digest(row):
                yield key, row
        for key, stored in self._stored.items():
            if key not in self._broken:
                self.findings.add(
                    "row_orphaned",
                    f"{self.table} key {key_text(key)}",
                    f"no event up to the checkpoint at {self.generation.position} makes this row;"
                    f" its last position is {stored.last_position}",
                )

    def differs(self, key: Key, columns: list[Column]) -> None:
        """Take note of a row that is not what the fold makes."""
        names = ", ".join(column.name for column in columns) or "its hash"
        self.findings.add(
            "row_differs", f"{self.table} key {key_text(key)}", f"differs in {names}", columns
        )

    def _touch(self, key: Key, event: RecordedEvent) -> None:
        if key in self._done:
            self._stale(key, event)
            return
        if key in self._broken:
            return
        try:
            row = self.projection.evolve(self._rows.get(key), event, key)
        except Exception:  # noqa: BLE001 - whatever a fold raises means the same
            self._broken.add(key)
            self._not_applied(
                event.position, event.stream, event.type, f"cannot be applied to {key_text(key)}"
            )
            return
        if row is None:
            self._rows.pop(key, None)
            return
        stored = self._stored.get(key)
        if stored is None or stored.last_position != event.position or digest(row) != stored.digest:
            self._rows[key] = row
            return
        self._done[key] = event.position
        self._rows.pop(key, None)
        del self._stored[key]

    def _stale(self, key: Key, event: RecordedEvent) -> None:
        """Take note, once, of a row that ends before an event that touches it."""
        held = self._done[key]
        if held == 0:
            return
        self._done[key] = 0
        self.differs(key, [Column("last_position", str(event.position), str(held))])

    def _not_waiting(self, event: RecordedEvent, keys: tuple[Key, ...]) -> Iterator[Key]:
        """Answer the keys for which the event neither waits nor is skipped."""
        position = event.position
        for key in keys:
            if self.waiting.holds_row(key, position):
                continue
            behind = self.waiting.is_behind(event.stream, position, (key,))
            if behind is None:
                yield key
                continue
            self.findings.add(
                "not_waiting",
                f"{self.table}, parked {behind}",
                f"the event at position {position} should wait there",
            )

    def _not_applied(self, position: int, stream: str, event_type: str, reason: str) -> None:
        self.findings.add(
            "not_applied",
            f"{self.table}, position {position}, stream {stream}",
            f"{event_type} {reason}, and is neither parked nor discarded",
        )
