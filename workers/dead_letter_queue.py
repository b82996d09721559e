"""What waits in `ordertrail.dead`, and how does an operator get rid of it?

Looking takes the oldest messages without acknowledging them; closing the connection gives them back
to their places. Nobody else reads the queue, so who looks at the same time sees those behind.

Source: reliability.md DEL-06, DEL-11.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from workers.broker import BrokerLost, answer_of, close, connect_to
from workers.slice import FIRST_POSITION, LAST_POSITION
from workers.topology import DEAD_LETTERS

PURPOSE: Final = "dead letters of an operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that no follower could use; None for what its headers do not say.

    Units: positions are those that the message claimed, `body_bytes` its size.
    """

    reason: str | None
    detail: str | None
    origin: str | None
    rejected_at: str | None
    first_position: int | None
    last_position: int | None
    body_bytes: int


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """The oldest dead letters, and how many there are.

    Shape: `letters` begin with the oldest.
    """

    waiting: int
    letters: list[DeadLetter]


async def look_at_dead_letters(url: str, limit: int) -> DeadLetterPage:
    """Look at the oldest dead letters; all of them stay where they are.

    Raises:
        BrokerLost: the broker cannot be reached.
    """
    async with _opened(url) as queue:
        if queue is None:
            return DeadLetterPage(0, [])
        letters: list[DeadLetter] = []
        while len(letters) < limit:
            message = await answer_of(queue.get(fail=False))
            if message is None:
                break
            letters.append(_letter(message.headers, len(message.body)))
        return DeadLetterPage(queue.declaration_result.message_count or 0, letters)


async def drop_oldest_dead_letters(url: str, count: int) -> int:
    """Delete so many of the oldest dead letters for good, and tell how many there were.

    Raises:
        BrokerLost: the broker went away; some may be gone.
    """
    dropped = 0
    async with _opened(url) as queue:
        while queue is not None and dropped < count:
            message = await answer_of(queue.get(fail=False))
            if message is None:
                break
            await answer_of(message.ack())
            dropped += 1
    return dropped


async def drop_all_dead_letters(url: str) -> int:
    """Delete all dead letters for good, and tell how many there were.

    Raises:
        BrokerLost: the broker went away; nobody knows.
    """
    async with _opened(url) as queue:
        return 0 if queue is None else (await answer_of(queue.purge())).message_count or 0


@asynccontextmanager
async def _opened(url: str) -> AsyncGenerator[AbstractQueue | None]:
    """Open the queue on a connection of its own; None as long as nobody has declared it."""
    connection = await connect_to(url, PURPOSE)
    try:
        yield await _declared(connection)
    finally:
        await close(connection)


async def _declared(connection: AbstractConnection) -> AbstractQueue | None:
    channel: AbstractChannel = connection.channel()
    try:
        await answer_of(channel.initialize())
        return await answer_of(channel.declare_queue(DEAD_LETTERS, passive=True))
    except BrokerLost as lost:
        if isinstance(lost.__cause__, ChannelNotFoundEntity):
            return None
        raise


def _letter(headers: Mapping[str, object], body_bytes: int) -> DeadLetter:
    """Read what is said about a message; anybody may have put it there."""
    return DeadLetter(
        reason=_text(headers.get("reason")),
        detail=_text(headers.get("detail")),
        origin=_text(headers.get("origin")),
        rejected_at=_text(headers.get("rejected_at")),
        first_position=_number(headers.get(FIRST_POSITION)),
        last_position=_number(headers.get(LAST_POSITION)),
        body_bytes=body_bytes,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
