"""Does every command record agree with its events, and has every event of a command its record?

Records may be pruned after the published time, so only younger events must have one (IDM-08). The
recorder of the eventsourcing library writes events without a command; their actor says so, and
they need none.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sql.checks.findings import Findings
from sql.checks.made_by import MadeBy, Wish
from sql.connection import Connection

KEPT_HOURS_MIN: Final = 24
PAGE_RECORDS: Final = 1_000

_RECORDS: Final = (
    b"SELECT c.principal, c.idempotency_key, c.stream, c.version, c.first_position,"
    b" c.last_position, c.recorded_at, e.position, l.recorded_at,"
    b" c.command_type, c.status, c.fingerprint, c.answer::text"
    b" FROM event_store.commands c"
    b" LEFT JOIN event_store.events e ON e.stream = c.stream AND e.version = c.version"
    b" LEFT JOIN event_store.events l ON l.position = c.last_position"
    b" ORDER BY c.last_position, c.principal, c.idempotency_key"
)
_REPEATED: Final = (
    b"SELECT principal, idempotency_key, count(*) FROM event_store.commands"
    b" GROUP BY principal, idempotency_key HAVING count(*) > 1 LIMIT 100"
)

_NEEDS_RECORD: Final = 1
_HAS_RECORD: Final = 2


class CommandRecord(NamedTuple):
    """A record, with where its stream and version stand and when its last event was recorded."""

    principal: str
    key: str
    stream: str
    version: int
    first_position: int | None
    last_position: int
    recorded_at: datetime
    event_position: int | None
    last_recorded_at: datetime | None
    command_type: str
    status: int
    fingerprint: bytes
    answer: str | None

    @property
    def wish(self) -> Wish:
        """What the record says of the command itself."""
        return Wish(
            self.principal,
            self.command_type,
            self.stream,
            self.status,
            self.fingerprint,
            self.answer,
        )


class Commands:
    """Which events have a record, and whose; five bytes per event are kept in memory. Pure."""

    def __init__(self, head: int, findings: Findings) -> None:
        self._head = head
        self._findings = findings
        self._marks = bytearray(head + 1)
        self.made_by = MadeBy(head)

    def needs_record(self, position: int) -> None:
        """Take note of an event that a command of ours made, and not too long ago."""
        if position <= self._head:
            self._marks[position] = _NEEDS_RECORD

    def see(self, record: CommandRecord) -> None:
        """Judge a record."""
        self._findings.checked += 1
        fault = self._fault_of(record)
        if fault is not None:
            code, detail = fault
            place = f"record {record.key!r} of {record.principal}"
            self._findings.add(code, place, detail)

    def finish(self) -> None:
        """Tell which events have no record, now that all were seen."""
        position = self._marks.find(_NEEDS_RECORD)
        while position > 0:
            self._findings.add(
                "record_missing", f"position {position}", "no command record names this event"
            )
            position = self._marks.find(_NEEDS_RECORD, position + 1)

    def _fault_of(self, record: CommandRecord) -> tuple[str, str] | None:
        first, last = record.first_position, record.last_position
        span = f"positions {first} to {last}"
        if last > self._head or (first is not None and not 0 < first <= last):
            return "record_outside_the_log", f"names {span}; the log ends at {self._head}"
        if first is None:
            return self._fault_without_events(record) or self._fault_in_itself(record)
        at = record.event_position
        if at is None or not first <= at <= last:
            stands = "does not exist" if at is None else f"stands at position {at}"
            detail = f"version {record.version} of {record.stream} {stands}, not at {span}"
            return "record_points_nowhere", detail
        if _HAS_RECORD in self._marks[first : last + 1]:
            return "record_repeated", f"another record names events of {span} too"
        self._marks[first : last + 1] = bytes((_HAS_RECORD,)) * (last + 1 - first)
        if record.last_recorded_at != record.recorded_at:
            return "record_of_another_time", f"was not recorded together with {span}"
        return self._fault_in_itself(record)

    def _fault_in_itself(self, record: CommandRecord) -> tuple[str, str] | None:
        """Compare what the record says of the command with what its events say."""
        first, last = record.first_position, record.last_position
        events = range(0) if first is None else range(first, last + 1)
        names = self.made_by.differing(record.wish, events)
        if not names:
            return None
        says = "its events say" if events else "such a command has"
        return "record_differs", f"has another {', '.join(names)} than {says}"

    def _fault_without_events(self, record: CommandRecord) -> tuple[str, str] | None:
        """Judge the record of a command that had nothing to do: its position is the head then."""
        at = record.event_position
        if record.version > 0 and (at is None or at > record.last_position):
            detail = (
                f"version {record.version} of {record.stream} does not stand at or below position"
                f" {record.last_position}"
            )
            return "record_points_nowhere", detail
        return None


async def check_records(connection: Connection, commands: Commands, findings: Findings) -> None:
    """Read and judge every record; within the transaction of the check."""
    async with connection.cursor("check_records") as cursor:
        await cursor.execute(_RECORDS)
        while page := await cursor.fetchmany(PAGE_RECORDS):
            for row in page:
                commands.see(CommandRecord._make(row))
    commands.finish()
    for principal, key, count in await (await connection.execute(_REPEATED)).fetchall():
        findings.add("key_repeated", f"record {key!r} of {principal}", f"there are {count} of it")
