"""What happens to what processes and servers say to each other?

A link is a connection of a process to a server: questions arrive in the order in which they were
asked, and each is worked on in one go. It may break before a question arrives, or after it has been
worked on; a question may arrive long after its asker has given up; the line may go dead without a
word. What a schedule's chance decides here is what a real network and a real server do.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final, TypeVar

from tests.simulation.processes import Process, for_ever

DELAY_SECONDS: Final = 0.0004
JITTER_SECONDS: Final = 0.002
LATE_SECONDS_MAX: Final = 3.0
SLOW_SECONDS_MAX: Final = 6.0
SILENT_SECONDS: Final = (4.0, 12.0)
"""How long a dead line goes unnoticed by whoever waits without a timeout."""

NOTICE_SECONDS_MAX: Final = 2.0
"""How long a server takes to notice that a client has gone."""

Answer = TypeVar("Answer")


class Fate(Enum):
    """What becomes of one question."""

    ANSWERED = auto()
    LOST = auto()
    ANSWER_LOST = auto()
    LATE = auto()
    SILENT = auto()
    SLOW = auto()


TROUBLES: Final = (Fate.LOST, Fate.ANSWER_LOST, Fate.LATE, Fate.SILENT, Fate.SLOW)


@dataclass(slots=True)
class Network:
    """The chance of one schedule; `trouble` is how likely a question meets one."""

    chance: random.Random
    trouble: float = 0.0

    def delay_seconds(self) -> float:
        """Choose how long something is on its way."""
        return DELAY_SECONDS + JITTER_SECONDS * self.chance.random()

    def fate(self) -> Fate:
        """Choose what becomes of a question."""
        if self.trouble and self.chance.random() < self.trouble:
            return self.chance.choice(TROUBLES)
        return Fate.ANSWERED


@dataclass(slots=True, eq=False)
class Server:
    """Something that processes connect to."""

    network: Network
    is_up: bool = True
    links: "dict[Link, None]" = field(default_factory=dict["Link", None])

    def crash(self) -> None:
        """Forget every connection; what was on its way is gone."""
        for link in list(self.links):
            link.end()

    async def connect(self, process: Process, lost: Callable[[str], Exception]) -> "Link":
        """Open a connection.

        Raises:
            Exception: made by `lost`: the server is down.
        """
        if not process.is_alive:
            await for_ever()
        await asyncio.sleep(self.network.delay_seconds())
        if not self.is_up or self.network.fate() is not Fate.ANSWERED:
            raise lost("no server answers")
        link = Link(self, process, lost)
        self.links[link] = None
        process.links[link] = None
        return link


class Link:
    """A connection; `is_lost` is what the client knows, `is_ended` what the server knows."""

    def __init__(self, server: Server, process: Process, lost: Callable[[str], Exception]) -> None:
        self.process = process
        self.is_lost = False
        self.is_ended = False
        self.heard_at = asyncio.get_running_loop().time()
        self.on_loss: Callable[[], object] | None = None
        self.on_end: Callable[[], object] | None = None
        self._server = server
        self._lost = lost
        self._answers: dict[asyncio.Future[Any], None] = {}
        self._arrives_at = 0.0
        self._swallows = False

    async def call(self, work: Callable[[], Answer], not_before: float = 0.0) -> Answer:
        """Ask the server to do something in one go, and wait for the answer.

        Raises:
            Exception: made by `lost`: the link broke, and nobody knows whether it was done; or
                what the work raises.
        """
        if not self.process.is_alive:
            await for_ever()
        if self.is_lost:
            raise self._lost("the connection is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._answers[answer] = None
        self._send(work, answer, not_before)
        try:
            return await answer
        finally:
            del self._answers[answer]

    def post(self, work: Callable[[], object]) -> None:
        """Tell the server something that has no answer.

        Raises:
            Exception: made by `lost`: the link is broken.
        """
        if self.is_lost:
            raise self._lost("the connection is closed")
        self._send(work, None, 0.0)

    def tell(self, callback: Callable[[], object]) -> None:
        """Let the server tell the client something, after all it has said before."""
        self._at(self._next_arrival(0.0), self._hear, callback)

    def cut(self) -> None:
        """Break; the client knows at once, the server after a while."""
        if not self.is_lost:
            chance = self._server.network.chance
            self._swallows = chance.random() < 0.5
            self._lose()
            asyncio.get_running_loop().call_later(chance.random() * NOTICE_SECONDS_MAX, self.end)

    def close(self) -> None:
        """Close in good order: the server knows a moment later."""
        if not self.is_lost:
            self._lose()
            self._at(self._next_arrival(0.0), self.end)

    def end(self) -> None:
        """End at the server: nothing that arrives later is worked on."""
        if not self.is_ended:
            self.is_ended = True
            self._server.links.pop(self, None)
            self._lose()
            if self.on_end is not None:
                self.on_end()

    def _lose(self) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        self.process.links.pop(self, None)
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(self._lost("the connection broke"))
        if self.on_loss is not None:
            self.process.hear(self.on_loss)

    def _send(
        self, work: Callable[[], Any], answer: asyncio.Future[Any] | None, not_before: float
    ) -> None:
        network = self._server.network
        chance, fate, now = network.chance, network.fate(), asyncio.get_running_loop().time()
        if fate is Fate.LOST:
            self._swallows = True
            self._at(now + network.delay_seconds(), self.cut)
            return
        if fate is Fate.SILENT:
            self._swallows = chance.random() < 0.5
            self._at(now + chance.uniform(*SILENT_SECONDS), self.cut)
            answer = None
        elif fate is Fate.SLOW:
            not_before = now + chance.random() * SLOW_SECONDS_MAX
        elif fate is Fate.LATE:
            not_before = now + chance.random() * LATE_SECONDS_MAX
            self._at(not_before + network.delay_seconds(), self.end)
            self._at(now + network.delay_seconds(), self._lose)
        elif fate is Fate.ANSWER_LOST:
            self._at(self._next_arrival(not_before) + DELAY_SECONDS, self.cut)
            answer = None
        self._at(self._next_arrival(not_before), self._arrive, work, answer)

    def _next_arrival(self, not_before: float) -> float:
        """Choose when the next thing arrives: never before the one before it."""
        now = asyncio.get_running_loop().time()
        soonest = max(now + self._server.network.delay_seconds(), not_before)
        self._arrives_at = max(self._arrives_at + 1e-6, soonest)
        return self._arrives_at

    def _arrive(self, work: Callable[[], Any], answer: asyncio.Future[Any] | None) -> None:
        if self.is_ended or not self._server.is_up or (self.is_lost and self._swallows):
            return
        self.heard_at = asyncio.get_running_loop().time()
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it goes to whoever asked
            self._reply(answer, error)
        else:
            self._reply(answer, result)

    def _reply(self, answer: asyncio.Future[Any] | None, result: object) -> None:
        if answer is not None:
            now = asyncio.get_running_loop().time()
            self._at(now + self._server.network.delay_seconds(), _settle, answer, result)

    def _hear(self, callback: Callable[[], object]) -> None:
        if not self.is_lost:
            self.process.hear(callback)

    @staticmethod
    def _at(when: float, callback: Callable[..., object], *values: object) -> None:
        asyncio.get_running_loop().call_at(when, callback, *values)


def _settle(answer: asyncio.Future[Any], result: object) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
