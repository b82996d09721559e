"""What comes after a position, according to what the relay has sent?

The feed holds deliveries until the follower has committed them, then acknowledges them all at once.
Detaching hands back whatever is held; it is done before anything that takes long. Attaching goes on
in the background, because a follower never waits for the broker: meanwhile it reads the store.

Source: architecture.md §4; reliability.md DEL-06, DEL-07, DEL-10.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from sql.failpoints import failpoint
from workers.backoff import Backoff
from workers.broker import BrokerLost
from workers.consumer import Consumer, Delivered
from workers.dead_letters import DeadLetters
from workers.follow_rule import Batch, Rules, Store, assemble
from workers.options import BrokerOptions
from workers.topology import TopologyMismatch, queue_name

BATCH_EVENTS_MAX: Final = 2_000
STEADY_SECONDS: Final = 10.0
"""A consumer that lived so long counts as proof that attaching works."""

_LOG: Final = structlog.get_logger("ordertrail.broker_feed")


class BrokerFeed:
    """The feed of one projector's queue, attached or not."""

    def __init__(
        self,
        options: BrokerOptions,
        group: str,
        rules: Rules,
        store: Store,
        on_event: Callable[[], None],
    ) -> None:
        self._options = options
        self._group = group
        self._rules = rules
        self._store = store
        self._on_event = on_event
        self._dead_letters = DeadLetters(options, queue_name(group))
        self._backoff = Backoff()
        self._consumer: Consumer | None = None
        self._attaching: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._attached_at = 0.0
        self._attach_at = 0.0
        self._drained: list[Delivered] = []
        self._drained_from: Consumer | None = None

    def is_attached(self) -> bool:
        """Say whether the feed consumes; notices a consumer that was lost."""
        consumer = self._consumer
        if consumer is not None and consumer.is_lost:
            _LOG.warning("feed.lost", group=self._group)
            self._forget()
            # One that the broker has cancelled still has its connection.
            self._closing = asyncio.create_task(consumer.close(), name=f"close {self._group}")
        return self._consumer is not None

    def has_deliveries(self) -> bool:
        """Say whether `next` has something to work on."""
        return self._consumer is not None and self._consumer.has_deliveries()

    def attach_in_background(self) -> None:
        """See to it that the feed becomes attached, now or after a pause."""
        if self._attaching is not None and not self._attaching.done():
            return
        if not self.is_attached() and time.monotonic() >= self._attach_at:
            self._attaching = asyncio.create_task(self._attach(), name=f"attach {self._group}")

    async def next(self, position: int) -> Batch:
        """Make a batch of what was delivered, by the rule of a follower.

        Raises:
            DatabaseLost: the log could not be read.
        """
        self._drained_from = self._consumer
        self._drained = [] if self._consumer is None else self._consumer.drain(BATCH_EVENTS_MAX)
        return await assemble(self._drained, position, self._rules, self._store)

    async def settle(self, batch: Batch) -> None:
        """Move dead letters away and acknowledge what the batch has dealt with.

        A message whose copy did not arrive is not acknowledged, nor is any after it. What was
        handed back meanwhile will be delivered again.
        """
        consumer = self._drained_from
        if consumer is None or consumer is not self._consumer or consumer.is_lost:
            return
        if batch.taken == 0:
            return
        try:
            for delivery, error in batch.rejected:
                await self._dead_letters.send(delivery, error)
            await failpoint("follower.before_acknowledge")
            await consumer.acknowledge(self._drained[batch.taken - 1].tag)
            await failpoint("follower.after_acknowledge")
        except BrokerLost as lost:
            _LOG.warning("feed.not_acknowledged", group=self._group, reason=lost.detail)
            await self.detach()

    async def detach(self) -> None:
        """Stop consuming and hand back what is held."""
        consumer = self._consumer
        if consumer is not None:
            self._forget()
            await consumer.close()

    async def close(self) -> None:
        """Detach for good."""
        if self._attaching is not None:
            self._attaching.cancel()
            with suppress(asyncio.CancelledError):
                await self._attaching
        await self.detach()
        if self._closing is not None:
            await self._closing
        await self._dead_letters.close()

    def _forget(self) -> None:
        self._consumer = None
        now = time.monotonic()
        if now - self._attached_at > STEADY_SECONDS:
            self._backoff.reset()
        self._attach_at = now + self._backoff.pause_seconds()

    async def _attach(self) -> None:
        try:
            consumer = await Consumer.open(self._options, self._group, self._on_event)
        except (BrokerLost, TopologyMismatch) as error:
            _LOG.warning("feed.not_attached", group=self._group, reason=str(error))
            self._attach_at = time.monotonic() + self._backoff.pause_seconds()
            return
        self._consumer = consumer
        self._attached_at = time.monotonic()
        _LOG.info("feed.attached", group=self._group)
        self._on_event()
