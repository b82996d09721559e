"""How do many commands load their states and records with one query?

Requests that arrive while a load is under way join the next one, never the one under way: what was
answered before a command arrived is therefore in its load (architecture.md §3, group load). Folded
states are cached, and a load fetches only the events after the cached version, a page of bounded
size; whoever needs more waits for the next load behind those who came meanwhile.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakValueDictionary

import psycopg

from commands.ports import CommandRecord, Loaded
from domain.errors import AppendRefused, Unavailable
from domain.fold import State
from sql.binary_arrays import register
from sql.connection import Connection, connect
from sql.load_page import PAGE_EVENTS_MAX, Reading, a_reading, read_page
from sql.log_identity import log_identity
from sql.snapshots import SnapshotWriter, is_due
from sql.state_cache import StateCache

LOADS_MAX: Final = 500
"""Requests that share one load."""

WAITING_MAX: Final = 5_000
"""Requests that may wait for the next load; one more is turned away."""

LOAD_TIMEOUT_SECONDS: Final = 5.0

_LOG: Final = logging.getLogger("ordertrail.loader")

Versioned = tuple[int, State | None]


@dataclass(frozen=True, slots=True)
class _Request:
    """Who waits for what; `unread` are the streams of which more may be to come."""

    principal: str
    key: str
    streams: Sequence[str]
    answer: asyncio.Future[Loaded]
    unread: dict[str, None]
    readings: dict[str, Reading] = field(default_factory=dict[str, Reading])

    def take_over(self, page: dict[str, Reading]) -> None:
        """Take what a page brought of the request's streams."""
        for stream in [stream for stream in self.unread if stream in page]:
            self.readings[stream] = page[stream]
            if page[stream].is_read:
                del self.unread[stream]

    def finish(self, record: CommandRecord | None) -> None:
        """Answer, if everything is there."""
        if self.answer.done():
            return
        readings = [self.readings[stream] for stream in self.streams if stream in self.readings]
        error = next((reading.error for reading in readings if reading.error), None)
        if error is not None:
            self.answer.set_exception(error)
        elif not self.unread:
            states = {reading.stream: (reading.version, reading.state) for reading in readings}
            self.answer.set_result(Loaded(record, states))


