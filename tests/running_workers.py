"""How does a test run relay and projectors, and look at what they have done?

In the test's own process, or as the real programs `ordertrail relay` and `ordertrail worker`.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from domain.envelope import RecordedEvent
from projections.projection import Key, Projection, Row
from projections.registry import DEFAULT_GROUPS, projections
from sql.generations import ensure_generations
from sql.log import read_events
from sql.log_identity import log_identity
from sql.read_tables import ReadTable
from tests.examples_log import connected, superuser
from tests.messages import Message, message_of, stored
from workers.metrics import FollowerCounters, RelayCounters
from workers.options import (
    QUEUE_BYTES_MAX,
    BrokerOptions,
    GroupOptions,
    ProjectorOptions,
    RelayOptions,
)
from workers.projector import run_projector
from workers.relay import Relay
from workers.slice import cut
from workers.topology import DEAD_LETTERS

ORDERTRAIL: Final = Path(sys.executable).parent / "ordertrail"
SIGNING_KEY: Final = "0123456789abcdef0123456789abcdef"
OPERATIONAL: Final = "operational"
ANALYTICS: Final = "analytics"
GROUPS: Final = (OPERATIONAL, ANALYTICS)
PROJECTIONS: Final = projections("UTC")
PATIENCE_SECONDS: Final = 60.0
QUIET: Final = 3600.0


def broker_options(
    amqp_url: str, groups: tuple[str, ...] = GROUPS, *, queue_bytes_max: int = QUEUE_BYTES_MAX
) -> BrokerOptions:
    """Say how the broker is reached."""
    return BrokerOptions(
        url=amqp_url,
        groups=groups,
        signing_key=SIGNING_KEY.encode(),
        queue_bytes_max=queue_bytes_max,
    )


def group_options(name: str) -> GroupOptions:
    """Say what a group consists of."""
    return GroupOptions(
        name=name, projections=tuple(PROJECTIONS[each] for each in DEFAULT_GROUPS[name])
    )


def projector_options(
    database_url: str,
    amqp_url: str | None = None,
    groups: tuple[str, ...] = GROUPS,
    *,
    queue_bytes_max: int = QUEUE_BYTES_MAX,
) -> ProjectorOptions:
    """Say what a process of projectors needs."""
    return ProjectorOptions(
        database_url=database_url,
        role="ordertrail_worker",
        groups=tuple(group_options(group) for group in groups),
        broker=None
        if amqp_url is None
        else broker_options(amqp_url, groups, queue_bytes_max=queue_bytes_max),
        report_seconds=QUIET,
    )


@asynccontextmanager
async def relaying(
    database_url: str,
    amqp_url: str,
    groups: tuple[str, ...] = GROUPS,
    *,
    queue_bytes_max: int = QUEUE_BYTES_MAX,
) -> AsyncGenerator[RelayCounters]:
    """Run a relay in this process; its counters say what it did."""
    options = RelayOptions(
        database_url=database_url,
        role="ordertrail_relay",
        broker=broker_options(amqp_url, groups, queue_bytes_max=queue_bytes_max),
    )
    relay = Relay(options)
    async with _running(relay.run()):
        yield relay.counters


@asynccontextmanager
async def projecting(
    database_url: str,
    amqp_url: str | None = None,
    groups: tuple[str, ...] = GROUPS,
    *,
    queue_bytes_max: int = QUEUE_BYTES_MAX,
) -> AsyncGenerator[dict[str, FollowerCounters]]:
    """Run projectors in this process; their counters, by group, say what they did."""
    counters = {group: FollowerCounters() for group in groups}
    options = projector_options(database_url, amqp_url, groups, queue_bytes_max=queue_bytes_max)
    async with _running(run_projector(options, counters)):
        yield counters


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run work beside the test; an error of the work becomes one of the test."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@contextmanager
def program(
    database_url: str,
    amqp_url: str,
    *arguments: str,
    log: Path,
    failpoints: str = "",
    entry: Sequence[str | Path] = (ORDERTRAIL,),
) -> Generator[subprocess.Popen[bytes]]:
    """Run `ordertrail …` as a process of its own, ended at the latest with the block.

    `entry` is what stands for `ordertrail`. No order is carried out: the queues of the process,
    which a relay would declare, would fill with nobody to read them.
    """
    environment = {
        **os.environ,
        "ORDERTRAIL_FULFILMENT_ENABLED": "false",
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "ORDERTRAIL_SLICE_HMAC_KEY": SIGNING_KEY,
        "FAILPOINTS": failpoints,
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*map(str, entry), *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def eventually(
    condition: Callable[[], Awaitable[bool] | bool], seconds: float = PATIENCE_SECONDS
) -> float:
    """Wait until a condition holds, and answer how long it took; fail when it never does."""
    started_at = time.monotonic()
    while True:
        held = condition()
        if held if isinstance(held, bool) else await held:
            return time.monotonic() - started_at
        assert time.monotonic() < started_at + seconds, "the condition never held"
        await asyncio.sleep(0.02)


# The database ------------------------------------------------------------------------------------


async def make_read_tables(database_url: str) -> None:
    """Give every projection its first generation."""
    async with superuser(database_url) as connection:
        await ensure_generations(connection, PROJECTIONS.values())


async def head_of(database_url: str) -> int:
    """Tell the last position of the log."""
    return await _number(database_url, "SELECT coalesce(max(position), 0) FROM event_store.events")


async def read_log(database_url: str) -> list[RecordedEvent]:
    """Read the whole log."""
    async with connected(database_url, role="worker") as connection:
        events: list[RecordedEvent] = []
        while page := await read_events(connection, len(events), 5_000):
            events += page
    return events


async def relay_checkpoint(database_url: str) -> int:
    """Tell how far the relay is."""
    return await _number(database_url, "SELECT position FROM messaging.relay_checkpoints")


async def checkpoint_of(database_url: str, *groups: str) -> int:
    """Tell the least checkpoint of the groups' projections; of all groups when none is named."""
    names = [name for group in groups or GROUPS for name in DEFAULT_GROUPS[group]]
    query = "SELECT min(position) FROM read_models.checkpoints WHERE projection = ANY(%s)"
    return await _number(database_url, query, names)


