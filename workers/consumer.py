"""What has the broker delivered on one channel, and how is it told what became of it?

A consumer has a connection and a channel of its own, with a bounded prefetch. Deliveries wait in it
until they are drained, and belong to the broker until they are acknowledged: closing hands back
whatever is not. A channel that closes and a consumer that the broker cancels are the same thing:
the consumer is lost, and so is what it holds (it will be delivered again, or read from the store).

Source: reliability.md DEL-05, DEL-06; libraries.md, RabbitMQ.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage

from workers.broker import BrokerLost, answer_of, close, connect
from workers.options import BrokerOptions
from workers.slice import FIRST_POSITION, LAST_POSITION
from workers.topology import declare_topology, queue_name

PREFETCH_MESSAGES: Final = 128


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that the broker has delivered and that is not acknowledged yet."""

    tag: int
    headers: Mapping[str, object]
    body: bytes

    def claimed_events(self) -> int:
        """Tell how many events the headers claim, for the size of a batch; nobody verified it."""
        first, last = self.headers.get(FIRST_POSITION), self.headers.get(LAST_POSITION)
        return last - first + 1 if isinstance(first, int) and isinstance(last, int) else 1


class Consumer:
    """The consumer of a projector's queue."""

    def __init__(
        self, connection: AbstractConnection, channel: AbstractChannel, on_event: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._on_event = on_event
        self._waiting: deque[Delivered] = deque()
        self._closing: asyncio.Future[Any] | None = None
        self.is_lost = False

    @classmethod
    async def open(cls, options: BrokerOptions, group: str, on_event: Callable[[], None]) -> Self:
        """Connect, declare the projector's queue and begin to consume it.

        `on_event` is called after every delivery and when the consumer is lost.

        Raises:
            TopologyMismatch: the queue exists with other arguments.
            BrokerLost: the broker cannot be reached.
        """
        connection = await connect(options, f"{group} consumer")
        try:
            await declare_topology(connection, options, (group,))
            channel = connection.channel(publisher_confirms=False)
            await answer_of(channel.initialize())
            await answer_of(channel.set_qos(prefetch_count=PREFETCH_MESSAGES))
            consumer = cls(connection, await channel.get_underlay_channel(), on_event)
            await consumer.consume(queue_name(group))
        except BaseException:
            await close(connection)
            raise
        return consumer

    async def consume(self, queue: str) -> None:
        """Begin to consume.

        Raises:
            BrokerLost: the broker went away.
        """
        channel = self._channel
        self._closing = cast("asyncio.Future[Any]", channel.closing)
        self._closing.add_done_callback(self._on_loss)
        channel.on_consumer_cancel_callbacks.add(self._on_loss)
        await answer_of(channel.basic_consume(queue, self._on_delivery))

    def has_deliveries(self) -> bool:
        """Say whether something waits to be drained."""
        return bool(self._waiting)

    def drain(self, events_max: int) -> list[Delivered]:
        """Take what waits, in the order of its delivery; one message at least if any waits."""
        drained: list[Delivered] = []
        events = 0
        while self._waiting and (not drained or events < events_max):
            drained.append(self._waiting.popleft())
            events += drained[-1].claimed_events()
        return drained

    async def acknowledge(self, tag: int) -> None:
        """Acknowledge everything that was delivered up to a message.

        Raises:
            BrokerLost: the channel is gone; all of it will be delivered again.
        """
        if self.is_lost:
            raise BrokerLost("the consumer is lost")
        await answer_of(self._channel.basic_ack(tag, multiple=True, wait=False))

    async def close(self) -> None:
        """Stop consuming and hand back what is not acknowledged."""
        self.is_lost = True
        self._waiting.clear()
        await close(self._connection)

    async def _on_delivery(self, message: DeliveredMessage) -> None:
        tag = message.delivery_tag
        if tag is not None and not self.is_lost:
            headers = message.header.properties.headers or {}
            self._waiting.append(Delivered(tag, headers, message.body))
            self._on_event()

    def _on_loss(self, _: object) -> None:
        self.is_lost = True
        self._waiting.clear()
        self._on_event()
