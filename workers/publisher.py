"""How does a message get to the broker, and when is it there?

A publisher has a connection and a confirming channel of its own. Messages are persistent and
mandatory: the broker's confirm means that every bound quorum queue has it on disk, a message that
no queue took is an error, and anything else (nack, timeout, a lost channel) means that nobody
knows.

Source: reliability.md DEL-03, DEL-05.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Self, cast

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import PublishError

from workers.broker import BrokerLost, answer_of, close, connect
from workers.options import BrokerOptions

PUBLISH_TIMEOUT_SECONDS: Final = 10.0


class NoQueueBound(BrokerLost):
    """The broker returned the message: no queue took it."""


class Publisher:
    """A connection and a channel for publishing."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel) -> None:
        self.connection: Final = connection
        self._channel = channel

    @classmethod
    async def open(cls, options: BrokerOptions, purpose: str) -> Self:
        """Connect.

        Raises:
            BrokerLost: the broker cannot be reached.
        """
        connection = await connect(options, purpose)
        try:
            channel = connection.channel(publisher_confirms=True, on_return_raises=True)
            await answer_of(channel.initialize())
        except BaseException:
            await close(connection)
            raise
        return cls(connection, channel)

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, int | str],
        content_type: str | None,
    ) -> None:
        """Publish, and wait for the confirm; run it as a task, which may end cancelled.

        Raises:
            Exception: whatever aio-pika raises; `failure_of` judges it.
        """
        message = Message(
            body,
            headers=dict(headers),
            content_type=content_type,
            delivery_mode=DeliveryMode.PERSISTENT,
        )
        channel = await self._channel.get_underlay_channel()
        await channel.basic_publish(
            message.body,
            exchange=exchange,
            routing_key=routing_key,
            properties=message.properties,
            mandatory=True,
            timeout=PUBLISH_TIMEOUT_SECONDS,
        )

    async def takes_messages(self, timeout_seconds: float) -> bool:
        """Wait until the broker lets publishers publish; False while it blocks them (an alarm).

        Raises:
            BrokerLost: the connection is gone.
        """
        channel = await self._channel.get_underlay_channel()
        transport = self.connection.transport
        if transport is None or channel.is_closed:
            raise BrokerLost("the publishing channel is closed")
        ready: asyncio.Future[Any] = asyncio.ensure_future(transport.ready())
        closing = cast("asyncio.Future[Any]", channel.closing)
        try:
            done, _ = await asyncio.wait(
                {ready, closing}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
            closing.cancel()
        if closing in done:
            raise BrokerLost("the publishing channel was closed")
        return ready in done

    async def close(self) -> None:
        """Close the connection; what was not confirmed stays unknown."""
        await close(self.connection)


def failure_of(task: asyncio.Task[None]) -> BrokerLost | None:
    """Tell what became of a finished publish; None when it was confirmed."""
    if task.cancelled():
        return BrokerLost("the channel was closed before the confirm")
    error = task.exception()
    if error is None:
        return None
    if isinstance(error, PublishError):
        return NoQueueBound("no queue is bound to take the message")
    return BrokerLost(f"unknown whether it was published: {type(error).__name__}: {error}")
