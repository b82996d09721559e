"""FI-20: what becomes of poison: a body that is no JSON, an event nobody knows, a fold that fails?

Only the culprit is parked, and what waits behind it; its neighbours are applied. A message that
cannot be read lies in `ordertrail.dead`, once, and is still there after the broker was killed. A
fold that takes its process down is started again as a supervisor would, until its event is found.
"""

import asyncio
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import aio_pika

from domain.envelope import RecordedEvent
from domain.order_events import OrderNoteAdded, OrderPlaced
from domain.order_parts import FreeTextPersonal
from projections.registry import DEFAULT_GROUPS
from sql.read_tables import ReadTable
from tests.checking import assert_checked
from tests.delivery import Delivery, assert_each_position_once, moves, parked
from tests.examples_log import connected, rows, superuser
from tests.fault_report import FaultReport
from tests.faults.poisoned_worker import CRASHES, RAISES
from tests.histories import a_history, append
from tests.messages import Message
from tests.running_workers import (
    OPERATIONAL,
    PROJECTIONS,
    checkpoint_of,
    eventually,
    folded,
    program,
    sending,
    waiting_messages,
)

ENTRY = (sys.executable, Path(__file__).with_name("poisoned_worker.py"))
QUEUE = "ordertrail.operational.0"
DEAD = "ordertrail.dead"
BAD_BODY = b'[{"specversion": "1.0", '
KILLS = ("projector.before_park=kill@1", "projector.after_park=kill@1")
"""Where the first two workers are killed: before the first culprit is parked, and after."""

DEATHS = [-signal.SIGKILL] * len(KILLS) + [-signal.SIGSEGV] * 4
"""What segfaults does so in two marked batches and twice alone, then it is parked."""

ORDER_PROJECTIONS = ("customer_orders", "holds_worklist", "order_detail", "order_list")
PARKED_EVENTS = "SELECT parked_id, position FROM read_models.parked_events"


class Poisoned:
    """A history in which three orders have an event that cannot be applied, and others do not."""

    def __init__(self) -> None:
        self.events = a_history(60, seed=20)
        self._template = next(e for e in self.events if isinstance(e.data, OrderNoteAdded))
        placed = [event for event in self.events if isinstance(event.data, OrderPlaced)]
        self.raises, self.crashes, self.unknown, self.neighbour = placed[-4:]
        self.culprits = [
            self._note(self.raises, RAISES),
            self._note(self.unknown, "unknown", type="order-teleported"),
            self._note(self.crashes, CRASHES),
        ]
        self._note(self.neighbour, "a neighbour")
        self.waiting = [self._note(order, "later") for order in placed[-4:-1]]
        self._note(self.neighbour, "the last one")

    def _note(self, placed: RecordedEvent, text: str, **changes: str) -> RecordedEvent:
        """Add a note to an order; what is changed makes it an event that nobody knows."""
        number = len(self.events) + 1
        data = self._template.data
        assert isinstance(data, OrderNoteAdded)
        assert isinstance(placed.data, OrderPlaced)
        event = replace(
            self._template,
            position=number,
            stream=placed.stream,
            version=sum(event.stream == placed.stream for event in self.events) + 1,
            occurred_at=self.events[-1].occurred_at,
            recorded_at=self.events[-1].recorded_at,
            data=replace(
                data,
                order_id=placed.data.order_id,
                customer_id=placed.data.customer_id,
                note_id=f"note-{number}",
                personal=FreeTextPersonal(text=text),
            ),
        )
        self.events.append(replace(event, **changes))
        return self.events[-1]

    def is_applied(self, projection: str, event: RecordedEvent) -> bool:
        """Say whether a projection applies an event: all but the culprits and what waits."""
        stuck = [*self.culprits, *self.waiting]
        if all(event.position != each.position for each in stuck):
            return True
        return event.stream != self.unknown.stream and projection != "order_detail"


