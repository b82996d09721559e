"""Who keeps the states of long streams, so that no process has to fold them from the beginning?

Whoever folds a stream past another 1,000 events offers the state. It is written later, on a
connection of its own: offering costs nothing, and what cannot be written is dropped, because the
next process that needs the state folds the log and offers it again. Only committed states are
offered, so a snapshot is never newer than the log.

A state grows with its stream, and so does what writing it costs: of a stream past 100,000 events it
is kept less often.
"""

import asyncio
import contextlib
import logging
from typing import Final

import psycopg

from domain.fold import State
from sql.connection import Connection, connect
from sql.snapshot_codec import encode_state, fold_version_of

SNAPSHOT_EVENTS: Final = 1_000
"""How much a stream grows before its state is kept again; more where that is less than 1 %."""

OFFERS_MAX: Final = 100
"""Streams that wait for their snapshot to be written; one more is dropped."""

GATHER_SECONDS: Final = 0.25
"""How long offers are gathered: of a stream that is read page by page only the last counts."""

RETRY_SECONDS: Final = 1.0
WRITE_TIMEOUT_SECONDS: Final = 10.0

# The log must have the event. A row that is newer stays, unless the log does not have its event.
_WRITE: Final = """
INSERT INTO event_store.snapshots AS s (stream, fold_version, version, state)
SELECT stream, %(fold_version)s, version, %(state)s
  FROM event_store.events WHERE stream = %(stream)s AND version = %(version)s
    ON CONFLICT (stream, fold_version) DO UPDATE
   SET version = excluded.version, state = excluded.state, created_at = excluded.created_at
 WHERE s.version <= excluded.version OR NOT EXISTS (
       SELECT FROM event_store.events e WHERE e.stream = s.stream AND e.version = s.version)
"""
# While old and new code run side by side, neither deletes what the other uses.
_PRUNE: Final = """
DELETE FROM event_store.snapshots
 WHERE stream = %(stream)s AND fold_version <> %(fold_version)s
   AND created_at < clock_timestamp() - interval '1 day'
"""

_LOG: Final = logging.getLogger("ordertrail.snapshots")


def is_due(before: int, version: int) -> bool:
    """Tell whether a stream that grew from one version to another is to be kept."""
    events = max(SNAPSHOT_EVENTS, 10 ** (len(str(version)) - 2))
    return version // events > before // events


class SnapshotWriter:
    """Writes offered states, one after the other; never in anybody's way."""

    def __init__(self, database_url: str, *, role: str) -> None:
        """Connect later, under a role that may write snapshots."""
        self._database_url = database_url
        self._role = role
        self._offers: dict[str, tuple[int, State]] = {}
        self._offered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._serve(), name="snapshot writer")

    async def close(self) -> None:
        """Stop writing; what was offered and is not written is dropped."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def offer(self, stream: str, version: int, state: State) -> None:
        """Take note of a committed state that is worth keeping; returns at once."""
        if fold_version_of(stream) is None:
            return
        if stream not in self._offers and len(self._offers) >= OFFERS_MAX:
            _LOG.info("too many states are waiting to be kept; that of %s is dropped", stream)
            return
        known = self._offers.get(stream)
        if known is None or known[0] < version:
            self._offers[stream] = (version, state)
            self._offered.set()

    async def _serve(self) -> None:
        while True:
            await self._offered.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._offered.clear()
            try:
                await self._write_offers()
            except (psycopg.Error, OSError, TimeoutError) as error:
                _LOG.warning("cannot keep states of long streams: %s", error)
            except Exception:  # noqa: BLE001 - or no later state would be kept
                _LOG.exception("a state could not be kept")
            if self._offers:
                self._offered.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _write_offers(self) -> None:
        """Write what is offered by now; the session ends, as it is rarely needed again soon."""
        connection = await connect(
            self._database_url,
            role=self._role,
            application="ordertrail snapshots",
            synchronous_commit="off",
            statement_timeout=f"{int(WRITE_TIMEOUT_SECONDS)}s",
        )
        async with connection:
            while self._offers:
                stream = next(iter(self._offers))
                version, state = self._offers.pop(stream)
                async with asyncio.timeout(WRITE_TIMEOUT_SECONDS):
                    await _write(connection, stream, version, state)


async def _write(connection: Connection, stream: str, version: int, state: State) -> None:
    """Keep a state, and forget those of folds that nobody has run for a day."""
    values = {
        "stream": stream,
        "fold_version": fold_version_of(stream),
        "version": version,
        "state": encode_state(state),
    }
    await connection.execute(_WRITE.encode(), values)
    await connection.execute(_PRUNE.encode(), values)
