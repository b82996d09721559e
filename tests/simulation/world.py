"""How does one schedule run, and what must hold in the end and on the way?

API processes, relays and followers on one database and one broker; clients that ask, again if need
be; the schedule's faults. Then the faults stop, everything that died is started again, and within
two minutes every client has its answer, the relay and every table stand at the head of the log and
the queues are empty. Checked: I1 to I7 and I10 of reliability.md F2.
"""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from commands.envelope import Answer
from commands.handler import CommandHandler
from domain.errors import (
    ConcurrentModification,
    IdempotencyInProgress,
    OrderTrailError,
    Unavailable,
)
from projections.projection import Projection
from sql.codec import decode_event
from tests.simulation import virtual_time
from tests.simulation.append_model import AppendModel, CommandRow
from tests.simulation.broker import Broker, Misfortune
from tests.simulation.command_side import CommandProcess, MakeHandler
from tests.simulation.database import Database
from tests.simulation.delivery_side import Services, serving
from tests.simulation.network import Network
from tests.simulation.processes import Main, Process, make_task
from tests.simulation.read_models import PROJECTIONS
from tests.simulation.schedules import Fault, Kind, Schedule
from tests.simulation.traffic import Wish, Witness, begin, wishes

CALM_SECONDS_MAX: Final = 120.0
LOOK_SECONDS: Final = 0.25
BURSTS: Final = 4
TRAFFIC_SECONDS: Final = 2.0
BURST_SECONDS: Final = (0.002, 0.005, 0.05)
"""Clients come together, so that decisions meet each other."""

RESTART_SECONDS_MAX: Final = 1.0
PATIENCE_SECONDS: Final = (0.5, 15.0)
CALM_PATIENCE_SECONDS: Final = 30.0

Result = Answer | OrderTrailError


class ProcessDied(Exception):
    """The process that was asked died before it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of which one is replaced to plant a bug."""

    log: Callable[[], AppendModel] = AppendModel
    database: Callable[[Network, AppendModel, Sequence[Projection]], Database] = Database
    handler: MakeHandler = CommandHandler


@dataclass(slots=True)
class _Role:
    """A place that some process fills, one incarnation after the other."""

    name: str
    make: Callable[[], Main]
    process: Process | None = None
    incarnations: int = 0


@dataclass(slots=True)
class Tally:
    """What a run did, so that a test can tell that it did something."""

    counts: Counter[str] = field(default_factory=Counter[str])
    log: str = ""
    violations: list[str] = field(default_factory=list[str])


def simulate(schedule: Schedule, parts: Parts | None = None) -> Tally:
    """Run a schedule.

    Raises:
        AssertionError: an invariant did not hold.
    """
    random.seed(schedule.seed)  # the workers' pauses are drawn from there
    return virtual_time.run(_World(schedule, parts or Parts()).run())


