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
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import psycopg

from commands.pending import Appended, Conflicted, Failed, Outcome, PendingAppend
from domain.errors import AppendRefused, Unavailable
from sql.append_session import AppendSession, connect_to_append
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


class LogReplaced(Exception):
    """Another log answers at the same address: what waits was decided on one that is gone."""


class GroupAppender:
    """The one writer of a process; its task is never cancelled while a batch is under way."""

    def __init__(
        self,
        database_url: str,
        *,
        role: str,
        on_commit: Callable[[int], None] | None = None,
        connect: Callable[[str, str], Awaitable[AppendSession]] = connect_to_append,
    ) -> None:
        """Connect later, under a role that may execute `append_v1`.

        `on_commit` hears the last position of each commit, to wake followers. `connect` makes the
        sessions; a simulation has its own.
        """
        self._database_url = database_url
        self._role = role
        self._on_commit = on_commit
        self._queue: deque[PendingAppend] = deque()
        self._in_flight: list[PendingAppend] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._connect = connect
        self._session: AppendSession | None = None
        self._log = ""
        self._tasks: list[asyncio.Task[None]] = []
        self.on_batch: Callable[[Sequence[PendingAppend]], None] | None = None
        """Hears of every batch whose outcome is known, for those who count."""

    def queued(self) -> int:
        """Tell how many decisions wait for their batch."""
        return len(self._queue)

    async def open(self) -> None:
        """Connect and begin to append.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
        """
        self._session = await self._connect(self._database_url, self._role)
        self._log = self._session.log
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
        if self._session is not None:
            await self._session.close()

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
            except LogReplaced:
                _LOG.warning("another log took over; what waited is turned back")
                queued, self._queue = self._queue, deque()
                _turn_back([*self._in_flight, *queued], "another log took over; send it again")
            except Exception:  # noqa: BLE001 - or every later command would hang
                _LOG.exception("a batch could not be worked through")
                _turn_back(self._in_flight, "the outcome is unknown; ask again")
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
        if self.on_batch is not None:
            self.on_batch(batch)

    async def _call(self, batch: list[PendingAppend]) -> list[Outcome]:
        """Send a batch until its outcome is known.

        Raises:
            psycopg.Error: the server refused it, or it cannot be sent, so nothing was written.
        """
        attempt = 0
        while True:
            try:
                if attempt:
                    await self._pause(attempt)
                return await self._send(batch)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if isinstance(error, psycopg.Error) and _is_answer(error):
                    raise
                for pending in batch if self._session is not None else ():
                    pending.in_doubt = True
                await self._reset()
                if self._closing and attempt >= len(BACKOFF_SECONDS):
                    raise  # the callers have been answered; their retry finds out
                _LOG.warning("append outcome unknown, sending again: %s", error)
                attempt += 1

    async def _send(self, batch: list[PendingAppend]) -> list[Outcome]:
        if self._session is None:
            await failpoint("append.before_connect")
            self._session = await self._connect(self._database_url, self._role)
            if self._session.log != self._log:
                self._log = self._session.log
                raise LogReplaced
        await failpoint("append.before_commit")
        async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
            outcomes = await self._session.append(batch)
        await failpoint("append.after_commit")
        return outcomes

    @staticmethod
    async def _pause(attempt: int) -> None:
        await failpoint("append.before_retry")
        await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS)) - 1])

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

    async def _reset(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
                await asyncio.wait_for(session.close(), 1)


def _turn_back(decisions: Sequence[PendingAppend], reason: str) -> None:
    for pending in decisions:
        if pending.outcome is None:
            pending.settle(Failed(Unavailable(reason)))


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
