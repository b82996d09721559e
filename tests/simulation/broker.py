"""What does RabbitMQ do with the relay's messages, on a good day and on a bad one?

A fanout exchange with a queue per group: one active consumer, bounded prefetch, redelivery of what
was not acknowledged, a delivery limit. On a bad day it loses messages that it has confirmed,
delivers some twice, late or out of order, drops the head of a queue, cancels a consumer, loses a
queue, or everything.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from tests.simulation.network import Link, Network, Server
from workers.topology import LOG_EXCHANGE, queue_name

DELIVERY_LIMIT: Final = 20
PREFETCH_MESSAGES: Final = 6
LATE_SECONDS_MAX: Final = 2.0
OVERTAKEN_SECONDS_MAX: Final = 0.05
COPIES_MAX: Final = 3


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue."""

    headers: Mapping[str, object]
    body: bytes
    returned: int = 0


class Misfortune(NamedTuple):
    """How likely a message comes to harm in a queue."""

    lost: float = 0.0
    repeated: float = 0.0
    late: float = 0.0
    out_of_order: float = 0.0
    spoilt: float = 0.0


@dataclass(slots=True, eq=False)
class Subscription:
    """A consumer, as the broker sees it."""

    queue: "Queue"
    link: Link
    deliver: Callable[[int, Message], None]
    on_cancel: Callable[[], None]
    unacknowledged: dict[int, Message]
    last_tag: int = 0

    def acknowledge(self, tag: int) -> None:
        """Forget everything delivered up to a tag."""
        for each in [each for each in self.unacknowledged if each <= tag]:
            del self.unacknowledged[each]
        self.queue.pump()

    def end(self) -> None:
        """Put back what was not acknowledged, and let the next consumer go on."""
        queue = self.queue
        if self not in queue.subscriptions:
            return
        queue.subscriptions.remove(self)
        for message in reversed(self.unacknowledged.values()):
            message.returned += 1
            if message.returned <= DELIVERY_LIMIT:
                queue.messages.appendleft(message)
        self.unacknowledged.clear()
        queue.pump()


class Queue:
    """A quorum queue with a single active consumer."""

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.subscriptions: list[Subscription] = []

    def is_drained(self) -> bool:
        """Say whether everything was acknowledged."""
        return not self.messages and not any(each.unacknowledged for each in self.subscriptions)

    def pump(self) -> None:
        """Deliver to the active consumer as much as it may hold."""
        if not self.subscriptions:
            return
        active = self.subscriptions[0]
        while self.messages and len(active.unacknowledged) < PREFETCH_MESSAGES:
            message = self.messages.popleft()
            active.last_tag += 1
            active.unacknowledged[active.last_tag] = message
            active.deliver(active.last_tag, message)


class Broker(Server):
    """The broker of one simulation."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self.misfortune = Misfortune()
        self.blocked_until = 0.0
        self.queues: dict[str, Queue] = {}
        self.dead_letters = 0

    def declare(self, groups: tuple[str, ...]) -> None:
        """Make the queues of the groups."""
        for group in groups:
            self.queues.setdefault(queue_name(group), Queue())

    def publish(self, exchange: str, headers: Mapping[str, object], body: bytes) -> bool:
        """Put a message into every queue, and say whether there was any."""
        if exchange != LOG_EXCHANGE:
            self.dead_letters += 1
            return True
        for name in self.queues:
            self._enqueue(name, Message(headers, body))
        return bool(self.queues)

    def subscribe(self, subscription: Subscription) -> None:
        """Add a consumer."""
        subscription.queue.subscriptions.append(subscription)
        subscription.link.on_end = subscription.end
        subscription.queue.pump()

    def cancel_consumers(self) -> None:
        """Cancel every consumer, as a broker does whose queue moves."""
        for queue in self.queues.values():
            for subscription in list(queue.subscriptions):
                subscription.link.tell(subscription.on_cancel)

    def drop_head(self, count: int) -> None:
        """Drop the oldest messages of every queue, as one does that is full."""
        for queue in self.queues.values():
            for _ in range(min(count, len(queue.messages))):
                queue.messages.popleft()

    def delete_queues(self) -> None:
        """Lose the queues with all that is in them, and their consumers."""
        self.cancel_consumers()
        for queue in self.queues.values():
            queue.subscriptions.clear()
        self.queues.clear()

    def _enqueue(self, name: str, message: Message) -> None:
        chance, misfortune = self.network.chance, self.misfortune
        if chance.random() < misfortune.lost:
            return
        copies = 1
        if chance.random() < misfortune.repeated:
            copies = chance.randint(2, COPIES_MAX)
        for _ in range(copies):
            copy = Message(message.headers, message.body)
            if chance.random() < misfortune.spoilt:
                copy.headers = {**message.headers, "hmac": "0"}
            delay = self._delay_seconds()
            if delay:
                asyncio.get_running_loop().call_later(delay, self._add, name, copy)
            else:
                self._add(name, copy)

    def _delay_seconds(self) -> float:
        chance, misfortune = self.network.chance, self.misfortune
        if chance.random() < misfortune.late:
            return chance.random() * LATE_SECONDS_MAX
        if chance.random() < misfortune.out_of_order:
            return chance.random() * OVERTAKEN_SECONDS_MAX
        return 0.0

    def _add(self, name: str, message: Message) -> None:
        queue = self.queues.get(name)
        if queue is None or not self.is_up:
            return
        queue.messages.append(message)
        queue.pump()
