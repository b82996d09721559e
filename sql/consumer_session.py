"""How far has a consumer that acts read the log, and who may be it?

A consumer reacts to events: it appends others, or talks with the outside. The right to be it is a
session advisory lock, as for projectors; its checkpoint moves after it has acted, so that whatever
dies, an event is reacted to again rather than not at all. Repeats are recognised where they arrive:
by command records, by ids, by a provider's idempotency keys.

A reaction may go on with an event, like a call that nobody answers, while later ones are taken up:
the checkpoint stays before it.

Source: architecture.md §5; reliability.md DEL-04.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol, Self

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.parking import Park
from projections.unreadable import LogEvent
from sql.database_lost import lost_as_unavailable
from sql.failpoints import failpoint
from sql.session_lock import KEEP_ALIVE_SECONDS, CheckpointLost, SessionLock

_LOAD: Final = b"SELECT position FROM messaging.consumers WHERE consumer = %s"
_MOVE: Final = (
    b"UPDATE messaging.consumers SET position = %s, updated_at = clock_timestamp()"
    b" WHERE consumer = %s AND position = %s"
)


class ConsumerFailed(Exception):
    """An event cannot be reacted to; what went wrong is the cause."""

    def __init__(self, event: RecordedEvent) -> None:
        """Keep which event it is."""
        super().__init__(f"the event at position {event.position} ({event.type})")
        self.event = event


class Reaction(Protocol):
    """What a consumer does about events."""

    def acts(self, *, is_consumer: bool) -> None:
        """Learn whether this process is the consumer from now on."""
        ...

    async def react(self, events: Sequence[RecordedEvent]) -> None:
        """React to consecutive events, or take them up at least.

        Raises:
            ConsumerFailed: the first event that cannot be reacted to.
            Unavailable: the log, or the connection, is gone.
        """
        ...

    async def give_up(self, event: RecordedEvent) -> None:
        """Leave an event that cannot be reacted to to an operator."""
        ...

    def unfinished(self) -> int | None:
        """Tell the position of the first event that was taken up and is not yet reacted to.

        Raises:
            Unavailable: one that was taken up cannot be reacted to now.
        """
        ...


class ConsumerSession:
    """The session of a consumer, active or standby."""

    def __init__(self, lock: SessionLock, consumer: str, reaction: Reaction) -> None:
        """Use a connected lock; `open` makes all of this."""
        self._lock = lock
        self._consumer = consumer
        self._reaction = reaction
        self._position = 0
        self._checkpoint = 0
        self.parked = 0

    @classmethod
    async def open(cls, database_url: str, role: str, consumer: str, reaction: Reaction) -> Self:
        """Connect as standby.

        Raises:
            DatabaseLost: the server cannot be reached.
        """
        lock = await SessionLock.open(database_url, role, f"consumer {consumer}")
        with lost_as_unavailable():
            await lock.conn.execute(b"SET synchronous_commit = off")
        return cls(lock, consumer, reaction)

    @property
    def position(self) -> int:
        """Everything up to this position was taken up."""
        return self._position

    def take_new_parks(self) -> list[tuple[str, Park]]:
        """Answer nothing: an event that cannot be reacted to is left to an operator."""
        return []

    async def acquire(self) -> None:
        """Wait until no other session is the consumer, become it and load the checkpoint.

        Raises:
            DatabaseLost: the connection broke while waiting.
        """
        await self._lock.acquire()
        with lost_as_unavailable():
            cursor = await self._lock.conn.execute(_LOAD, (self._consumer,))
            row = await cursor.fetchone()
        assert row is not None, "the migration makes the consumer's row"
        self._position = self._checkpoint = int(row[0])
        self._reaction.acts(is_consumer=True)

    async def apply(self, events: Sequence[LogEvent]) -> int:
        """React to consecutive events, and answer the new position.

        What this code cannot read is passed over: newer code reacts to what newer code wrote.

        Raises:
            ProjectionFailed: an event cannot be reacted to; everything before it was.
            CheckpointLost: another session moved the checkpoint.
            Unavailable: the log, or the connection, is gone.
        """
        readable = [
            event
            for event in events
            if isinstance(event, RecordedEvent) and event.position > self._position
        ]
        try:
            await self._react_and_keep_alive(readable)
        except ConsumerFailed as failed:
            if failed.event.position - 1 > self._position:
                await self.apply([each for each in events if each.position < failed.event.position])
            raise ProjectionFailed(
                projection=self._consumer,
                position=failed.event.position,
                stream=failed.event.stream,
                event_type=failed.event.type,
            ) from failed
        if events and events[-1].position > self._position:
            await failpoint("consumer.before_move")
            self._position = events[-1].position
            await self._move()
        return self._position

    async def apply_or_park(self, event: LogEvent) -> int:
        """React to the next event, or leave it to an operator, and move on over it.

        Raises:
            CheckpointLost: another session moved the checkpoint.
            Unavailable: the log, or the connection, is gone.
        """
        if isinstance(event, RecordedEvent) and event.position > self._position:
            try:
                await self._react_and_keep_alive([event])
            except ConsumerFailed:
                await self._reaction.give_up(event)
                self.parked += 1
        if event.position > self._position:
            self._position = event.position
            await self._move()
        return self._position

    async def keep_alive(self) -> None:
        """Let the server hear from this session, and note what was finished meanwhile.

        Raises:
            CheckpointLost: another session moved the checkpoint.
            Unavailable: the log, or the connection, is gone.
        """
        await self._lock.keep_alive()
        await self._move()

    async def close(self) -> None:
        """End the session and the right with it."""
        self._reaction.acts(is_consumer=False)
        await self._lock.close()

    async def _react_and_keep_alive(self, events: Sequence[RecordedEvent]) -> None:
        """React, and let the server hear from this session meanwhile: a party may be slow."""
        reaction = asyncio.create_task(self._reaction.react(events))
        try:
            while not (await asyncio.wait({reaction}, timeout=KEEP_ALIVE_SECONDS))[0]:
                await self._lock.keep_alive()
        finally:
            if not reaction.done():
                reaction.cancel()
                await asyncio.wait({reaction})
        reaction.result()

    async def _move(self) -> None:
        """Move the checkpoint over everything that is finished."""
        unfinished = self._reaction.unfinished()
        finished = self._position if unfinished is None else min(self._position, unfinished - 1)
        if finished <= self._checkpoint:
            return
        with lost_as_unavailable():
            cursor = await self._lock.conn.execute(
                _MOVE, (finished, self._consumer, self._checkpoint)
            )
        if cursor.rowcount != 1:
            raise CheckpointLost(f"{self._consumer} is no longer at {self._checkpoint}")
        self._checkpoint = finished
