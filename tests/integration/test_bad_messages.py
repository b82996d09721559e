"""Does a worker give every bad message its right answer, and lose nothing by it?

One test for each AMQP line of reliability.md G; the number is in the test's name. Messages come
over a real RabbitMQ to a projector that goes by the broker. Whatever came, it runs on, its tables
become the fold of the log, and its queue empty.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage
from structlog.testing import capture_logs

from domain.envelope import RecordedEvent
from tests.histories import a_history, append
from tests.messages import Message, message_of
from tests.ordertrail_program import bare_environment, run
from tests.parking import parked_units
from tests.running_workers import (
    OPERATIONAL,
    SIGNING_KEY,
    assert_tables_are_the_fold_of,
    checkpoint_of,
    dead_letters,
    eventually,
    log_name,
    make_read_tables,
    program,
    projecting,
    sending,
    signed,
    waiting_messages,
)
from workers.metrics import FollowerCounters
from workers.slice import Slice

QUEUE = "ordertrail.operational.0"
HISTORY = a_history(60, seed=22)
BEFORE = 20
MIB = 1024 * 1024
ORDER_PROJECTIONS = ["customer_orders", "holds_worklist", "order_detail", "order_list"]


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker that has applied the first events of HISTORY and goes by the broker."""

    url: str
    amqp_url: str
    log: str
    counters: FollowerCounters

    def has(self, **figures: int) -> Callable[[], bool]:
        """Make a condition: these of its counters stand like this."""
        return lambda: all(getattr(self.counters, name) == n for name, n in figures.items())

    async def send(self, *messages: Message) -> None:
        """Put messages into its queue."""
        async with sending(self.amqp_url) as send:
            await send(*messages)


@pytest.fixture
async def worker(database_url: str, amqp_url: str) -> AsyncGenerator[Worker]:
    await make_read_tables(database_url)
    await append(database_url, HISTORY[:BEFORE])
    async with following(database_url, amqp_url) as worker:
        yield worker


@asynccontextmanager
async def following(url: str, amqp_url: str) -> AsyncGenerator[Worker]:
    async with projecting(url, amqp_url, (OPERATIONAL,)) as counting:
        worker = Worker(url, amqp_url, await log_name(url), counting[OPERATIONAL])
        await eventually(worker.has(position=BEFORE, attached=1))
        await worker.send(signed(HISTORY[BEFORE - 1 : BEFORE], worker.log))
        await eventually(worker.has(duplicates=1))
        yield worker


async def is_well_at(url: str, amqp_url: str, events: list[RecordedEvent]) -> None:
    """Check that the tables become the fold of these events, and that no message is left."""

    async def stands_there() -> bool:
        return await checkpoint_of(url, OPERATIONAL) == len(events)

    async def has_settled() -> bool:
        return await waiting_messages(amqp_url, QUEUE) == 0

    await eventually(stands_there)
    await eventually(has_settled)
    await assert_tables_are_the_fold_of(url, events, OPERATIONAL)


async def heals(worker: Worker, last: int) -> None:
    """Append up to a position, of which no message tells, and see it applied."""
    await append(worker.url, HISTORY[BEFORE:last])
    await is_well_at(worker.url, worker.amqp_url, HISTORY[:last])
    assert worker.has(from_store=last)()


def reasons(letters: list[AbstractIncomingMessage]) -> list[tuple[Any, Any]]:
    return [(letter.headers["reason"], letter.headers["origin"]) for letter in letters]


async def test_line_22_a_body_that_is_no_batch_of_events(
    database_url: str, amqp_url: str, tmp_path: Path
) -> None:
    await make_read_tables(database_url)
    await append(database_url, HISTORY[:BEFORE])
    good = signed(HISTORY[20:25], await log_name(database_url))
    bodies = [b"no JSON", good.body[:-9], b"[" * (15 * MIB)]

    arguments = ("worker", "--group", OPERATIONAL)
    log = tmp_path / "worker.log"
    with program(database_url, amqp_url, *arguments, log=log) as process:
        await eventually(lambda: log.exists() and "feed.attached" in log.read_text())
        async with sending(amqp_url) as send:
            await send(*[replace(good, body=body) for body in bodies])
        letters = await dead_letters(amqp_url, len(bodies))
        await append(database_url, HISTORY[20:25])
        await is_well_at(database_url, amqp_url, HISTORY[:25])
        assert process.poll() is None, log.read_text()
        process.terminate()
        assert process.wait(20) == 143

    assert reasons(letters) == [("undecodable", QUEUE)] * 3
    assert [letter.body for letter in letters] == bodies
    assert [letter.headers["first_position"] for letter in letters] == [21] * 3


