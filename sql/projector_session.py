"""What may the one active writer of a group of projections do, and on which connection?

Everything on one session: the right to write (a session advisory lock), the checkpoints, whose
move by compare-and-set is the first statement of every transaction, and the rows. One transaction
carries the whole group; every projection, and every generation of it, applies only the events above
its own checkpoint. Queries' view of a projection may move to another generation between two
transactions (a rebuild): each transaction rereads which generations there are, and the one that was
live is fed on until it is dropped.

The transactions commit with `synchronous_commit = off`: rows and checkpoint share their fate, and
what a crash takes back is read from the log again.

Source: architecture.md §4; reliability.md DEL-04, DEL-07, I5, I6.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final, Self

import psycopg

from domain.envelope import RecordedEvent
from projections.projection import Projection
from sql.checkpoints import Generation, GenerationState, move_checkpoints, read_generations
from sql.connection import Connection
from sql.database_lost import DatabaseLost, lost_as_unavailable
from sql.failpoints import failpoint
from sql.generation_feed import GenerationFeed, RowsRefused, above, put_by_halves
from sql.projection_notifier import ProjectionNotifier
from sql.session_lock import CheckpointLost, SessionLock

TRANSACTION_TIMEOUT_SECONDS: Final = 30.0
REFRESHES_MAX: Final = 5


class StaleProjection(Exception):
    """The live table was built by another fold; the sentence names the command that helps."""


class ProjectorSession:
    """The session of a projector, active or standby."""

    def __init__(
        self,
        lock: SessionLock,
        projections: Sequence[Projection],
        notifier: ProjectionNotifier,
    ) -> None:
        """Use a connected lock; `open` makes all of this."""
        self._lock = lock
        self._projections = {projection.name: projection for projection in projections}
        self._notifier = notifier
        self._feeds: list[GenerationFeed] = []

    @classmethod
    async def open(
        cls, database_url: str, group: str, projections: Sequence[Projection], role: str
    ) -> Self:
        """Connect as standby.

        Raises:
            DatabaseLost: the server cannot be reached.
        """
        assert projections, "a group without projections has no session"
        lock = await SessionLock.open(database_url, role, f"projector {group}")
        with lost_as_unavailable():
            await lock.conn.execute(b"SET synchronous_commit = off")
        notifier = ProjectionNotifier(database_url, role)
        notifier.open()
        return cls(lock, projections, notifier)

    @property
    def position(self) -> int:
        """The least checkpoint of the group: the next event to bring is the one after it."""
        return min(feed.position for feed in self._feeds)

    async def acquire(self) -> None:
        """Wait until no other session writes the group, take the right and load the checkpoints.

        Raises:
            StaleProjection: a table of the group wants a rebuild, or is missing.
            DatabaseLost: the connection broke while waiting.
        """
        await self._lock.acquire()
        with lost_as_unavailable():
            self._feeds = self._feeds_of(await self._fed_generations())

    async def apply(self, events: Sequence[RecordedEvent]) -> int:
        """Fold consecutive events into the group's tables, and answer the new position.

        Events at or below a checkpoint are skipped for it.

        Raises:
            ProjectionFailed: an event cannot be applied; at most what came before it was.
            CheckpointLost: another session moved a checkpoint, so this one has to stand by.
            StaleProjection: newer code has rebuilt a table of the group.
            DatabaseLost: the connection broke; nothing, or all of it, was applied.
        """
        first, last = (events[0].position, events[-1].position) if events else (1, 0)
        assert last - first == len(events) - 1, "a slice holds consecutive events"
        assert first <= self.position + 1, "a slice continues the group's least checkpoint"
        if last > self.position:
            await put_by_halves(above(events, self.position), self._put)
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

    async def _put(self, events: Sequence[RecordedEvent]) -> None:
        for _ in range(REFRESHES_MAX):
            if await self._put_once(events):
                return
            await self._refresh()
            if self.position < events[0].position - 1:
                break
        raise CheckpointLost("the generations of the group changed while it was written")

    async def _put_once(self, events: Sequence[RecordedEvent]) -> bool:
        """Apply in one transaction, and say whether the generations were still those known."""
        connection, last = self._lock.conn, events[-1].position
        due = [feed for feed in self._feeds if feed.position < last]
        known = [feed.key for feed in self._feeds]
        is_current = False
        async with _transaction(connection, statements=_statements(connection, events)):
            is_current = await move_checkpoints(
                connection, [feed.move_to(last) for feed in due]
            ) and known == [each.key for each in await self._fed_generations()]
            if not is_current:
                raise psycopg.Rollback
            for feed in due:
                await feed.write(connection, events)
            await failpoint("projector.before_commit")
        if is_current:
            await failpoint("projector.after_commit")
            for feed in due:
                feed.position = last
            self._notifier.committed({feed.projection.name: last for feed in due})
        return is_current

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
        self._feeds = self._feeds_of(generations)

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

    def _feeds_of(self, generations: Sequence[Generation]) -> list[GenerationFeed]:
        return [
            GenerationFeed(self._projections[each.projection], each.generation, each.position)
            for each in generations
        ]


def _statements(
    connection: Connection, events: Sequence[RecordedEvent]
) -> AbstractAsyncContextManager[object]:
    """Choose how the statements of a transaction are sent.

    In a pipeline only those are waited for whose answer is needed, which on a busy machine is most
    of the time that a batch takes. A single event goes without, so that an error tells its table.
    """
    return connection.pipeline() if len(events) > 1 else nullcontext()


@asynccontextmanager
async def _transaction(
    connection: Connection, statements: AbstractAsyncContextManager[object]
) -> AsyncGenerator[None]:
    """Run a transaction that neither waits for ever nor leaks psycopg's errors."""
    try:
        async with asyncio.timeout(TRANSACTION_TIMEOUT_SECONDS):
            with lost_as_unavailable():
                async with statements, connection.transaction():
                    yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise RowsRefused("one of the group") from error
    except TimeoutError as error:
        connection.pgconn.finish()
        raise DatabaseLost(f"no commit within {TRANSACTION_TIMEOUT_SECONDS} s") from error