async def _number(database_url: str, query: str, *values: object) -> int:
    async with superuser(database_url) as connection:
        row = await (await connection.execute(query.encode(), values or None)).fetchone()
    assert row is not None
    return int(row[0])


async def caught_up(database_url: str, *groups: str) -> float:
    """Wait until the groups stand at the head, and answer how long it took."""

    async def is_caught_up() -> bool:
        return await checkpoint_of(database_url, *groups) == await head_of(database_url)

    return await eventually(is_caught_up)


def folded(projection: Projection, events: Sequence[RecordedEvent]) -> dict[Key, Row]:
    """Fold events the plain way, one after the other."""
    rows: dict[Key, Row] = {}
    for event in events:
        if type(event.data) in projection.handles:
            for key in projection.keys(event):
                row = projection.evolve(rows.get(key), event, key)
                if row is None:
                    rows.pop(key, None)
                else:
                    rows[key] = row
    return rows


async def assert_tables_are_the_fold_of(
    database_url: str, events: Sequence[RecordedEvent], *groups: str
) -> None:
    """Compare every table of the groups, row by row, with the fold of the events."""
    async with connected(database_url, role="worker") as connection:
        for group in groups or GROUPS:
            for name in DEFAULT_GROUPS[group]:
                rows = await ReadTable(PROJECTIONS[name], 1).load_all(connection)
                assert rows == folded(PROJECTIONS[name], events), name


# The broker --------------------------------------------------------------------------------------