@pytest.mark.parametrize("newer", [{"type": "order-teleported"}, {"schema_version": 9}], ids=str)
async def test_line_23_an_event_of_code_that_is_yet_to_come(
    worker: Worker, newer: dict[str, Any]
) -> None:
    culprit = next(event for event in HISTORY[BEFORE:] if event.stream.startswith("order-"))
    log = [replace(event, **newer) if event is culprit else event for event in HISTORY]

    with capture_logs() as said:
        await append(worker.url, log[BEFORE:])
        await worker.send(signed(log[BEFORE:], worker.log))
        await eventually(worker.has(position=len(log), parked=len(ORDER_PROJECTIONS)))
    units = await parked_units(worker.url)

    assert sorted(unit["projection"] for unit in units) == ORDER_PROJECTIONS
    assert {(unit["key"], unit["since_position"], unit["code"]) for unit in units} == {
        (culprit.stream, culprit.position, "undecodable_event")
    }
    alerts = [one for one in said if one["event"] == "projection.parked"]
    assert sorted(alert["projection"] for alert in alerts) == ORDER_PROJECTIONS
    applied = [
        event
        for event in HISTORY
        if event.stream != culprit.stream or event.position < culprit.position
    ]
    await assert_tables_are_the_fold_of(worker.url, applied, OPERATIONAL)
    assert worker.counters.dead_letters == 0


async def test_line_24_headers_that_are_missing_or_contradict_the_body(worker: Worker) -> None:
    good = signed(HISTORY[20:25], worker.log)
    key = SIGNING_KEY.encode()
    bad = [
        Message({}, good.body),
        replace(good, headers={**good.headers, "first_position": "21"}),
        replace(good, headers={k: v for k, v in good.headers.items() if k != "last_position"}),
        message_of(Slice(21, 26, good.body), log=worker.log, key=key),
        message_of(Slice(22, 26, good.body), log=worker.log, key=key),
    ]

    await worker.send(*bad)
    letters = await dead_letters(worker.amqp_url, len(bad))
    await heals(worker, 25)

    assert reasons(letters) == [("envelope_mismatch", QUEUE)] * len(bad)
    assert worker.counters.dead_letters == len(bad)


async def test_line_25_events_that_are_not_those_of_the_log(worker: Worker) -> None:
    placed = next(event for event in HISTORY if event.type == "order-placed")
    invented = replace(placed, position=21, stream="order-forged", version=1)
    forged = signed([invented], worker.log)
    genuine = signed(HISTORY[20:21], worker.log)
    bad = [
        replace(forged, headers={**forged.headers, "hmac": "f" * 64}),
        replace(forged, headers=genuine.headers),
        signed([replace(invented, position=10**6)], worker.log),
    ]

    with capture_logs() as said:
        await worker.send(*bad)
        letters = await dead_letters(worker.amqp_url, len(bad))
    assert await checkpoint_of(worker.url, OPERATIONAL) == BEFORE
    await heals(worker, 25)

    codes = ["bad_signature", "bad_signature", "foreign"]
    assert reasons(letters) == [(code, QUEUE) for code in codes]
    assert [one["event"] for one in said].count("slice.forged") == 2


async def test_line_26_a_jump_of_positions(worker: Worker) -> None:
    async with sending(worker.amqp_url) as send:
        await append(worker.url, HISTORY[20:27])
        await send(signed(HISTORY[26:27], worker.log))
        await is_well_at(worker.url, worker.amqp_url, HISTORY[:27])

    assert worker.has(healed_gap=6, events=27, from_store=BEFORE, dead_letters=0)()


async def test_line_27_the_same_message_a_thousand_times(database_url: str, amqp_url: str) -> None:
    await make_read_tables(database_url)
    await append(database_url, HISTORY[:BEFORE])
    async with following(database_url, amqp_url) as worker:
        again = signed(HISTORY[20:25], worker.log)
        async with sending(amqp_url) as send:
            await append(database_url, HISTORY[20:25])
            await send(*[again] * 1_000)
            await eventually(worker.has(duplicates=1_000, events=25, position=25))

    assert worker.has(attached=1, handed_back=0, dead_letters=0)()
    # The worker has ended: what it had not acknowledged would be there again.
    await is_well_at(database_url, amqp_url, HISTORY[:25])


@pytest.mark.parametrize("command", ["worker", "relay"])
async def test_line_28_a_queue_with_other_arguments(
    database_url: str, amqp_url: str, command: str
) -> None:
    await make_read_tables(database_url)
    environment = bare_environment(
        DATABASE_URL=database_url, AMQP_URL=amqp_url, ORDERTRAIL_SLICE_HMAC_KEY=SIGNING_KEY
    )
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": 5,
        "x-max-length-bytes": 1_000,
        "x-overflow": "drop-head",
    }
    async with await aio_pika.connect(amqp_url) as connection, connection.channel() as channel:
        await channel.declare_queue(QUEUE, durable=True, arguments=arguments)
        await channel.default_exchange.publish(aio_pika.Message(b"kept"), routing_key=QUEUE)

    done = run(command, environment=environment)

    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    (said,) = done.stderr.splitlines()
    assert f"the queue {QUEUE} exists with another x-" in said
    assert "Traceback" not in said
    assert await waiting_messages(amqp_url, QUEUE) == 1
