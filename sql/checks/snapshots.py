"""Is every snapshot the fold of its stream up to its version?

Pure but for the reading: it is shown every event that can be read. Snapshots of other folds are
left alone, for this code never reads them.
"""

from dataclasses import dataclass
from typing import Final

from domain.envelope import RecordedEvent
from domain.fold import State, evolve
from sql.checks.findings import Findings
from sql.connection import Connection
from sql.snapshot_codec import UndecodableSnapshot, decode_state, fold_version_of

_SNAPSHOTS: Final = (
    b"SELECT stream, fold_version, version, state FROM event_store.snapshots ORDER BY stream"
)


@dataclass(slots=True)
class _Kept:
    """A snapshot, and the fold of its stream so far; `is_open` until its version was seen."""

    version: int
    state: State
    folded: State | None = None
    is_open: bool = True


class Snapshots:
    """The snapshots of this code's folds; the states of their streams are kept in memory."""

    def __init__(self, findings: Findings) -> None:
        self._findings: Final = findings
        self._kept: Final[dict[str, _Kept]] = {}

    def store(self, stream: str, fold_version: str, version: int, state: bytes) -> None:
        """Take note of a snapshot."""
        if fold_version != fold_version_of(stream):
            return
        self._findings.checked += 1
        try:
            self._kept[stream] = _Kept(version, decode_state(stream, state))
        except UndecodableSnapshot:
            self._differs("snapshot_unreadable", stream, version, "cannot be read")

    def see(self, event: RecordedEvent) -> None:
        """Fold the next event, if its stream has a snapshot."""
        kept = self._kept.get(event.stream)
        if kept is None or not kept.is_open or event.version > kept.version:
            return
        try:
            kept.folded = evolve(kept.folded, event.data)
        except Exception:  # noqa: BLE001 - whatever a fold raises means the same
            del self._kept[event.stream]
            detail = f"the event at position {event.position} cannot be folded"
            self._differs("stream_not_foldable", event.stream, kept.version, detail)
            return
        if event.version == kept.version:
            kept.is_open = False
            # Not their bytes: keys of a map whose hashes collide stand in the order they came in.
            if kept.folded != kept.state:
                detail = f"is not the fold up to position {event.position}"
                self._differs("snapshot_differs", event.stream, kept.version, detail)
            kept.folded = None

    def finish(self) -> None:
        """Tell which snapshots are of no version of their stream."""
        for stream, kept in self._kept.items():
            if kept.is_open:
                detail = "the stream has no event of this version that can be read"
                self._differs("snapshot_without_event", stream, kept.version, detail)

    def _differs(self, code: str, stream: str, version: int, detail: str) -> None:
        self._findings.add(code, f"snapshot of {stream} at version {version}", detail)


async def read_snapshots(connection: Connection, snapshots: Snapshots) -> None:
    """Read every snapshot, within the transaction of the check."""
    async with connection.cursor("check_snapshots") as cursor:
        await cursor.execute(_SNAPSHOTS)
        while page := await cursor.fetchmany(10):
            for stream, fold_version, version, state in page:
                snapshots.store(stream, fold_version, version, state)
