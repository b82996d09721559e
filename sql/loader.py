"""How do many commands load their states and records with one query?

Requests that arrive while a load is under way join the next one, never the one under way: what was
answered before a command arrived is therefore in its load (architecture.md §3, group load). Folded
states are cached, and a load fetches only the events after the cached version.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import psycopg

from commands.ports import CommandRecord, Loaded
from domain.errors import AppendRefused, Unavailable, UndecodableEvent
from domain.fold import State, evolve
from sql.binary_arrays import integers, register, texts
from sql.codec import decode_event
from sql.connection import Connection, connect
from sql.state_cache import StateCache
from sql.stored_answer import decode_answer

LOADS_MAX: Final = 500
"""Requests that share one load."""

WAITING_MAX: Final = 5_000
"""Requests that may wait for the next load; one more is turned away."""

PAGE_EVENTS_MAX: Final = 5_000
LOAD_TIMEOUT_SECONDS: Final = 5.0

# One query for both, because a round trip costs as much as looking up some thirty commands. The
# first column tells them apart: records have a fingerprint, events have none.
_LOAD: Final = f"""
SELECT c.fingerprint, k.n, c.version, c.stream, c.status, c.answer::text, c.last_position
  FROM unnest(%s, %s) WITH ORDINALITY AS k (principal, key, n)
 CROSS JOIN LATERAL (
       SELECT fingerprint, stream, version, last_position, status, answer
         FROM event_store.commands c
        WHERE c.principal = k.principal AND c.idempotency_key = k.key LIMIT 1) AS c
UNION ALL
SELECT NULL, s.n, e.version, e.type, e.schema_version, e.data::text, NULL
  FROM unnest(%s, %s) WITH ORDINALITY AS s (stream, after, n)
 CROSS JOIN LATERAL (
       SELECT version, type, schema_version, data
         FROM event_store.events e
        WHERE e.stream = s.stream AND e.version > s.after
        ORDER BY e.version LIMIT {PAGE_EVENTS_MAX}) AS e
 ORDER BY 2, 3
"""

_LOG: Final = logging.getLogger("ordertrail.loader")

Versioned = tuple[int, State | None]


@dataclass(frozen=True, slots=True)
class _Request:
    principal: str
    key: str
    streams: Sequence[str]
    answer: asyncio.Future[Loaded]


@dataclass(frozen=True, slots=True)
class _Folding:
    """The states of one load while its pages are folded.

    One stream that cannot be read spoils only the commands that need it.
    """

    states: dict[str, Versioned]
    broken: dict[str, UndecodableEvent]
    read: Counter[str] = field(default_factory=Counter[str])

    def fold(
        self, stream: str, version: int, event_type: str, schema_version: int, data: str
    ) -> None:
        """Fold one event of a stream."""
        self.read[stream] += 1
        if stream in self.broken:
            return
        try:
            event = decode_event(event_type, schema_version, data)
            self.states[stream] = (version, evolve(self.states[stream][1], event))
        except UndecodableEvent as error:
            self.broken[stream] = error
        except AssertionError:
            self.broken[stream] = UndecodableEvent(
                f"{event_type} of {stream} cannot follow the state at version {version - 1}"
            )

    def unread(self) -> list[str]:
        """Name the streams that may have more events than the last page brought."""
        return [
            stream
            for stream, events in self.read.items()
            if events == PAGE_EVENTS_MAX and stream not in self.broken
        ]


class GroupLoader:
    """Loads states and command records for all commands of a process on one connection."""

    def __init__(self, database_url: str, *, role: str, cache: StateCache | None = None) -> None:
        """Connect later, under a role that may select from the log."""
        self._database_url = database_url
        self._role = role
        self._cache = cache or StateCache()
        self._waiting: list[_Request] = []
        self._arrived = asyncio.Event()
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect and begin to serve.

        Raises:
            psycopg.OperationalError: the database cannot be reached.
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
        self._waiting.append(_Request(principal, key, streams, answer))
        self._arrived.set()
        return await answer

    def newest(self, stream: str) -> Versioned:
        """Tell the newest committed state that this process knows; (0, None) for none."""
        return self._cache.get(stream)

    def committed(self, stream: str, version: int, state: State) -> None:
        """Take note of a state that was just committed by this process."""
        self._cache.put(stream, version, state)

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:LOADS_MAX], self._waiting[LOADS_MAX:]
            if not self._waiting:
                self._arrived.clear()
            try:
                async with asyncio.timeout(LOAD_TIMEOUT_SECONDS):
                    await self._answer(batch)
            except (psycopg.Error, OSError, TimeoutError) as error:
                _LOG.warning("load failed: %s", error)
                await self._reset()
            except Exception:  # noqa: BLE001 - or every later command would hang
                _LOG.exception("a load could not be worked through")
            finally:
                self._fail(batch, "the database does not answer")

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
        if self._connection is None:
            self._connection = await self._connect()
        connection = self._connection
        streams = dict.fromkeys(stream for request in batch for stream in request.streams)
        folding = _Folding({stream: self._cache.get(stream) for stream in streams}, {})
        records = await self._page(connection, folding, batch, list(streams))
        while unread := folding.unread():
            await self._page(connection, folding, [], unread)
        self._remember(folding)
        states, broken = folding.states, folding.broken
        for number, request in enumerate(batch, start=1):
            if request.answer.done():
                continue
            error = next((broken[name] for name in request.streams if name in broken), None)
            if error is not None:
                request.answer.set_exception(error)
            else:
                own = {stream: states[stream] for stream in request.streams}
                request.answer.set_result(Loaded(records.get(number), own))

    async def _page(
        self,
        connection: Connection,
        folding: "_Folding",
        batch: list[_Request],
        streams: list[str],
    ) -> dict[int, CommandRecord]:
        """Read the records of the batch and a page of each stream, which is folded at once."""
        arguments = (
            texts(request.principal.encode() for request in batch),
            texts(request.key.encode() for request in batch),
            texts(stream.encode() for stream in streams),
            integers([folding.states[stream][0] for stream in streams]),
        )
        cursor = await connection.execute(_LOAD.encode(), arguments, binary=True)
        records: dict[int, CommandRecord] = {}
        folding.read.clear()
        for fingerprint, number, version, name, code, text, position in await cursor.fetchall():
            if fingerprint is None:
                folding.fold(streams[int(number) - 1], version, name, code, text)
            else:
                answer = decode_answer(name, version, position, code, text)
                records[number] = CommandRecord(fingerprint, answer)
        return records

    def _remember(self, folding: "_Folding") -> None:
        for stream, (version, state) in folding.states.items():
            if state is not None and stream not in folding.broken:
                self._cache.put(stream, version, state)

    async def _connect(self) -> Connection:
        connection = await connect(
            self._database_url,
            role=self._role,
            application="ordertrail loader",
            statement_timeout=f"{int(LOAD_TIMEOUT_SECONDS)}s",
        )
        register(connection)
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
