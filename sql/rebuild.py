"""How does a read model get a new table while queries and writers go on?

The next generation is built beside the live one from the log, in transactions of its own; a rebuild
that was killed goes on from its own checkpoint. Then one transaction locks the live generation's
checkpoint (so its writer waits at its compare-and-set), applies the last events and moves the view.
The writer, let go, sees that the generations have changed, and feeds the new one and the old one
until the next rebuild drops the latter. The broker has no part in any of this.

A rebuild parks nothing: an event that cannot be read or applied ends it, unless somebody has
decided that it is to be skipped. What was parked of the old table is no matter of the new one.

Source: architecture.md §4 Rebuild, Poison; reliability.md DEL-09, G 30, G 36.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg

from projections.parking import unreadable
from projections.projection import Projection
from projections.unreadable import LogEvent
from sql.checkpoints import (
    Generation,
    GenerationState,
    lock_position,
    move_checkpoints,
    read_generations,
)
from sql.connection import Connection, connect
from sql.database_lost import lost_as_unavailable
from sql.failpoints import failpoint
from sql.generation_feed import GenerationFeed, RowsRefused, put_by_halves
from sql.generations import (
    create_generation,
    drop_generation,
    retire_generation,
    show_generation,
)
from sql.log import read_head, read_log_events
from sql.migrate import role_name
from sql.parked_keys import read_parked
from sql.session_lock import CheckpointLost, SessionLock

BATCH_EVENTS_MAX: Final = 2_000
SWITCH_EVENTS_MAX: Final = 5_000
"""How many events may be left for the transaction that switches, and keeps the writer waiting."""

SWITCH_TRIES_MAX: Final = 30
SWITCH_PAUSE_SECONDS: Final = 0.5
_LOCK_TIMEOUT: Final = b"SET LOCAL lock_timeout = '1s'"

_CLAIM: Final = (
    b"UPDATE read_models.generations SET builder = %s, builder_since = clock_timestamp()"
    b" WHERE projection = %s AND generation = %s"
)
_BUILDER: Final = (
    b"SELECT builder, builder_since FROM read_models.generations"
    b" WHERE projection = %s AND state = 'building'"
)
_SHOW: Final = (
    b"UPDATE read_models.generations SET state = 'live', live_since = clock_timestamp()"
    b" WHERE projection = %s AND generation = %s"
)


class RebuildLocked(Exception):
    """Another rebuild of the projection is under way."""

    def __init__(self, projection: str, builder: str | None, since: datetime | None) -> None:
        """Keep who it is (`host:pid`) and since when."""
        super().__init__(
            f"a rebuild of {projection} is locked by {builder or 'a process that is just starting'}"
            + (f" since {since.isoformat(timespec='seconds')}" if since else "")
        )
        self.builder = builder
        self.since = since


class RebuildBlocked(Exception):
    """The new table is complete, but the switch did not get its locks; try again."""


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild is; the head moves while it works."""

    projection: str
    generation: int
    position: int
    head: int
    events_per_second: float
    eta_seconds: float | None


@dataclass(frozen=True, slots=True)
class RebuildResult:
    """What a rebuild did; `events` counts those of this run, a resumed one has fewer."""

    projection: str
    generation: int
    position: int
    events: int
    seconds: float
    is_resumed: bool
    dropped: tuple[int, ...]


async def rebuild(
    database_url: str,
    projection: Projection,
    *,
    role_prefix: str = "ordertrail",
    on_progress: Callable[[RebuildProgress], None] | None = None,
    batch_events: int = BATCH_EVENTS_MAX,
) -> RebuildResult:
    """Build the next generation of a projection and let queries see it.

    Raises:
        RebuildLocked: another rebuild of it is under way.
        RebuildBlocked: long queries kept the view; the next call only has to switch.
        ProjectionFailed: an event cannot be applied; the live table is untouched.
        UndecodableEvent: an event cannot be read; the live table is untouched.
        DatabaseLost: the connection broke; the next call goes on where this one was.
    """
    role, name = role_name(role_prefix, "worker"), projection.name
    with lost_as_unavailable():
        async with (
            await SessionLock.open(database_url, role, f"rebuild {name}") as lock,
            await connect(database_url, role=role, application="ordertrail rebuild") as reader,
        ):
            if not await lock.try_acquire():
                raise await _locked(reader, name)
            await lock.conn.execute(b"SET synchronous_commit = off")
            build = _Build(lock.conn, reader, projection, on_progress, batch_events)
            await build.begin()
            await build.catch_up()
            await build.switch(role_prefix)
            return await build.finish()


