"""What does one page of a load bring: records, snapshots, and events that are folded at once?

However many streams a load asks for, a page has at most PAGE_EVENTS_MAX events. Its streams share
them: those that were not read to their end by an earlier page get half, so that long streams
neither wait for ever nor hold up short ones.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commands.ports import CommandRecord
from domain.errors import UndecodableEvent
from domain.fold import State, evolve
from sql.binary_arrays import integers, texts
from sql.codec import decode_event
from sql.connection import Connection
from sql.failpoints import failpoint
from sql.snapshot_codec import UndecodableSnapshot, decode_state, fold_version_of
from sql.stored_answer import decode_answer

PAGE_EVENTS_MAX: Final = 5_000
"""Events, and streams, of one page."""

# One query for all, because a round trip costs as much as looking up some thirty commands. The
# first columns tell the rows apart: records have a fingerprint, snapshots a state, events neither.
# A stream that is not known yet begins with its snapshot, unless the log lacks the snapshot's event
# (a restored database); for the others the look-up is skipped.
_PAGE: Final = b"""
WITH wanted AS MATERIALIZED (
SELECT s.n, s.stream, coalesce(f.version, s.after) AS after, s.page, f.version, f.state
  FROM unnest(%s, %s, %s, %s) WITH ORDINALITY AS s (stream, fold_version, after, page, n)
  LEFT JOIN LATERAL (
       SELECT version, state
         FROM event_store.snapshots f
        WHERE s.fold_version IS NOT NULL
          AND f.stream = s.stream AND f.fold_version = s.fold_version
          AND EXISTS (SELECT FROM event_store.events e
                       WHERE e.stream = f.stream AND e.version = f.version)
        LIMIT 1) AS f ON true)
SELECT c.fingerprint, NULL::bytea, k.n, c.version, c.stream, c.status, c.answer::text,
       c.last_position
  FROM unnest(%s, %s) WITH ORDINALITY AS k (principal, key, n)
 CROSS JOIN LATERAL (
       SELECT fingerprint, stream, version, last_position, status, answer
         FROM event_store.commands c
        WHERE c.principal = k.principal AND c.idempotency_key = k.key LIMIT 1) AS c
UNION ALL
SELECT NULL, w.state, w.n, w.version, NULL, NULL, NULL, NULL
  FROM wanted w WHERE w.state IS NOT NULL
UNION ALL
SELECT NULL, NULL, w.n, e.version, e.type, e.schema_version, e.data::text, NULL
  FROM wanted w
 CROSS JOIN LATERAL (
       SELECT version, type, schema_version, data
         FROM event_store.events e
        WHERE e.stream = w.stream AND e.version > w.after
        ORDER BY e.version LIMIT w.page) AS e
 ORDER BY 3, 4
"""

_LOG: Final = logging.getLogger("ordertrail.loader")


@dataclass(slots=True, eq=False, weakref_slot=True)
class Reading:
    """A stream that is being read, from what is known of it to its end, in as many pages as needed.

    `page` is how many events the page may bring, `page_began_at` the version that was known before
    they came; `fold_version` names the snapshot with which to begin, if any.
    """

    stream: str
    version: int
    state: State | None
    fold_version: str | None
    is_resumed: bool = False
    is_read: bool = False
    error: UndecodableEvent | None = None
    page_began_at: int = 0
    page: int = 0
    _events: int = 0
    _began_with_snapshot: bool = False
    _is_distrusted: bool = False

    def begin_page(self, page: int) -> None:
        """Expect at most so many events."""
        self.page, self._events = page, 0
        self.page_began_at = self.version
        self._is_distrusted = False

    def advance(self, version: int, state: State | None) -> None:
        """Take over what somebody else has folded meanwhile, if it is more."""
        if version > self.version:
            self.version, self.state, self._began_with_snapshot = version, state, False

    def begin_with(self, version: int, data: bytes) -> None:
        """Begin with a snapshot."""
        try:
            self.state = decode_state(self.stream, data)
        except UndecodableSnapshot as error:
            self._distrust(str(error))
            return
        self.version = self.page_began_at = version
        self._began_with_snapshot = True

    def fold(self, version: int, event_type: str, schema_version: int, data: str) -> None:
        """Fold the next event."""
        self._events += 1
        if self.error is not None or self._is_distrusted:
            return
        try:
            event = decode_event(event_type, schema_version, data)
            self.state = evolve(self.state, event)
            self.version = version
        except UndecodableEvent as error:
            self.error = error
        except AssertionError:
            problem = f"{event_type} of {self.stream} cannot follow the state at version"
            if self._began_with_snapshot:
                self._distrust(f"{problem} {version - 1} of the snapshot")
            else:
                self.error = UndecodableEvent(f"{problem} {version - 1}")

    def end_page(self) -> None:
        """See whether that was all."""
        self.fold_version = None
        self.is_resumed = True
        ended = self._events < self.page and not self._is_distrusted
        self.is_read = ended or self.error is not None

    def _distrust(self, why: str) -> None:
        """Read the stream from its beginning, because the snapshot is no use."""
        _LOG.warning("a snapshot is ignored: %s", why)
        self._is_distrusted = True
        self._began_with_snapshot = False
        self.version, self.state = 0, None


def a_reading(stream: str, version: int, state: State | None) -> Reading:
    """Begin to read a stream from what is known of it; with its snapshot when that is nothing."""
    return Reading(stream, version, state, None if version else fold_version_of(stream))


async def read_page(
    connection: Connection, keys: Sequence[tuple[str, str]], readings: Sequence[Reading]
) -> dict[int, CommandRecord]:
    """Read the records of (principal, key) pairs, and of each stream the next events.

    Shape: index into `keys` -> record; there are at most PAGE_EVENTS_MAX readings.
    """
    _share_page(readings)
    arguments = (
        texts(reading.stream.encode() for reading in readings),
        texts(_encoded(reading.fold_version) for reading in readings),
        integers([reading.version for reading in readings]),
        integers([reading.page for reading in readings]),
        texts(principal.encode() for principal, _ in keys),
        texts(key.encode() for _, key in keys),
    )
    await failpoint("load.before_query")
    cursor = await connection.execute(_PAGE, arguments, binary=True)
    rows = await cursor.fetchall()
    await failpoint("load.after_query")
    records: dict[int, CommandRecord] = {}
    for fingerprint, state, number, version, name, code, text, position in rows:
        index = int(number) - 1
        if fingerprint is not None:
            answer = decode_answer(name, version, position, code, text)
            records[index] = CommandRecord(fingerprint, answer)
        elif state is not None:
            readings[index].begin_with(version, state)
        else:
            readings[index].fold(version, name, code, text)
    for reading in readings:
        reading.end_page()
    return records


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _share_page(readings: Sequence[Reading]) -> None:
    """Tell each stream how many events it may have in this page."""
    resumed = sum(reading.is_resumed for reading in readings)
    begun = len(readings) - resumed
    events_left = PAGE_EVENTS_MAX
    begun_page = 0
    if begun:
        begun_page = max(1, (events_left // 2 if resumed else events_left) // begun)
        events_left -= begun * begun_page
    for reading in readings:
        reading.begin_page(events_left // resumed if reading.is_resumed else begun_page)
