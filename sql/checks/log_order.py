"""Are the positions of the log 1..N, the versions of every stream dense, and time in their order?

Pure: it is shown every event in the order of the positions. A stream begins at version 1; one that
the recorder of the eventsourcing library began may begin at 0 (architecture.md §2).
"""

from datetime import datetime

from sql.checks.findings import Findings

FIRST_VERSIONS = (0, 1)


class LogOrder:
    """What has been seen of the log; one number per stream is kept in memory."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._position = 0
        self._recorded_at: datetime | None = None
        self._versions: dict[str, int] = {}

    def see(self, position: int, stream: str, version: int, recorded_at: datetime) -> None:
        """Take note of the next event."""
        self._findings.checked += 1
        if position != self._position + 1:
            self._wrong_position(position)
        self._position = position
        last = self._versions.get(stream)
        fits = version in FIRST_VERSIONS if last is None else version == last + 1
        if not fits:
            self._wrong_version(position, stream, version, last)
        self._versions[stream] = version
        if self._recorded_at is not None and recorded_at < self._recorded_at:
            self._findings.add(
                "recorded_at_backwards",
                f"position {position}",
                f"recorded at {recorded_at.isoformat()}, after an event that was recorded at"
                f" {self._recorded_at.isoformat()}",
            )
        self._recorded_at = recorded_at

    def _wrong_position(self, position: int) -> None:
        if position <= self._position:
            self._findings.add(
                "position_repeated", f"position {position}", "the log holds this position twice"
            )
            return
        first, last = self._position + 1, position - 1
        place = f"position {first}" if first == last else f"positions {first} to {last}"
        self._findings.add("position_missing", place, "the log goes on after a hole")

    def _wrong_version(self, position: int, stream: str, version: int, last: int | None) -> None:
        expected = "0 or 1" if last is None else str(last + 1)
        self._findings.add(
            "version_not_next",
            f"stream {stream}, position {position}",
            f"version {version} stands where version {expected} belongs",
        )