class _World:
    """One run."""

    def __init__(self, schedule: Schedule, parts: Parts) -> None:
        self._schedule = schedule
        self._chance = random.Random(schedule.seed)
        self._network = Network(self._chance, schedule.trouble)
        log = parts.log()
        self._begun = begin(log)
        self._database = parts.database(self._network, log, PROJECTIONS)
        self._broker = Broker(self._network)
        self._broker.misfortune = schedule.misfortune
        self._services = Services(self._database, self._broker, PROJECTIONS)
        self._wishes = wishes(self._chance, schedule.commands)
        self._bursts = [
            (self._chance.random() * TRAFFIC_SECONDS, self._chance.choice(BURST_SECONDS))
            for _ in range(BURSTS)
        ]
        self._handlers: dict[str, CommandProcess] = {}
        self._make_handler = parts.handler
        self._roles = [
            *(self._api(f"api-{number}") for number in range(schedule.apis)),
            *(_Role(f"relay-{n}", lambda: self._services.relay) for n in range(schedule.relays)),
            *(
                _Role(f"follower-{n}", lambda: self._services.follower)
                for n in range(schedule.followers)
            ),
        ]
        self._is_calm = False
        self._helpers: list[asyncio.Task[None]] = []
        self._told: list[tuple[Wish, Answer]] = []
        self._tally = Tally()

    def _api(self, name: str) -> _Role:
        def make() -> Main:
            server = CommandProcess(self._database, self._make_handler, self._services.grew)
            self._handlers[name] = server
            return server.main

        return _Role(name, make)

    async def run(self) -> Tally:
        """Run the schedule to its end and check."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(make_task)
        begun_at = loop.time()
        with serving(self._services):
            try:
                await self._run_to_convergence()
            finally:
                await self._end()
        self._check()
        self._count("virtual seconds", int(loop.time() - begun_at))
        self._tally.log = hashlib.sha256(repr(self._database.log.events).encode()).hexdigest()
        self._count("events", self._database.head - self._begun)
        self._tally.counts += self._services.counts() + self._database.outcomes
        return self._tally

    def _count(self, what: str, count: int = 1) -> None:
        self._tally.counts[what] += count

    async def _run_to_convergence(self) -> None:
        loop = asyncio.get_running_loop()
        calm_at = loop.time() + TRAFFIC_SECONDS
        for role in self._roles:
            self._helpers.append(asyncio.create_task(self._keep(role)))
        work = [asyncio.create_task(self._client(wish)) for wish in self._wishes]
        work += [asyncio.create_task(self._fault(each)) for each in self._schedule.faults]
        self._helpers += work
        await self._until(lambda: loop.time() >= calm_at)
        self._calm_down()
        await self._until(lambda: all(task.done() for task in work))
        for task in work:
            task.result()
        await self._until(self._has_converged)

    async def _end(self) -> None:
        """Let nobody live on."""
        for task in self._helpers:
            task.cancel()
        await asyncio.gather(*self._helpers, return_exceptions=True)
        for role in self._roles:
            if role.process is not None:
                role.process.kill()
                await asyncio.wait({role.process.died})

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Look again and again, and fail when something was violated meanwhile."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + CALM_SECONDS_MAX
        while not condition():
            assert not self._tally.violations, self._tally.violations[0]
            assert loop.time() < give_up_at, f"no convergence: {self._standing()}"
            await asyncio.sleep(LOOK_SECONDS)
        assert not self._tally.violations, self._tally.violations[0]

    def _has_converged(self) -> bool:
        head = self._database.head
        return (
            self._database.relay_checkpoint == head
            and all(table.position == head for table in self._database.tables.values())
            and all(queue.is_drained() for queue in self._broker.queues.values())
        )

    def _standing(self) -> str:
        database = self._database
        tables = {name: table.position for name, table in database.tables.items()}
        queues = [len(queue.messages) for queue in self._broker.queues.values()]
        return (
            f"head {database.head}, relay {database.relay_checkpoint}, {tables}, queued {queues},"
            f" {dict(self._tally.counts)}, {len(self._wishes)} wishes"
        )

    # Processes -------------------------------------------------------------------------------

    async def _keep(self, role: _Role) -> None:
        """Start one incarnation after the other."""
        while True:
            role.incarnations += 1
            process = role.process = Process(f"{role.name}#{role.incarnations}", self._crashed)
            process.start(role.make())
            await process.died
            self._count("deaths")
            await asyncio.sleep(self._chance.random() * RESTART_SECONDS_MAX)

    def _crashed(self, process: Process, error: BaseException) -> None:
        self._tally.violations.append(f"{process.name} ended by {error!r}")

    # Clients ---------------------------------------------------------------------------------

    async def _client(self, wish: Wish) -> None:
        begins, lasts = self._chance.choice(self._bursts)
        await asyncio.sleep(begins + self._chance.random() * lasts)
        while True:
            result = await self._ask(wish)
            if isinstance(result, Answer):
                self._count("replayed" if result.replayed else "answered")
                self._told.append((wish, result))
                return
            if result is not None:
                self._count("refused")
                return
            await asyncio.sleep(self._chance.uniform(0.05, 0.5))

    async def _ask(self, wish: Wish) -> Result | None:
        """Ask one process once; None when nothing definite came of it."""
        role = self._chance.choice([role for role in self._roles if role.name in self._handlers])
        process, handler = role.process, self._handlers[role.name].handler
        if process is None or not process.is_alive or handler is None:
            return None
        self._count("asked")
        patience = self._chance.uniform(*PATIENCE_SECONDS)
        if self._is_calm:
            patience = CALM_PATIENCE_SECONDS
        asked = process.begin(self._handle(handler, wish))
        await asyncio.wait({asked, process.died}, timeout=patience, return_when="FIRST_COMPLETED")
        if not asked.done():
            asked.cancel()
            return None
        if asked.cancelled() or not process.is_alive:
            return None
        return asked.result()

    async def _handle(self, handler: CommandHandler, wish: Wish) -> Result | None:
        witness = Witness(self._database, wish)
        try:
            answer = await handler.handle(wish.command, wish.envelope())
        except (Unavailable, ConcurrentModification, IdempotencyInProgress):
            return None
        except OrderTrailError as error:
            self._judge(partial(witness.check_refusal, error))
            return error
        self._judge(partial(witness.check_answer, answer))
        return answer

    def _judge(self, check: Callable[[], None]) -> None:
        try:
            check()
        except AssertionError as violated:
            self._tally.violations.append(str(violated))

    # Faults ----------------------------------------------------------------------------------

    async def _fault(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at_milliseconds / 1_000)
        if fault.kind in {Kind.KILL, Kind.STOP, Kind.CUT}:
            await self._hit_process(fault)
        elif fault.kind in _DATABASE_FAULTS:
            await self._hit_database(fault)
        else:
            await self._hit_broker(fault)

    async def _hit_process(self, fault: Fault) -> None:
        role = self._roles[fault.target % len(self._roles)]
        process = role.process
        if process is None or not process.is_alive:
            return
        match fault.kind:
            case Kind.KILL:
                process.dies_at_step = process.steps + 1 + fault.amount
            case Kind.STOP:
                process.stop()
                await asyncio.sleep(fault.amount / 3)
                process.go_on()
            case _:
                for link in list(process.links):
                    link.cut()

    async def _hit_database(self, fault: Fault) -> None:
        database = self._database
        if fault.kind is Kind.SLIPPED_LOCK:
            database.slip_locks()
            return
        if not database.is_up:
            return
        database.is_up = False
        database.crash()
        database.lose_unflushed()
        if fault.kind is Kind.FAILOVER:
            database.promote(0)
        elif fault.kind is Kind.LOSING_FAILOVER:
            database.promote(fault.amount)
        self._check_tables()
        await asyncio.sleep(fault.amount / 10)
        database.is_up = True

    async def _hit_broker(self, fault: Fault) -> None:
        broker, now = self._broker, asyncio.get_running_loop().time()
        match fault.kind:
            case Kind.BROKER_CRASH | Kind.BROKER_WIPED:
                broker.is_up = False
                broker.crash()
                if fault.kind is Kind.BROKER_WIPED:
                    broker.delete_queues()
                await asyncio.sleep(fault.amount / 10)
                broker.is_up = True
            case Kind.QUEUES_DELETED:
                broker.delete_queues()
            case Kind.HEAD_DROPPED:
                broker.drop_head(fault.amount)
            case Kind.TAIL_LOST:
                if not self._is_calm:
                    broker.misfortune = Misfortune(lost=1.0)
            case Kind.CONSUMERS_CANCELLED:
                broker.cancel_consumers()
            case _:
                broker.blocked_until = now + fault.amount / 4

    def _calm_down(self) -> None:
        """Let nothing go wrong any more but what is under way."""
        self._is_calm = True
        self._network.trouble = 0.0
        self._broker.misfortune = Misfortune()

    # Checks ----------------------------------------------------------------------------------

    def _check_tables(self) -> None:
        """I5, I6: every table is the fold of the log up to its checkpoint."""
        for name, table in self._database.tables.items():
            assert table.position <= self._database.head, name
            assert table.rows == self._database.expected_rows(name), (
                f"{name} is not the fold of the log up to {table.position}"
            )

    def _check(self) -> None:
        self._check_tables()
        self._check_density()
        asked = {wish.place: wish for wish in self._wishes}
        explained = self._begun
        for place, row in self._database.log.commands.items():
            explained += self._check_record(asked[place], row)
        assert explained == self._database.head, "an event belongs to no command"
        for wish, answer in self._told:
            row = self._database.log.commands.get(wish.place)
            if row is None:
                assert wish.place in self._database.lost_keys, f"{wish} was answered and is lost"
            elif wish.place not in self._database.lost_keys:
                assert (answer.version, answer.position) == (row.version, row.last_position), wish

    def _check_density(self) -> None:
        """I4: positions and versions have no hole."""
        versions: dict[str, int] = {}
        for position, event in enumerate(self._database.log.events, start=1):
            versions[event.stream] = versions.get(event.stream, 0) + 1
            assert (event.position, event.version) == (position, versions[event.stream]), event

    def _check_record(self, wish: Wish, row: CommandRow) -> int:
        """I2, I3: the command's events are what it decides on the state before them."""
        database, events = self._database, list[Any]()
        if row.first_position is not None:
            stored = database.log.events[row.first_position - 1 : row.last_position]
            assert {event.stream for event in stored} == {wish.stream}, wish
            events = [decode_event(each.type, each.schema_version, each.data) for each in stored]
        before = database.state(wish.stream, row.version - len(events))
        try:
            decided = wish.decide(before)
        except OrderTrailError as error:
            raise AssertionError(f"{wish} stands on a state that refuses it: {error}") from error
        assert list(decided) == events, f"{wish} stands on a state on which it was not decided"
        return len(events)


_DATABASE_FAULTS: Final = frozenset(
    {Kind.DATABASE_CRASH, Kind.FAILOVER, Kind.LOSING_FAILOVER, Kind.SLIPPED_LOCK}
)
