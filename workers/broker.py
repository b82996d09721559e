"""How does a worker talk to RabbitMQ, and what does a lost broker look like?

A connection has a name, a short heartbeat (a dead link shows within three of them) and one purpose:
publishing and consuming never share one, because a blocked publisher would keep acknowledgements
back. Nothing is awaited without a bound. Whatever aio-pika raises because the connection or the
channel is gone becomes `BrokerLost`, and so does the CancelledError that it puts into calls when it
closes, which would otherwise look like the cancellation of our own task.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, TypeVar

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, ChannelPreconditionFailed
from yarl import URL

from domain.errors import Unavailable
from workers.options import HEARTBEAT_SECONDS, BrokerOptions

CALL_TIMEOUT_SECONDS: Final = 5.0
CLOSE_TIMEOUT_SECONDS: Final = 2.0

Answer = TypeVar("Answer")


class BrokerLost(Unavailable):
    """The broker cannot be reached, or a connection or channel to it is gone: make a new one."""

    code = "unavailable"


async def connect(options: BrokerOptions, purpose: str) -> AbstractConnection:
    """Open a connection for one purpose.

    Raises:
        BrokerLost: there is none within the time.
    """
    return await connect_to(options.url, purpose, options.heartbeat_seconds)


async def connect_to(
    url: str, purpose: str, heartbeat_seconds: int = HEARTBEAT_SECONDS
) -> AbstractConnection:
    """Open a connection of somebody who needs to know no more than where the broker is.

    Raises:
        BrokerLost: there is none within the time.
    """
    query = {"heartbeat": str(heartbeat_seconds), "name": f"ordertrail {purpose}"}
    return await answer_of(
        aio_pika.connect(URL(url).update_query(query), timeout=CALL_TIMEOUT_SECONDS)
    )


async def close(connection: AbstractConnection) -> None:
    """Close a connection, whatever state it is in; never raises."""
    with suppress(Exception):
        await answer_of(connection.close(), CLOSE_TIMEOUT_SECONDS)


async def answer_of(
    call: Awaitable[Answer], timeout_seconds: float = CALL_TIMEOUT_SECONDS
) -> Answer:
    """Await what the broker answers, within a bound.

    Raises:
        BrokerLost: it did not answer, or cannot any more.
        ChannelPreconditionFailed: it refuses what was asked for.
    """
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task}, timeout=timeout_seconds)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CLOSE_TIMEOUT_SECONDS)
    if not task.done() or task.cancelled():
        raise BrokerLost(f"the broker did not answer within {timeout_seconds} s, or went away")
    error = task.exception()
    if error is None:
        return task.result()
    if is_loss(error):
        raise BrokerLost(f"{type(error).__name__}: {error}") from error
    raise error


def is_loss(error: BaseException) -> bool:
    """Say whether an error means that the connection or channel is gone."""
    if isinstance(error, ChannelPreconditionFailed):
        return False
    return isinstance(error, (*CONNECTION_EXCEPTIONS, asyncio.CancelledError, TimeoutError))
