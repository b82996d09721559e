"""How do the relay and the followers of the simulation reach the database and the broker?

`Relay`, `RelayTerm`, `Follower`, `FollowerTerm`, `BrokerFeed` and the rule of a follower are the
real ones. What they open (sessions, publishers, consumers, the listener for growth) is replaced by
classes of the same shape that speak to the servers of the simulation.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self, cast

from aio_pika.exceptions import PublishError

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.projection import Projection
from sql.database_lost import DatabaseLost
from sql.followed_log import FollowedLog
from sql.stored_events import StoredEvent
from tests.simulation.broker import Broker, Message, Subscription
from tests.simulation.database import Database
from tests.simulation.network import Link
from tests.simulation.processes import Process, current_process
from workers.broker import BrokerLost, answer_of
from workers.consumer import Consumer, Delivered
from workers.follower import Follower
from workers.metrics import FollowerCounters, RelayCounters
from workers.options import BrokerOptions, GroupOptions, ProjectorOptions, RelayOptions
from workers.publisher import PUBLISH_TIMEOUT_SECONDS
from workers.relay import Relay
from workers.topology import queue_name

GROUP: Final = "operational"
STANDBY_POLL_SECONDS: Final = 0.15
"""Shorter than the real one, so that takeovers meet traffic in a short run."""

OPTIONS: Final = BrokerOptions(
    url="amqp://simulation", groups=(GROUP,), signing_key=b"a key that only the simulation knows"
)


COUNTED: Final = (
    *("slices", "returned", "blocked", "attached", "handed_back"),
    *("duplicates", "other_log", "dead_letters", "healed_gap", "healed_idle", "withheld_read"),
)


class Services:
    """What a process of the delivery side connects to; one per simulation."""

    def __init__(
        self, database: Database, broker: Broker, projections: Sequence[Projection]
    ) -> None:
        self.database = database
        self.broker = broker
        self.projections = tuple(projections)
        self._counters: list[FollowerCounters | RelayCounters] = []
        self._listeners: list[tuple[Process, Callable[[], None]]] = []

    def grew(self, _position: int) -> None:
        """Tell whoever listens that the log has grown, if the word gets through."""
        network = self.database.network
        for process, wake in self._listeners:
            if network.chance.random() >= network.trouble:
                asyncio.get_running_loop().call_later(network.delay_seconds(), process.hear, wake)

    def counts(self) -> Counter[str]:
        """Add up what the relays and the followers counted."""
        total: Counter[str] = Counter()
        for counters in self._counters:
            for each in COUNTED:
                total[each] += getattr(counters, each, 0)
        return total

    def listen(self, process: Process, wake: Callable[[], None]) -> None:
        """Let a process hear of growth."""
        self._listeners = [each for each in self._listeners if each[0].is_alive]
        self._listeners.append((process, wake))

    async def relay(self, process: Process) -> None:
        """Be a relay process."""
        del process
        relay = Relay(RelayOptions(database_url="", role="relay", broker=OPTIONS))
        self._counters.append(relay.counters)
        await relay.run()

    async def follower(self, process: Process) -> None:
        """Be a projector process."""
        group = GroupOptions(name=GROUP, projections=self.projections)
        options = ProjectorOptions(database_url="", role="worker", groups=(group,), broker=OPTIONS)
        log = cast("FollowedLog", SimulatedFollowedLog(self.database))
        follower = Follower(options, group, log, FollowerCounters())
        self._counters.append(follower.counters)
        self.listen(process, follower.wake_ups.log_grew)
        await follower.run()


SERVICES: list[Services] = []


@contextmanager
def serving(services: Services) -> Generator[None]:
    """Let everything that is opened lead to these services, once REPLACED is in place."""
    SERVICES.append(services)
    try:
        yield
    finally:
        SERVICES.pop()


class _Session:
    """A session that may hold a lock."""

    def __init__(self, database: Database, link: Link, key: str) -> None:
        self._database = database
        self._link = link
        self._key = key

    async def _lock(self) -> None:
        def take() -> bool:
            return self._database.try_lock(self._key, self._link)

        while not await self._link.call(take):  # noqa: ASYNC110 - the condition is the server's
            await asyncio.sleep(STANDBY_POLL_SECONDS)

    async def keep_alive(self) -> None:
        """Let the server hear from this session."""
        await self._link.call(lambda: None)

    async def close(self) -> None:
        """End the session and the right with it."""
        self._link.close()


class SimulatedRelaySession(_Session):
    """What `RelaySession` is, over the database of the simulation."""

    checkpoint = 0

    @classmethod
    async def open(cls, _url: str, _role: str) -> Self:
        """Connect as standby."""
        database = SERVICES[-1].database
        return cls(database, await database.connect(current_process(), DatabaseLost), "relay")

    async def acquire(self) -> None:
        """Become the active relay and load the checkpoint."""
        await self._lock()
        self.checkpoint = await self._link.call(lambda: self._database.relay_checkpoint)

    async def log_identity(self) -> str:
        """Name the log."""
        return await self._link.call(lambda: self._database.identity)

    async def read(self, after: int, limit: int) -> list[StoredEvent]:
        """Read the events after a position."""
        return await self._link.call(lambda: self._database.read(after, limit))

    async def advance(self, position: int) -> None:
        """Move the checkpoint."""
        old = self.checkpoint
        await self._link.call(lambda: self._database.move_relay(old, position))
        self.checkpoint = position


class SimulatedProjectorSession(_Session):
    """What `ProjectorSession` is, over the tables of the simulation."""

    def __init__(self, database: Database, link: Link, key: str, names: Sequence[str]) -> None:
        super().__init__(database, link, key)
        self._names = names
        self._positions: dict[str, int] = {}

    @classmethod
    async def open(
        cls,
        _url: str,
        group: str,
        projections: Sequence[Projection],
        _role: str,
        _begun: object = None,
    ) -> Self:
        """Connect as standby."""
        database = SERVICES[-1].database
        link = await database.connect(current_process(), DatabaseLost)
        return cls(database, link, f"projector {group}", [each.name for each in projections])

    @property
    def position(self) -> int:
        """The least checkpoint of the group."""
        return min(self._positions.values())

    async def acquire(self) -> None:
        """Take the right to write the group and load the checkpoints."""
        await self._lock()
        self._positions = await self._link.call(
            lambda: {name: self._database.tables[name].position for name in self._names}
        )

    async def apply(self, events: Sequence[RecordedEvent]) -> int:
        """Fold consecutive events into the group's tables, and answer the new position.

        Raises:
            AssertionError: an event cannot be applied; every event of the simulation can be.
        """
        first, last = (events[0].position, events[-1].position) if events else (1, 0)
        assert last - first == len(events) - 1, "a slice holds consecutive events"
        assert first <= self.position + 1, "a slice continues the group's least checkpoint"
        if last > self.position:
            moves = {name: old for name, old in self._positions.items() if old < last}
            await self._link.call(lambda: self._write(moves, events))
            self._positions |= dict.fromkeys(moves, last)
        return self.position

    def _write(self, moves: Mapping[str, int], events: Sequence[RecordedEvent]) -> None:
        try:
            self._database.write(moves, events)
        except ProjectionFailed as failed:
            raise AssertionError(f"{failed}: {failed.__cause__}") from failed

    @property
    def parked(self) -> int:
        """How much is parked: nothing."""
        return 0

    def take_new_parks(self) -> list[Any]:
        """Answer what was parked since the last time: nothing."""
        return []


class SimulatedFollowedLog:
    """What `FollowedLog` is, over the log of the simulation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._link: Link | None = None

    async def identity(self) -> str:
        """Name the log."""
        return await self._ask(lambda: self._database.identity)

    async def head(self) -> int:
        """Tell the last position."""
        return await self._ask(lambda: self._database.head)

    async def read(self, after: int, limit: int, _wanted: object = None) -> list[RecordedEvent]:
        """Read the events after a position."""
        return await self._ask(lambda: self._database.recorded()[after : after + limit])

    async def read_range(self, first: int, last: int) -> list[RecordedEvent]:
        """Read the events between two positions, both included."""
        return await self._ask(lambda: self._database.recorded()[first - 1 : last])

    async def _ask(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever was asked for
        if self._link is None or self._link.is_lost:
            self._link = await self._database.connect(current_process(), DatabaseLost)
        return await self._link.call(work)


class SimulatedListener:
    """What `LogListener` is: wakes when the log grows."""

    def __init__(self, _url: str, _role: str, wake: Callable[[], None]) -> None:
        self._wake = wake

    async def __aenter__(self) -> Self:
        SERVICES[-1].listen(current_process(), self._wake)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go on listening; the process ends soon."""


class Returned(PublishError):
    """A message that no queue took."""

    def __init__(self) -> None:
        Exception.__init__(self, "no queue took it")

    def __str__(self) -> str:
        return "no queue took it"


class SimulatedPublisher:
    """What `Publisher` is, over the broker of the simulation."""

    def __init__(self, broker: Broker, link: Link) -> None:
        self.connection: Final = link
        self._broker = broker

    @classmethod
    async def open(cls, _options: BrokerOptions, _purpose: str) -> Self:
        """Connect."""
        return cls(SERVICES[-1].broker, await connect_to_broker())

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, int | str],
        content_type: str | None,
    ) -> None:
        """Publish, and wait for the confirm."""
        del routing_key, content_type
        async with asyncio.timeout(PUBLISH_TIMEOUT_SECONDS):
            is_routed = await self.connection.call(
                lambda: self._broker.publish(exchange, headers, body), self._broker.blocked_until
            )
        if not is_routed:
            raise Returned

    async def takes_messages(self, timeout_seconds: float) -> bool:
        """Wait until the broker lets publishers publish; False while it blocks them."""
        if self.connection.is_lost:
            raise BrokerLost("the publishing channel is closed")
        blocked = self._broker.blocked_until - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, min(blocked, timeout_seconds)))
        return blocked <= timeout_seconds

    async def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class SimulatedConsumer(Consumer):
    """What `Consumer` is, with its own way of holding deliveries, over the simulation's broker."""

    def __init__(self, link: Link, on_event: Callable[[], None]) -> None:
        unused = cast("Any", None)
        super().__init__(unused, unused, on_event)
        self._link = link
        self._subscription: Subscription | None = None

    @classmethod
    async def open(cls, options: BrokerOptions, group: str, on_event: Callable[[], None]) -> Self:
        """Connect, declare the queue and begin to consume it."""
        del options
        broker, link = SERVICES[-1].broker, await connect_to_broker()
        consumer = cls(link, on_event)
        link.on_loss = lambda: consumer._on_loss(None)
        try:
            await answer_of(link.call(lambda: consumer._subscribe(broker, group)))
        except BaseException:
            link.close()
            raise
        return consumer

    def _subscribe(self, broker: Broker, group: str) -> None:
        broker.declare((group,))
        self._subscription = Subscription(
            broker.queues[queue_name(group)],
            self._link,
            lambda tag, message: self._link.tell(lambda: self._take(tag, message)),
            lambda: self._on_loss(None),
            {},
        )
        broker.subscribe(self._subscription)

    def _take(self, tag: int, message: Message) -> None:
        if not self.is_lost:
            self._waiting.append(Delivered(tag, message.headers, message.body))
            self._on_event()

    async def acknowledge(self, tag: int) -> None:
        """Acknowledge everything that was delivered up to a message."""
        if self.is_lost or self._subscription is None:
            raise BrokerLost("the consumer is lost")
        subscription = self._subscription
        self._link.post(lambda: subscription.acknowledge(tag))

    async def close(self) -> None:
        """Stop consuming and hand back what is not acknowledged."""
        self.is_lost = True
        self._waiting.clear()
        self._link.close()


async def connect_to_broker() -> Link:
    """Open a connection to the broker."""
    return await SERVICES[-1].broker.connect(current_process(), BrokerLost)


async def declare_topology(link: Link, options: BrokerOptions, groups: tuple[str, ...]) -> None:
    """Declare the queues of the groups."""
    del options
    broker = SERVICES[-1].broker
    await answer_of(link.call(lambda: broker.declare(groups)))


BOUNDS: Final[Mapping[str, float]] = {
    "sql.appender.BATCH_COMMANDS_MAX": 8,
    "workers.broker_feed.BATCH_EVENTS_MAX": 5,
    "workers.feed_choice.SILENCE_SECONDS_MAX": 4.0,
    "workers.follow_rule.HEAL_EVENTS_MAX": 3,
    "workers.follower_term.HEAL_EVENTS_MAX": 3,
    "workers.relay_term.PAGE_EVENTS_FIRST": 4,
    "workers.relay_term.PAGE_EVENTS_MAX": 6,
    "workers.relay_term.WINDOW_SLICES_MAX": 2,
    "workers.slice.SLICE_EVENTS_MAX": 3,
    "workers.store_feed.PAGE_EVENTS_MAX": 6,
}
"""Bounds so small that a run of a dozen events meets them."""

REPLACED: Final[Mapping[str, object]] = {
    "workers.relay.RelaySession": SimulatedRelaySession,
    "workers.relay.LogListener": SimulatedListener,
    "workers.relay.Publisher": SimulatedPublisher,
    "workers.relay.declare_topology": declare_topology,
    "workers.follower.ProjectorSession": SimulatedProjectorSession,
    "workers.broker_feed.Consumer": SimulatedConsumer,
    "workers.dead_letters.Publisher": SimulatedPublisher,
}