class _Build:
    """One rebuild; `writer` is the session that holds the right, `reader` reads ahead."""

    def __init__(
        self,
        writer: Connection,
        reader: Connection,
        projection: Projection,
        on_progress: Callable[[RebuildProgress], None] | None,
        batch_events: int,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._projection = projection
        self._on_progress = on_progress
        self._batch_events = batch_events
        self._feed = GenerationFeed(projection, 0, 0)
        self._first_position = 0
        self._started_at = time.monotonic()

    async def begin(self) -> None:
        """Go on with the generation under way if this code's fold made it, else begin one."""
        name = self._projection.name
        changes = 0
        async with self._writer.transaction():
            known = await read_generations(self._writer, [name])
            building = _in_state(known, GenerationState.BUILDING)
            if building and building.fold_version != self._projection.fold_version:
                await drop_generation(self._writer, name, building.generation)
                building = None
            if building is None:
                number = max((each.generation for each in known), default=0) + 1
                await create_generation(
                    self._writer, self._projection, number, GenerationState.BUILDING
                )
                self._feed = GenerationFeed(self._projection, number, 0)
            else:
                changes = building.parked_changes
                self._feed = GenerationFeed(
                    self._projection, building.generation, building.position
                )
            builder = f"{socket.gethostname()}:{os.getpid()}"
            await self._writer.execute(_CLAIM, (builder, name, self._feed.generation))
        self._feed.parked = await read_parked(
            self._writer, self._feed.key, self._feed.position, changes
        )
        self._first_position = self._feed.position

    async def catch_up(self) -> None:
        """Fold the log up to its present head, reading a page while the one before is written."""
        head = await read_head(self._writer)
        page = self._read_ahead(self._feed.position)
        try:
            while self._feed.position < head:
                events = await page
                page = self._read_ahead(events[-1].position)
                for part in self._parted_at_unreadable(events):
                    await put_by_halves(part, self._put)
                await failpoint("rebuild.after_batch")
                await self._report()
        finally:
            page.cancel()
            await asyncio.gather(page, return_exceptions=True)

    async def switch(self, role_prefix: str) -> None:
        """Apply the last events and move the view, in one transaction.

        Raises:
            RebuildBlocked: the locks could not be had.
        """
        for _ in range(SWITCH_TRIES_MAX):
            reached = self._feed.position
            try:
                async with self._writer.transaction():
                    if await self._switch(role_prefix):
                        return
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, RowsRefused):
                await asyncio.sleep(SWITCH_PAUSE_SECONDS)
            self._feed.taken_back(reached)
            await self.catch_up()
        raise RebuildBlocked(
            f"generation {self._feed.generation} of {self._projection.name} is complete, but other"
            " transactions kept the view: run the rebuild again"
        )

    async def finish(self) -> RebuildResult:
        """Drop the generations older than the one just retired."""
        name = self._projection.name
        known = await read_generations(self._writer, [name])
        retired = [each for each in known if each.state is GenerationState.RETIRED]
        dropped: list[int] = []
        for each in retired[:-1]:
            with suppress(psycopg.errors.LockNotAvailable):  # the next rebuild drops it
                async with self._writer.transaction():
                    await self._writer.execute(_LOCK_TIMEOUT)
                    await drop_generation(self._writer, name, each.generation)
                dropped.append(each.generation)
        await self._report()
        return RebuildResult(
            projection=name,
            generation=self._feed.generation,
            position=self._feed.position,
            events=self._feed.position - self._first_position,
            seconds=time.monotonic() - self._started_at,
            is_resumed=self._first_position > 0,
            dropped=tuple(dropped),
        )

    def _read_ahead(self, after: int) -> asyncio.Task[list[LogEvent]]:
        return asyncio.create_task(read_log_events(self._reader, after, self._batch_events))

    def _parted_at_unreadable(self, events: Sequence[LogEvent]) -> list[Sequence[LogEvent]]:
        """Part a page before an event that will end the rebuild, so that the rest is written."""
        culprit = unreadable(self._projection, self._feed.parked, events)
        before = 0 if culprit is None else culprit.position - events[0].position
        return [part for part in (events[:before], events[before:]) if part]

    async def _put(self, events: Sequence[LogEvent]) -> None:
        async with self._writer.transaction():
            await self._move_and_write(events)
        self._feed.moved(events[-1].position)

    async def _move_and_write(self, events: Sequence[LogEvent]) -> None:
        moves = [self._feed.move_to(events[-1].position)]
        moved = await move_checkpoints(self._writer, moves)
        if moved is None:
            raise CheckpointLost(f"another process builds {self._projection.name}")
        await self._feed.learn(self._writer, moved[self._feed.key])
        await self._feed.write_first(self._writer, events)

    async def _switch(self, role_prefix: str) -> bool:
        """Switch within a transaction, or say that too many events are left to do it here."""
        name = self._projection.name
        await self._writer.execute(_LOCK_TIMEOUT)
        live = _in_state(await read_generations(self._writer, [name]), GenerationState.LIVE)
        if live is not None:
            live_position = await lock_position(self._writer, name, live.generation)
            if live_position - self._feed.position > SWITCH_EVENTS_MAX:
                return False
            while self._feed.position < live_position:
                limit = min(self._batch_events, live_position - self._feed.position)
                events = await read_log_events(self._writer, self._feed.position, limit)
                assert events, "a checkpoint never passes the head of the log"
                await self._move_and_write(events)
                self._feed.moved(events[-1].position)
            await retire_generation(self._writer, name, live.generation)
        await self._writer.execute(_SHOW, (name, self._feed.generation))
        await show_generation(self._writer, self._projection, self._feed.generation, role_prefix)
        await failpoint("rebuild.before_switch")
        return True

    async def _report(self) -> None:
        if self._on_progress is None:
            return
        head = max(await read_head(self._writer), self._feed.position)
        seconds = time.monotonic() - self._started_at
        rate = (self._feed.position - self._first_position) / max(seconds, 1e-3)
        self._on_progress(
            RebuildProgress(
                projection=self._projection.name,
                generation=self._feed.generation,
                position=self._feed.position,
                head=head,
                events_per_second=rate,
                eta_seconds=(head - self._feed.position) / rate if rate > 0 else None,
            )
        )


def _in_state(known: Sequence[Generation], state: GenerationState) -> Generation | None:
    return next((each for each in known if each.state is state), None)


async def _locked(connection: Connection, projection: str) -> RebuildLocked:
    row = await (await connection.execute(_BUILDER, (projection,))).fetchone()
    builder, since = (None, None) if row is None else row
    return RebuildLocked(projection, builder, since)