class Bystander:
    """A consumer of its own queue on the log's exchange: sees every message that passes."""

    def __init__(self) -> None:
        self.messages: list[AbstractIncomingMessage] = []

    @property
    def slices(self) -> list[tuple[int, int]]:
        """The positions of the messages, in the order in which they came."""
        return [
            (_position(message, "first_position"), _position(message, "last_position"))
            for message in self.messages
        ]

    @property
    def positions(self) -> list[int]:
        """Every position that came, in order, as often as it came."""
        return [position for first, last in self.slices for position in range(first, last + 1)]

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Take a message."""
        self.messages.append(message)
        await message.ack()

    async def look(self, message: AbstractIncomingMessage) -> None:
        """Look at a message; it goes back when the channel is closed."""
        self.messages.append(message)


def _position(message: AbstractIncomingMessage, header: str) -> int:
    value = message.headers[header]
    assert isinstance(value, int)
    return value


@asynccontextmanager
async def bystanding(amqp_url: str) -> AsyncGenerator[Bystander]:
    """Watch what the relay publishes, from the first message on."""
    bystander = Bystander()
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        exchange = await channel.declare_exchange("ordertrail.log", "fanout", durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange)
        await queue.consume(bystander.take)
        yield bystander


async def dead_letters(amqp_url: str, count: int) -> list[AbstractIncomingMessage]:
    """Take so many dead letters, waiting for them."""
    letters: list[AbstractIncomingMessage] = []
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        queue = await channel.get_queue(DEAD_LETTERS)

        async def all_came() -> bool:
            message = await queue.get(fail=False, no_ack=True)
            if message is not None:
                letters.append(message)
            return len(letters) >= count

        await eventually(all_came)
    return letters


async def first_message(amqp_url: str, queue: str) -> AbstractIncomingMessage:
    """Take the first message of a queue."""
    async with (
        await aio_pika.connect(amqp_url) as connection,
        connection.channel() as channel,
        (await channel.get_queue(queue)).iterator(timeout=PATIENCE_SECONDS) as messages,
    ):
        message = await anext(aiter(messages))
        await message.ack()
        return message


async def waiting_messages(amqp_url: str, queue: str) -> int:
    """Tell how many messages of a queue are ready or held by nobody."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        declared = await channel.declare_queue(queue, passive=True)
        count = declared.declaration_result.message_count
    return count or 0


async def waiting_consumers(amqp_url: str, queue: str) -> int:
    """Tell how many consumers a queue has; 0 as well when broker or queue are not there."""
    try:
        async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
            declared = await channel.declare_queue(queue, passive=True)
            return declared.declaration_result.consumer_count or 0
    except aio_pika.exceptions.CONNECTION_EXCEPTIONS:
        return 0


async def waiting_slices(amqp_url: str, queue: str) -> list[tuple[int, int]]:
    """Read the positions of the messages of a queue that nobody consumes, and put them back."""
    waiting = await waiting_messages(amqp_url, queue)
    bystander = Bystander()
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        await (await channel.get_queue(queue)).consume(bystander.look)
        await eventually(lambda: len(bystander.messages) >= waiting)
    return bystander.slices


async def positions_in(amqp_url: str, queue: str, last: int) -> list[int]:
    """Take the positions out of a queue, until the last one has come."""
    bystander = Bystander()
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        await (await channel.get_queue(queue)).consume(bystander.take)
        await eventually(lambda: bool(bystander.slices) and bystander.slices[-1][1] >= last)
    return bystander.positions


async def log_name(database_url: str) -> str:
    """Tell the name under which the database's log travels."""
    async with connected(database_url, role="worker") as connection:
        return await log_identity(connection)


def signed(events: Sequence[RecordedEvent], log: str) -> Message:
    """Make the message that the relay of that log would make of consecutive events."""
    (piece,) = cut(stored(events), log)
    return message_of(piece, log=log, key=SIGNING_KEY.encode())


@asynccontextmanager
async def sending(
    amqp_url: str, queue: str = "ordertrail.operational.0"
) -> AsyncGenerator[Callable[..., Awaitable[None]]]:
    """Put messages into a projector's queue, as anybody could who may write to the broker."""
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:

        async def send(*messages: Message) -> None:
            for message in messages:
                headers: Any = dict(message.headers)
                await channel.default_exchange.publish(
                    aio_pika.Message(message.body, headers=headers, delivery_mode=2),
                    routing_key=queue,
                )

        yield send