async def test_only_the_culprit_is_parked_and_its_neighbours_are_applied(
    delivery: Delivery,
) -> None:
    report, url, history = FaultReport("FI-20 poison"), delivery.url, Poisoned()
    await append(url, history.events)
    with delivery.relay(), ExitStack() as running:
        ends, worker = await _until_it_consumes(delivery, len(history.events), running, *KILLS)
        assert ends == DEATHS
        worker.kill()
        worker.wait()
        again, worker = await _until_it_consumes(delivery, len(history.events), running)
        assert again == [-signal.SIGSEGV], "the next process tries it once, then nobody does"
        async with sending(delivery.amqp_url, QUEUE) as send:
            await send(Message({"first_position": 1}, BAD_BODY))
        await eventually(lambda: _dead_letters(delivery, 1))
        await asyncio.to_thread(_kill_and_start, delivery)
        assert await _letters(delivery) == [BAD_BODY]
        assert worker.poll() is None
    report.notes["deaths"] = len(ends) + len(again)
    await _reckon(delivery, history, report)


async def _until_it_consumes(
    delivery: Delivery, head: int, running: ExitStack, *kills: str
) -> tuple[list[int], subprocess.Popen[bytes]]:
    """Start a worker whenever one has died, until one is at the head; answer how they ended.

    The first ones are killed at these failpoints.
    """
    attached = len(delivery.said("feed.attached"))
    ends: list[int] = []
    while True:
        worker = running.enter_context(_worker(delivery, *kills[len(ends) : len(ends) + 1]))

        async def is_steady_or_dead(worker: subprocess.Popen[bytes] = worker) -> bool:
            if worker.poll() is not None:
                return True
            has_attached = len(delivery.said("feed.attached")) > attached
            return has_attached and await checkpoint_of(delivery.url, OPERATIONAL) == head

        await eventually(is_steady_or_dead)
        if worker.poll() is None:
            return ends, worker
        ends.append(worker.returncode)
        assert len(ends) <= len(DEATHS), delivery.log.read_text()


def _worker(
    delivery: Delivery, failpoints: str = ""
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return program(
        delivery.url,
        delivery.amqp_url,
        *("worker", "--group", OPERATIONAL),
        log=delivery.log,
        failpoints=failpoints,
        entry=ENTRY,
    )


async def _dead_letters(delivery: Delivery, count: int) -> bool:
    return await waiting_messages(delivery.amqp_url, DEAD) == count


def _kill_and_start(delivery: Delivery) -> None:
    delivery.broker.kill()
    delivery.broker.start()


async def _letters(delivery: Delivery) -> list[bytes]:
    """Read every dead letter, once its queue has a leader again; they go back."""
    letters: list[bytes] = []

    async def are_read() -> bool:
        letters.clear()
        with suppress(*aio_pika.exceptions.CONNECTION_EXCEPTIONS):
            async with (
                await aio_pika.connect(delivery.amqp_url) as connection,
                connection.channel() as channel,
            ):
                queue = await channel.get_queue(DEAD)
                while (message := await queue.get(fail=False)) is not None:
                    letters.append(message.body)
        return bool(letters)

    await eventually(are_read)
    return letters


async def _reckon(delivery: Delivery, history: Poisoned, report: FaultReport) -> None:
    """Hold tables, checkpoints and what is parked against the history (I5, I6, I10)."""
    url, head = delivery.url, len(history.events)
    raises, unknown, crashes = (event.position for event in history.culprits)
    streams = [
        (name, "stream", history.unknown.stream, unknown, "undecodable_event")
        for name in ORDER_PROJECTIONS
    ]
    assert await parked(url) == sorted(
        [
            *streams,
            ("order_detail", "row", _key(history.raises), raises, "projection_failed"),
            ("order_detail", "stream", history.crashes.stream, crashes, "crashed"),
        ],
        key=lambda unit: (unit[0], unit[3], unit[2]),
    )
    stuck = 0
    for name in DEFAULT_GROUPS[OPERATIONAL]:
        applied = [event for event in history.events if history.is_applied(name, event)]
        async with connected(url, role="worker") as connection:
            found = await ReadTable(PROJECTIONS[name], 1).load_all(connection)
        assert found == folded(PROJECTIONS[name], applied), name
        assert_each_position_once(await moves(url, name), head)
        if name in ORDER_PROJECTIONS:
            stuck += head - len(applied)
    async with superuser(url) as connection:
        assert len(await rows(connection, PARKED_EVENTS)) == stuck
    report.attempts = report.acknowledged = head
    report.notes["parked_events"] = len(history.culprits) + len(history.waiting)
    report.ok = head - report.notes["parked_events"]
    report.write()
    report.assert_clean()
    await assert_checked(url)


def _key(placed: RecordedEvent) -> str:
    assert isinstance(placed.data, OrderPlaced)
    return f'["{placed.data.order_id}"]'
