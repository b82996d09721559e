"""How does the one writer of a group keep its tables at the head of the log, whatever fails?

In a turn of the term a batch is taken from one of the feeds, applied (rows and checkpoints in one
transaction) and only then acknowledged. A turn that has begun is finished even when the process is
asked to end. Nothing long is done while deliveries are held: before that they are handed back.

An event that cannot be applied is tried again with pauses, then what it touches is parked; what
comes before and after it in the batch is applied. In a stretch of such events only the first one
is paused for, so that the others do not fall behind.

Source: architecture.md §4 "The rule of a follower", Poison; reliability.md DEL-04, DEL-07, DEL-08,
DEL-10.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from domain.errors import ProjectionFailed
from projections.unreadable import LogEvent
from sql.failpoints import failpoint
from sql.session_lock import KEEP_ALIVE_SECONDS
from workers.backoff import Backoff
from workers.broker_feed import BATCH_EVENTS_MAX, BrokerFeed
from workers.feed_choice import HEAD_SECONDS, FeedChoice
from workers.feeds import Feed, FollowedSession
from workers.follow_rule import HEAL_EVENTS_MAX, Batch
from workers.metrics import FollowerCounters
from workers.store_feed import StoreFeed
from workers.wake_ups import WakeUps

FINISH_SECONDS_MAX: Final = 10.0
TRIES_MAX: Final = 3
"""How often an event that could not be applied is tried again before it is parked."""

STRETCH_SECONDS: Final = 60.0
PARKS_LOGGED_MAX: Final = 20

_LOG: Final = structlog.get_logger("ordertrail.follower")


class FollowerTerm:
    """One active follower on one session, with a broker feed or without."""

    def __init__(
        self,
        session: FollowedSession,
        store: StoreFeed,
        broker: BrokerFeed | None,
        wake_ups: WakeUps,
        counters: FollowerCounters,
        pace_seconds: float,
    ) -> None:
        self._session = session
        self._broker = broker
        self._store = store
        self._wake_ups = wake_ups
        self._counters = counters
        self._pace_seconds = pace_seconds
        self._choice = FeedChoice(time.monotonic())
        self._session_in_use = asyncio.Lock()
        self._was_attached = False
        self._applied_at = 0.0
        self._applied_events = 0
        self._read_at = 0.0
        self._parked_at = -STRETCH_SECONDS

    async def serve(self) -> None:
        """Follow the log until something fails.

        Raises:
            StaleProjection: a table was built by another fold.
            CheckpointLost: another session writes the group.
            DatabaseLost: the session, or the log, is gone.
        """
        self._counters.position = self._session.position
        self._counters.parked = self._session.parked
        self._wake_ups.grown = True
        keeper = asyncio.create_task(self._keep_alive_for_ever(), name="keep the session alive")
        keeper.add_done_callback(self._wake_ups.something_happened)
        try:
            while True:
                await self._finish(asyncio.create_task(self._turn()))
                self._wake_ups.minds_growth = not self._choice.trusts_broker
                await self._wake_ups.wait(self._seconds_to_next_turn())
                if keeper.done():
                    keeper.result()
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await keeper
            if self._broker is not None:
                await self._broker.close()

    async def _finish(self, turn: asyncio.Task[None]) -> None:
        """Await a turn; when cancelled meanwhile, let it commit and acknowledge first."""
        try:
            await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn}, timeout=FINISH_SECONDS_MAX)
            turn.cancel()
            await asyncio.gather(turn, return_exceptions=True)
            raise

    async def _turn(self) -> None:
        self._choice.stands_at(time.monotonic(), self._session.position)
        broker = self._broker
        if broker is not None:
            await self._mind_the_broker(broker)
            if broker.has_deliveries() and await self._follow_broker(broker) > 0:
                return
        if self._choice.trusts_broker:
            if self._choice.seconds_to_look(time.monotonic()) == 0:
                await self._look_at_head()
        elif self._store_is_due():
            await self._follow_store()

    def _seconds_to_next_turn(self) -> float:
        now = time.monotonic()
        if self._broker is not None and self._broker.has_deliveries():
            return 0.0
        if self._choice.trusts_broker:
            return self._choice.seconds_to_look(now)
        return 0.0 if self._store_is_due() else max(0.0, self._read_at + HEAD_SECONDS - now)

    def _store_is_due(self) -> bool:
        return (
            self._wake_ups.grown
            or self._store.has_more
            or time.monotonic() >= self._read_at + HEAD_SECONDS
        )

    async def _mind_the_broker(self, broker: BrokerFeed) -> None:
        """Attach when caught up, notice a lost consumer, make one anew that stays silent."""
        now = time.monotonic()
        if not broker.is_attached():
            if self._was_attached:
                self._choice.detached()
                self._wake_ups.grown = True
            if not self._store.has_more:
                broker.attach_in_background()
        elif not self._was_attached:
            self._choice.attached(now, self._session.position)
            self._counters.attached += 1
        elif self._choice.is_silent(now):
            await self._hand_back(broker)
        self._was_attached = broker.is_attached()

    async def _follow_broker(self, broker: BrokerFeed) -> int:
        """Work on what was delivered, and tell how many events it brought."""
        await self._pace()
        await failpoint("follower.before_read")
        batch = await broker.next(self._session.position)
        await failpoint("follower.after_read")
        await self._apply(batch, broker)
        counters = self._counters
        counters.duplicates += batch.duplicates
        counters.other_log += batch.other_log
        counters.dead_letters += len(batch.rejected)
        counters.healed_gap += batch.healed
        counters.withheld_read += batch.withheld_read
        if batch.gap_through:
            await self._hand_back(broker)
        elif batch.taken and broker.is_attached():
            self._choice.delivered(time.monotonic(), batch.newest, rejected=bool(batch.rejected))
            self._wake_ups.grown = self._wake_ups.grown or bool(batch.rejected)
        return len(batch.events)

    async def _follow_store(self) -> int:
        """Read the store, and tell how many events it brought."""
        await self._pace()
        self._wake_ups.grown = False
        self._read_at = time.monotonic()
        await failpoint("follower.before_read")
        batch = await self._store.next(self._session.position)
        await failpoint("follower.after_read")
        await self._apply(batch, self._store)
        self._counters.from_store += len(batch.events)
        self._choice.read_store(len(batch.events))
        return len(batch.events)

    async def _look_at_head(self) -> None:
        """Compare with the head; what the broker has not brought in time is read from the store."""
        head, position = await self._store.head(), self._session.position
        self._counters.lag_events = max(0, head - position)
        if not self._choice.looked(time.monotonic(), head, position):
            return
        if head - position > HEAL_EVENTS_MAX and self._broker is not None:
            await self._hand_back(self._broker)
        self._counters.healed_idle += await self._follow_store()

    async def _hand_back(self, broker: BrokerFeed) -> None:
        """Give everything held back to the broker and follow the store until caught up."""
        self._counters.handed_back += 1
        self._choice.detached()
        self._store.has_more = True
        await broker.detach()
        self._was_attached = False

    async def _apply(self, batch: Batch, feed: Feed) -> None:
        """Apply and commit, then settle: the order that makes a crash a repeat, never a loss."""
        if batch.events:
            self._applied_at = time.monotonic()
            self._applied_events = len(batch.events)
            events = batch.events
            while (culprit := await self._write(events)) is not None:
                if self._broker is not None and self._broker.is_attached():
                    await self._hand_back(self._broker)
                await self._overcome(culprit)
                events = [event for event in events if event.position > culprit.position]
            self._counters.batches += 1
            self._counters.events += len(batch.events)
        await feed.settle(batch)

    async def _write(self, events: Sequence[LogEvent]) -> LogEvent | None:
        """Apply events up to one that cannot be applied, and answer that one."""
        async with self._session_in_use:
            try:
                await self._session.apply(events)
            except ProjectionFailed as failed:
                return next(event for event in events if event.position == failed.position)
            finally:
                self._take_note()
        return None

    async def _overcome(self, culprit: LogEvent) -> None:
        """Try an event again, then park what it touches."""
        now = time.monotonic()
        pauses = Backoff() if now >= self._parked_at + STRETCH_SECONDS else None
        for _ in range(TRIES_MAX):
            await asyncio.sleep(0.0 if pauses is None else pauses.pause_seconds())
            if await self._write([culprit]) is None:
                return
        self._parked_at = time.monotonic()
        async with self._session_in_use:
            await self._session.apply_or_park(culprit)
            self._take_note()

    def _take_note(self) -> None:
        """Bring the counters up to date and tell what was parked."""
        self._counters.position = self._session.position
        self._counters.parked = self._session.parked
        parks = self._session.take_new_parks()
        for projection, park in parks[:PARKS_LOGGED_MAX]:
            _LOG.warning(
                "projection.parked",
                projection=projection,
                kind=park.unit.kind.value,
                key=park.unit.key,
                position=park.position,
                code=park.code.value,
            )
        if len(parks) > PARKS_LOGGED_MAX:
            _LOG.warning("projection.parked_more", units=len(parks) - PARKS_LOGGED_MAX)

    async def _pace(self) -> None:
        """Let a batch gather, unless the last one was full: then the next one is there already."""
        if self._applied_events < BATCH_EVENTS_MAX:
            await asyncio.sleep(max(0.0, self._applied_at + self._pace_seconds - time.monotonic()))

    async def _keep_alive_for_ever(self) -> None:
        """Let the server hear from the session while nothing is written."""
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            if not self._session_in_use.locked():
                async with self._session_in_use:
                    await self._session.keep_alive()
