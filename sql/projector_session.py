"""What may the one active writer of a group of projections do, and on which connection?

Everything on one session: the right to write (a session advisory lock), the checkpoints, whose
move by compare-and-set is the first statement of every transaction, and the rows. One transaction
carries the whole group; every projection, and every generation of it, applies only the events above
its own checkpoint. Queries' view of a projection may move to another generation between two
transactions (a rebuild): each transaction rereads which generations there are, and the one that was
live is fed on until it is dropped.

An event that cannot be read parks its stream and holds nobody up. One that cannot be applied is an
error, after everything before it was applied; the caller tries again and then lets `apply_or_park`
move on over it. What is parked is known in memory and read anew when its count, which the move of
a checkpoint brings along, has changed. `sql/begun.py` tells how an event is found that kills.

The transactions commit with `synchronous_commit = off`: rows and checkpoint share their fate, and
what a crash takes back is read from the log again.

Source: architecture.md §4; reliability.md DEL-04, DEL-07, DEL-08, I5, I6, I10.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from typing import Final, Self

import psycopg

from domain.errors import ProjectionFailed
from projections.parking import Park
from projections.projection import Projection
from projections.unreadable import LogEvent
from sql.begun import BegunMarks, careful_through
from sql.checkpoints import (
    Generation,
    GenerationKey,
    GenerationState,
    StaleProjection,
    move_checkpoints,
    read_generations,
)
from sql.connection import Connection
from sql.database_lost import DatabaseLost, lost_as_unavailable
from sql.failpoints import failpoint
from sql.generation_feed import REFUSED, GenerationFeed, RowsRefused, above, put_by_halves
from sql.parked_keys import read_parked
from sql.parked_retry import retry_readable
from sql.pipeline import pipelined
from sql.projection_notifier import ProjectionNotifier
from sql.session_lock import CheckpointLost, SessionLock

TRANSACTION_TIMEOUT_SECONDS: Final = 30.0
REFRESHES_MAX: Final = 5
PIPELINE_SERVER_VERSION_MIN: Final = 170_000
"""From here on there is transaction_timeout: the server takes a client that falls silent inside a
pipeline for a busy one, and none of its other timeouts would end it."""

_END_SILENT_TRANSACTION: Final = b"SET transaction_timeout = '8s'"
_TAKE_ALL_TIME: Final = b"SET transaction_timeout = 0"

Write = Callable[[GenerationFeed, Connection, Sequence[LogEvent]], Awaitable[None]]
"""A way in which a feed takes events: as a rule, `GenerationFeed.write`."""


class ProjectorSession:
    """The session of a projector, active or standby."""

    def __init__(
        self,
        lock: SessionLock,
        projections: Sequence[Projection],
        notifier: ProjectionNotifier,
        begun: BegunMarks,
    ) -> None:
        """Use a connected lock; `open` makes all of this."""
        self._lock = lock
        self._projections = {projection.name: projection for projection in projections}
        self._notifier = notifier
        self._begun = begun
        self._has_begun = False
        self._careful_through = 0
        self._feeds: list[GenerationFeed] = []
        self._live: set[GenerationKey] = set()
        self._new_parks: list[tuple[str, Park]] = []

    @classmethod
    async def open(
        cls,
        database_url: str,
        group: str,
        projections: Sequence[Projection],
        role: str,
        begun: BegunMarks | None = None,
    ) -> Self:
        """Connect as standby; who opens one session after the other gives them the same `begun`.

        Raises:
            DatabaseLost: the server cannot be reached.
        """
        assert projections, "a group without projections has no session"
        lock = await SessionLock.open(database_url, role, f"projector {group}")
        with lost_as_unavailable():
            await lock.conn.execute(b"SET synchronous_commit = off")
        notifier = ProjectionNotifier(database_url, role)
        notifier.open()
        return cls(lock, projections, notifier, begun or BegunMarks())

    @property
    def position(self) -> int:
        """The least checkpoint of the group: the next event to bring is the one after it."""
        return min(feed.position for feed in self._feeds)

    @property
    def parked(self) -> int:
        """How many rows and streams are parked of the tables that queries see."""
        return sum(len(feed.parked.since) for feed in self._feeds if feed.key in self._live)

    def take_new_parks(self) -> list[tuple[str, Park]]:
        """Answer what was parked since the last time, with the names of the projections."""
        parks, self._new_parks = self._new_parks, []
        return parks

    async def acquire(self) -> None:
        """Wait until no other session writes the group, take the right and load the checkpoints.

        What is parked because it could not be read is tried again, if this code can read it.

        Raises:
            StaleProjection: a table of the group wants a rebuild, or is missing.
            DatabaseLost: the connection broke while waiting.
        """
        await self._lock.acquire()
        connection = self._lock.conn
        with lost_as_unavailable():
            await self._begun.take_back(connection)
            generations = await self._fed_generations()
            if any(each.parked_changes for each in generations):
                # As many events as have waited, in one transaction that is no pipeline.
                if _may_pipeline(connection):
                    await connection.execute(_TAKE_ALL_TIME)
                await retry_readable(connection, self._projections, generations)
            if _may_pipeline(connection):
                await connection.execute(_END_SILENT_TRANSACTION)
            self._feeds = await self._feeds_of(generations)
        self._careful_through = careful_through(generations)
        self._has_begun = False

    async def apply(self, events: Sequence[LogEvent]) -> int:
        """Fold consecutive events into the group's tables, and answer the new position.

        Events at or below a checkpoint are skipped for it, unreadable ones park their stream.

        Raises:
            ProjectionFailed: an event cannot be applied; everything before it was.
            CheckpointLost: another session moved a checkpoint, so this one has to stand by.
            StaleProjection: newer code has rebuilt a table of the group.
            DatabaseLost: the connection broke; nothing, or all of it, was applied.
        """
        first, last = (events[0].position, events[-1].position) if events else (1, 0)
        assert last - first == len(events) - 1, "a slice holds consecutive events"
        assert first <= self.position + 1, "a slice continues the group's least checkpoint"
        try:
            await self._apply(above(events, self.position))
        except ProjectionFailed as failed:
            if failed.position - 1 > self.position:
                await self.apply(events[: failed.position - first])
            raise
        return self.position

    async def apply_or_park(self, event: LogEvent) -> int:
        """Apply the next event where that can be done, park it elsewhere, and move on over it.

        Raises:
            CheckpointLost: another session moved a checkpoint, so this one has to stand by.
            StaleProjection: newer code has rebuilt a table of the group.
            DatabaseLost: the connection broke; nothing, or all of it, was done.
        """
        assert event.position <= self.position + 1, "everything before it was applied"
        if event.position > self.position:
            await self._put([event], GenerationFeed.write_or_park)
        return self.position

    async def keep_alive(self) -> None:
        """Let the server hear from this session.

        Raises:
            DatabaseLost: the connection broke.
        """
        await self._lock.keep_alive()

    async def close(self) -> None:
        """End the session and the right with it."""
        await self._notifier.close()
        await self._lock.close()

    async def _apply(self, events: Sequence[LogEvent]) -> None:
        if not events:
            return
        careful = max(0, self._careful_through - events[0].position + 1)
        for event in events[:careful]:
            while (feed := self._next_behind(event)) is not None:
                await self._apply_alone(feed, event)
        if events[careful:]:
            if not self._has_begun:
                async with _transaction(self._lock.conn, nullcontext()):
                    keys = [feed.key for feed in self._feeds]
                    await self._begun.begin(self._lock.conn, keys)
                self._has_begun = True
            await put_by_halves(events[careful:], self._put)

    async def _apply_alone(self, feed: GenerationFeed, event: LogEvent) -> None:
        """Apply an event to one generation, or park it there if it kills whoever does that."""
        connection, write = self._lock.conn, GenerationFeed.write
        async with _transaction(connection, nullcontext()):
            if not await self._begun.begin_alone(connection, feed.key, event.position):
                write = GenerationFeed.park_crashed

        async def put(events: Sequence[LogEvent]) -> None:
            await self._put(events, write, only=feed.key)

        try:
            await put_by_halves([event], put)
        except ProjectionFailed:
            async with _transaction(connection, nullcontext()):
                await self._begun.take_back(connection)
            raise

    def _next_behind(self, event: LogEvent) -> GenerationFeed | None:
        return next((feed for feed in self._feeds if feed.position < event.position), None)

    async def _put(
        self,
        events: Sequence[LogEvent],
        write: Write = GenerationFeed.write,
        only: GenerationKey | None = None,
    ) -> None:
        for _ in range(REFRESHES_MAX):
            if await self._put_once(events, write, only):
                return
            await self._refresh()
            if self.position < events[0].position - 1:
                break
        raise CheckpointLost("the generations of the group changed while it was written")

    async def _put_once(
        self, events: Sequence[LogEvent], write: Write, only: GenerationKey | None
    ) -> bool:
        """Apply in one transaction, and say whether the generations were still those known."""
        connection, last = self._lock.conn, events[-1].position
        due = [feed for feed in self._feeds if feed.position < last and only in {None, feed.key}]
        known = [feed.key for feed in self._feeds]
        is_current = False
        async with _transaction(connection, statements=_statements(connection, events)):
            moved = await move_checkpoints(connection, [feed.move_to(last) for feed in due])
            is_current = moved is not None and known == [
                each.key for each in await self._fed_generations()
            ]
            if moved is None or not is_current:
                raise psycopg.Rollback
            await failpoint("projector.after_move")
            for feed in due:
                await feed.learn(connection, moved[feed.key])
                await write(feed, connection, events)
            await failpoint("projector.before_commit")
        if is_current:
            await failpoint("projector.after_commit")
            await self._committed(due, last)
        return is_current

    async def _committed(self, feeds: Sequence[GenerationFeed], position: int) -> None:
        for feed in feeds:
            feed.moved(position)
        self._begun.finished(feed.key for feed in feeds)
        self._notifier.committed({feed.projection.name: position for feed in feeds})
        parks = [
            (feed.projection.name, park)
            for feed in feeds
            if feed.key in self._live
            for park in feed.new_parks
        ]
        if parks:
            self._new_parks += parks
            await failpoint("projector.after_park")

    async def _refresh(self) -> None:
        """Learn which generations there are now.

        Raises:
            CheckpointLost: a known one no longer stands where this session left it.
        """
        with lost_as_unavailable():
            generations = await self._fed_generations()
            known = {feed.key: feed.position for feed in self._feeds}
            for each in generations:
                if known.get(each.key, each.position) != each.position:
                    raise CheckpointLost(
                        f"{each.projection} stands at {each.position}, not at {known[each.key]}"
                    )
            self._feeds = await self._feeds_of(generations)

    async def _fed_generations(self) -> list[Generation]:
        """Read which generations this session feeds: the live ones and the retired ones."""
        generations = await read_generations(self._lock.conn, self._projections)
        live = {each.projection: each for each in generations if each.state is GenerationState.LIVE}
        for name, projection in self._projections.items():
            if name not in live:
                raise StaleProjection(f"{name} has no table yet: run `ordertrail migrate up`")
            if live[name].fold_version != projection.fold_version:
                raise StaleProjection(
                    f"the table of {name} was built by fold version {live[name].fold_version!r},"
                    f" this code has {projection.fold_version!r}:"
                    f" run `ordertrail projections rebuild {name}`"
                )
        return [
            each
            for each in generations
            if each.state is not GenerationState.BUILDING
            and each.fold_version == self._projections[each.projection].fold_version
        ]

    async def _feeds_of(self, generations: Sequence[Generation]) -> list[GenerationFeed]:
        self._live = {each.key for each in generations if each.state is GenerationState.LIVE}
        return [
            GenerationFeed(
                self._projections[each.projection],
                each.generation,
                each.position,
                await read_parked(self._lock.conn, each.key, each.position, each.parked_changes),
            )
            for each in generations
        ]


def _statements(
    connection: Connection, events: Sequence[LogEvent]
) -> AbstractAsyncContextManager[object]:
    """Choose how the statements of a transaction are sent.

    In a pipeline only those are waited for whose answer is needed, which on a busy machine is most
    of the time that a batch takes. A single event goes without, so that an error tells its table.
    """
    if len(events) > 1 and _may_pipeline(connection):
        return pipelined(connection)
    return nullcontext()


def _may_pipeline(connection: Connection) -> bool:
    return connection.info.server_version >= PIPELINE_SERVER_VERSION_MIN


@asynccontextmanager
async def _transaction(
    connection: Connection, statements: AbstractAsyncContextManager[object]
) -> AsyncGenerator[None]:
    """Run a transaction that neither waits for ever nor leaks psycopg's errors."""
    try:
        async with asyncio.timeout(TRANSACTION_TIMEOUT_SECONDS):
            with lost_as_unavailable(), _refused_as_such():
                async with statements, connection.transaction():
                    yield
    except TimeoutError as error:
        connection.pgconn.finish()
        raise DatabaseLost(f"no commit within {TRANSACTION_TIMEOUT_SECONDS} s") from error


@contextmanager
def _refused_as_such() -> Generator[None]:
    """Tell refused rows from a lost connection, which some of their errors look like."""
    try:
        yield
    except REFUSED as error:
        raise RowsRefused("one of the group") from error