class GroupLoader:
    """Loads states and command records for all commands of a process on one connection."""

    def __init__(
        self,
        database_url: str,
        *,
        role: str,
        cache: StateCache | None = None,
        snapshots: SnapshotWriter | None = None,
    ) -> None:
        """Connect later, under a role that may select from the log.

        `snapshots` is offered the states of streams that have grown long.
        """
        self._database_url = database_url
        self._role = role
        self._cache = cache or StateCache()
        self._snapshots = snapshots
        self._waiting: list[_Request] = []
        self._started: WeakValueDictionary[str, Reading] = WeakValueDictionary()
        self._arrived = asyncio.Event()
        self._connection: Connection | None = None
        self._log = ""
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and begin to serve.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
            DatabaseLost: it is a standby.
        """
        self._connection = await self._connect()
        self._task = asyncio.create_task(self._serve(), name="group loader")

    async def close(self) -> None:
        """Stop serving; whoever still waits is told to try again."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._fail(self._waiting, "the process is stopping")
        if self._connection is not None:
            await self._connection.close()

    async def load(self, principal: str, key: str, streams: Sequence[str]) -> Loaded:
        """Read the record of a key and the committed states of streams, as of now or later.

        Raises:
            Unavailable: too many wait already, or the database does not answer in time.
            UndecodableEvent: the code cannot read one of the streams.
            AppendRefused: the key or a stream is no text that PostgreSQL can take.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise Unavailable("too many commands are waiting to be loaded")
        answer: asyncio.Future[Loaded] = asyncio.get_running_loop().create_future()
        unread = dict.fromkeys(streams)
        self._waiting.append(_Request(principal, key, streams, answer, unread))
        self._arrived.set()
        return await answer

    def newest(self, stream: str) -> Versioned:
        """Tell the newest committed state that this process knows; (0, None) for none."""
        return self._cache.get(stream)

    def committed(self, stream: str, version: int, state: State) -> None:
        """Take note of a state that was just committed by this process."""
        before, _ = self._cache.get(stream)
        self._remember(stream, before, version, state)

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._take()
            try:
                async with asyncio.timeout(LOAD_TIMEOUT_SECONDS):
                    await self._answer(batch)
                self._let_unfinished_wait_again(batch)
            except (psycopg.Error, OSError, TimeoutError, Unavailable) as error:
                _LOG.warning("load failed: %s", error)
                await self._reset()
            except Exception:  # noqa: BLE001 - or every later command would hang
                _LOG.exception("a load could not be worked through")
            finally:
                self._fail(batch, "the database does not answer")

    def _take(self) -> list[_Request]:
        """Take the next batch, without those who have left meanwhile."""
        batch, self._waiting = self._waiting[:LOADS_MAX], self._waiting[LOADS_MAX:]
        if not self._waiting:
            self._arrived.clear()
        return [request for request in batch if not request.answer.done()]

    def _let_unfinished_wait_again(self, batch: list[_Request]) -> None:
        unfinished = [request for request in batch if not request.answer.done()]
        if unfinished:
            self._waiting += unfinished
            self._arrived.set()
        batch.clear()

    async def _answer(self, batch: list[_Request]) -> None:
        """Answer a batch; one with a name that PostgreSQL cannot take is halved around it."""
        try:
            await self._answer_together(batch)
        except (psycopg.DataError, UnicodeEncodeError) as error:
            if len(batch) == 1:
                refusal = AppendRefused(f"a key or stream is no text for the log: {error}")
                if not batch[0].answer.done():
                    batch[0].answer.set_exception(refusal)
                return
            middle = len(batch) // 2
            await self._answer(batch[:middle])
            await self._answer(batch[middle:])

    async def _answer_together(self, batch: list[_Request]) -> None:
        """Read one page for a batch, and answer all for whom it was enough."""
        if not batch:
            return
        if self._connection is None:
            self._connection = await self._connect()
        page = self._readings_of(batch)
        keys = [(request.principal, request.key) for request in batch]
        records = await read_page(self._connection, keys, list(page.values()))
        for reading in page.values():
            if reading.state is not None and reading.error is None:
                began_at, version = reading.page_began_at, reading.version
                self._remember(reading.stream, began_at, version, reading.state)
            if reading.is_read:
                self._started.pop(reading.stream, None)
            else:
                self._started[reading.stream] = reading
        for number, request in enumerate(batch):
            request.take_over(page)
            request.finish(records.get(number))

    def _readings_of(self, batch: list[_Request]) -> dict[str, Reading]:
        """Choose the streams of the next page, as many as fit, those who came first first."""
        page: dict[str, Reading] = {}
        for request in batch:
            for stream in request.unread:
                if stream not in page:
                    page[stream] = self._reading_of(stream)
                if len(page) == PAGE_EVENTS_MAX:
                    return page
        return page

    def _reading_of(self, stream: str) -> Reading:
        version, state = self._cache.get(stream)
        started = self._started.get(stream) if self._started else None
        if started is None:
            return a_reading(stream, version, state)
        started.advance(version, state)
        return started

    def _remember(self, stream: str, before: int, version: int, state: State) -> None:
        self._cache.put(stream, version, state)
        if self._snapshots is not None and is_due(before, version):
            self._snapshots.offer(stream, version, state)

    async def _connect(self) -> Connection:
        connection = await connect(
            self._database_url,
            role=self._role,
            application="ordertrail loader",
            statement_timeout=f"{int(LOAD_TIMEOUT_SECONDS)}s",
            # A table of few rows is scanned for less than its index costs, and grows meanwhile.
            enable_seqscan="off",
        )
        register(connection)
        try:
            log = await log_identity(connection)
        except BaseException:
            await connection.close()
            raise
        if log != self._log:  # what is known of another log may never happen on this one
            self._cache.clear()
            self._log = log
        return connection

    async def _reset(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    @staticmethod
    def _fail(requests: list[_Request], reason: str) -> None:
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(Unavailable(reason))
