"""How do many decisions get into the log with one commit?

Decisions queue up while the previous batch commits and go out together in the next one, with no
delay when idle (group commit, architecture.md §3). A batch that a single culprit spoils is halved
until the culprit stands alone. A batch whose answer was lost is sent again on a new connection: the
records of its commands make that harmless.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from commands.pending import Appended, Conflicted, Failed, Outcome, PendingAppend
from domain.errors import AppendRefused, Unavailable
from sql.append_call import APPEND, append_arguments, outcomes_of
from sql.binary_arrays import register
from sql.connection import Connection, connect
from sql.failpoints import failpoint

BATCH_COMMANDS_MAX: Final = 500
BATCH_EVENTS_MAX: Final = 4_000
QUEUE_COMMANDS_MAX: Final = 5_000
DEADLINE_SECONDS: Final = 10.0
"""How long a caller waits; the decision itself stays on its way until it is settled."""

SWEEP_SECONDS: Final = 0.25
CALL_TIMEOUT_SECONDS: Final = 8.0
BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)

_CULPRIT_CLASSES: Final = ("22", "23", "54")
"""Data exception, integrity constraint, program limit: halved until the culprit stands alone."""

_LOG: Final = logging.getLogger("ordertrail.appender")


class GroupAppender:
    """The one writer of a process; its task is never cancelled while a batch is under way."""

    def __init__(
        self, database_url: str, *, role: str, on_commit: Callable[[int], None] | None = None
    ) -> None:
        """Connect later, under a role that may execute `append_v1`.

        `on_commit` hears the last position of each commit, to wake followers.
        """
        self._database_url = database_url
        self._role = role
        self._on_commit = on_commit
        self._queue: deque[PendingAppend] = deque()
        self._in_flight: list[PendingAppend] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._connection: Connection | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Connect and begin to append.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        self._connection = await self._connect()
        self._tasks = [
            asyncio.create_task(self._serve(), name="appender"),
            asyncio.create_task(self._sweep(), name="appender sweep"),
        ]

    async def close(self) -> None:
        """Append what is queued, then stop; callers past their deadline have been answered."""
        self._closing = True
        self._arrived.set()
        if self._tasks:
            await self._tasks[0]
            self._tasks[1].cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tasks[1]
        if self._connection is not None:
            await self._connection.close()

    def submit(self, pending: PendingAppend) -> None:
        """Queue a decision; `PendingAppend.settle` brings the outcome.

        Raises:
            Unavailable: the queue is full or the process is stopping.
        """
        if self._closing or len(self._queue) >= QUEUE_COMMANDS_MAX:
            raise Unavailable("too many commands are waiting to be appended")
        self._queue.append(pending)
        self._arrived.set()

    async def _serve(self) -> None:
        while not (self._closing and not self._queue):
            await self._arrived.wait()
            self._in_flight = self._take()
            if not self._queue and not self._closing:
                self._arrived.clear()
            try:
                await self._append(self._in_flight)
            except Exception:  # noqa: BLE001 - or every later command would hang
                _LOG.exception("a batch could not be worked through")
                for pending in self._in_flight:
                    if pending.outcome is None:
                        pending.settle(Failed(Unavailable("the outcome is unknown; ask again")))
            self._in_flight = []

    def _take(self) -> list[PendingAppend]:
        batch: list[PendingAppend] = []
        events = 0
        while self._queue and len(batch) < BATCH_COMMANDS_MAX:
            events += len(self._queue[0].events)
            if batch and events > BATCH_EVENTS_MAX:
                break
            batch.append(self._queue.popleft())
        return batch

    async def _append(self, batch: list[PendingAppend]) -> None:
        batch = self._without_lost_bases(batch)
        if not batch:
            return
        try:
            outcomes: Sequence[Outcome] = await self._call(batch)
        except psycopg.Error as error:
            if _is_culprit(error) and len(batch) > 1:
                middle = len(batch) // 2
                await self._append(batch[:middle])
                await self._append(batch[middle:])
                return
            outcomes = [_failure(error)] * len(batch)
        self._settle(batch, outcomes)

    @staticmethod
    def _without_lost_bases(batch: list[PendingAppend]) -> list[PendingAppend]:
        """Turn back decisions that were built on one that was not appended."""
        kept: list[PendingAppend] = []
        for pending in batch:
            bases = [claim.after.outcome for claim in pending.claims if claim.after is not None]
            if all(base is None or isinstance(base, Appended) for base in bases):
                kept.append(pending)
            else:
                pending.settle(Conflicted(None))
        return kept

    def _settle(self, batch: list[PendingAppend], outcomes: Sequence[Outcome]) -> None:
        position = 0
        for pending, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Appended):
                position = max(position, outcome.last_position)
            pending.settle(outcome)
        if position and self._on_commit is not None:
            self._on_commit(position)

    async def _call(self, batch: list[PendingAppend]) -> list[Outcome]:
        """Send a batch until its outcome is known.

        Raises:
            psycopg.Error: the server refused it, or it cannot be sent, so nothing was written.
        """
        arguments = append_arguments(batch)
        attempt = 0
        while True:
            try:
                connection = self._connection or await self._connect()
                self._connection = connection
                await failpoint("append.before_commit")
                async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                    cursor = await connection.execute(APPEND.encode(), arguments, binary=True)
                    row = await cursor.fetchone()
                await failpoint("append.after_commit")
                assert row is not None
                return outcomes_of(row)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if isinstance(error, psycopg.Error) and _is_answer(error):
                    raise
                await self._reset()
                if self._closing and attempt >= len(BACKOFF_SECONDS):
                    raise  # the callers have been answered; their retry finds out
                _LOG.warning("append outcome unknown, sending again: %s", error)
                await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1

    async def _sweep(self) -> None:
        """Answer callers whose deadline has passed."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            oldest = time.monotonic() - DEADLINE_SECONDS
            for pending in (*self._in_flight, *self._queue):
                if pending.submitted_at > oldest:
                    break
                pending.give_up(
                    Unavailable("the log did not answer in time; sending it again is safe")
                )

    async def _connect(self) -> Connection:
        connection = await connect(
            self._database_url, role=self._role, application="ordertrail appender"
        )
        register(connection)
        return connection

    async def _reset(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
                await asyncio.wait_for(connection.close(), 1)


def _is_answer(error: psycopg.Error) -> bool:
    """Tell whether the server said no, as opposed to: the connection broke."""
    code = error.sqlstate or ""
    return bool(code) and code[:2] not in ("08", "57")


def _is_culprit(error: psycopg.Error) -> bool:
    return (error.sqlstate or "")[:2] in _CULPRIT_CLASSES


def _failure(error: psycopg.Error) -> Failed:
    _LOG.error("append refused: SQLSTATE %s: %s", error.sqlstate, error)
    if _is_culprit(error):
        return Failed(
            AppendRefused(f"the database refuses these events (SQLSTATE {error.sqlstate})")
        )
    # Lock timeout, resources, a read-only server, missing rights: not the fault of these events.
    return Failed(Unavailable("the log cannot be written now"))
