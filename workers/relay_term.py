"""How does the log get to the broker completely and in order, and cheaply under load?

The term follows the log from the checkpoint and publishes slices, at most 32 of them unconfirmed.
The checkpoint moves only over confirmed slices without a hole between them. After a nack, a return
or a timeout nobody knows what arrived: the term ends with that error, the next one publishes again
from the checkpoint, and followers drop what they have.

Idle, an event leaves at once; busy, reads are a few milliseconds apart, so many leave together.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import structlog

from sql.failpoints import failpoint
from sql.relay_session import RelaySession
from sql.session_lock import KEEP_ALIVE_SECONDS
from sql.stored_events import StoredEvent
from workers.metrics import RelayCounters
from workers.publisher import Publisher, failure_of
from workers.slice import CONTENT_TYPE, Slice, cut, headers_of
from workers.topology import LOG_EXCHANGE
from workers.wake_ups import WakeUps

WINDOW_SLICES_MAX: Final = 32
PAGE_EVENTS_FIRST: Final = 200
PAGE_EVENTS_MAX: Final = 2_000
PAGE_BYTES_AIM: Final = 8 * 1024 * 1024
HEAD_SECONDS_MAX: Final = 1.0
"""The log is read at least this often, whether or not anybody was notified."""

PACE_SECONDS: Final = 0.02
CHECKPOINT_SECONDS: Final = 0.1
SLOW_CONFIRM_SECONDS: Final = 1.0
PROBE_SECONDS: Final = 0.05

_LOG: Final = structlog.get_logger("ordertrail.relay")


@dataclass(frozen=True, slots=True)
class Flight:
    """A slice that was published and not yet seen to be confirmed."""

    piece: Slice
    task: asyncio.Task[None]
    started_at: float = field(default_factory=time.monotonic)


class RelayTerm:
    """One active relay on one session and one broker connection."""

    def __init__(
        self,
        session: RelaySession,
        publisher: Publisher,
        log: str,
        signing_key: bytes,
        counters: RelayCounters,
    ) -> None:
        self._session = session
        self._publisher = publisher
        self._log = log
        self._signing_key = signing_key
        self._counters = counters
        self._window: deque[Flight] = deque()
        self._published = session.checkpoint
        self._confirmed = session.checkpoint
        self._page_events = PAGE_EVENTS_FIRST
        self._read_at = 0.0
        self._checkpoint_at = 0.0

    async def serve(self, wake_ups: WakeUps) -> None:
        """Relay until something fails.

        Raises:
            BrokerLost: a publish was not confirmed; NoQueueBound when it was returned.
            DatabaseLost: the session broke.
            CheckpointLost: another relay is active.
        """
        try:
            while True:
                limit = self._page_events
                events = await self._read(limit)
                for piece in cut(events, self._log):
                    await self._make_room(wake_ups)
                    await self._publish(piece, wake_ups)
                if len(events) < limit:
                    await self._rest(wake_ups)
        finally:
            for flight in self._window:
                flight.task.cancel()
            await asyncio.gather(*(flight.task for flight in self._window), return_exceptions=True)

    async def _read(self, limit: int) -> list[StoredEvent]:
        """Read a page, and choose the next page's length so that it stays near 8 MiB."""
        await failpoint("relay.before_read")
        self._read_at = time.monotonic()
        events = await self._session.read(self._published, limit)
        await failpoint("relay.after_read")
        if events:
            size_bytes = sum(len(event.data) for event in events)
            aim = PAGE_BYTES_AIM * len(events) // max(1, size_bytes)
            self._page_events = max(1, min(PAGE_EVENTS_MAX, aim))
        return events

    async def _publish(self, piece: Slice, wake_ups: WakeUps) -> None:
        await failpoint("relay.before_publish")
        headers = headers_of(piece, self._log, self._signing_key)
        task = asyncio.create_task(
            self._publisher.publish(LOG_EXCHANGE, "", piece.body, headers, CONTENT_TYPE)
        )
        task.add_done_callback(wake_ups.something_happened)
        self._window.append(Flight(piece, task))
        self._published = piece.last
        await asyncio.sleep(0)  # lets the task write, so slices leave in order while more are cut

    async def _make_room(self, wake_ups: WakeUps) -> None:
        await self._settle()
        while len(self._window) >= WINDOW_SLICES_MAX:
            await wake_ups.wait(SLOW_CONFIRM_SECONDS)
            await self._settle()

    async def _rest(self, wake_ups: WakeUps) -> None:
        """Wait until there may be something to read, looking after confirms meanwhile."""
        while not wake_ups.grown:
            await self._settle()
            now = time.monotonic()
            until = self._read_at + HEAD_SECONDS_MAX
            if self._confirmed > self._session.checkpoint:
                until = min(until, self._checkpoint_at + CHECKPOINT_SECONDS)
            if now >= self._read_at + HEAD_SECONDS_MAX:
                break
            await wake_ups.wait(max(0.0, until - now))
        await asyncio.sleep(max(0.0, self._read_at + PACE_SECONDS - time.monotonic()))
        wake_ups.grown = False

    async def _settle(self) -> None:
        """Take what was confirmed off the window and move the checkpoint when it is due."""
        while self._window and self._window[0].task.done():
            flight = self._window.popleft()
            failure = failure_of(flight.task)
            if failure is not None:
                raise failure
            await failpoint("relay.after_confirm")
            self._confirmed = flight.piece.last
            self._counters.slices += 1
            self._counters.confirm_seconds += time.monotonic() - flight.started_at
            self._counters.events += flight.piece.last - flight.piece.first + 1
        if self._window and time.monotonic() > self._window[0].started_at + SLOW_CONFIRM_SECONDS:
            await self._sit_out_alarm()
        if (
            self._confirmed > self._session.checkpoint
            and time.monotonic() >= self._checkpoint_at + CHECKPOINT_SECONDS
        ):
            await failpoint("relay.before_checkpoint")
            await self._session.advance(self._confirmed)
            await failpoint("relay.after_checkpoint")
            self._checkpoint_at = time.monotonic()
            self._counters.checkpoint = self._confirmed

    async def _sit_out_alarm(self) -> None:
        """Publish nothing while the broker blocks publishers; the log waits, nothing is lost."""
        await self._session.keep_alive()
        if await self._publisher.takes_messages(PROBE_SECONDS):
            return
        self._counters.blocked += 1
        _LOG.warning("relay.blocked_by_broker", checkpoint=self._session.checkpoint)
        while not await self._publisher.takes_messages(KEEP_ALIVE_SECONDS):
            await self._session.keep_alive()
        _LOG.info("relay.unblocked")
