"""What do the fault tests of the delivery side share: servers, processes to break, the reckoning?

One PostgreSQL and one RabbitMQ serve all of them, and nobody else; each test gets an empty log of
its own, and a broker without queues. A test may kill the broker or wipe it: the next one finds it
as it should be.

In every database a trigger writes down each move of a checkpoint. So the reckoning at the end can
show that every position was applied by exactly one committed transaction (I5), beside the tables
being the fold of the log (I6), checkpoints at the head (I7) and nothing parked (I10).
"""

import asyncio
import json
import shutil
import signal
import subprocess
import uuid
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import aio_pika
from psycopg.sql import SQL, Identifier

from cli.embedded_postgres import EmbeddedPostgres
from cli.local_rabbitmq import LocalRabbitMQ
from domain.envelope import RecordedEvent
from projections.registry import DEFAULT_GROUPS
from sql.migrate import migrate_up
from sql.read_tables import ReadTable
from tests.checking import assert_checked
from tests.examples_log import connected, rows, superuser
from tests.fault_report import FaultReport
from tests.running_workers import (
    GROUPS,
    PROJECTIONS,
    caught_up,
    eventually,
    folded,
    make_read_tables,
    program,
    read_log,
    waiting_consumers,
    waiting_messages,
)
from tests.services import drop_database, execute, with_database

TAKEOVER_SECONDS_MAX: Final = 10.0
QUEUES: Final = (
    "ordertrail.operational.0",
    "ordertrail.analytics.0",
    "ordertrail.fulfilment.0",
    "ordertrail.outside.0",
    "ordertrail.dead",
    "ordertrail.witness",
)
EXCHANGES: Final = ("ordertrail.log", "ordertrail.dead")

WRITE_MOVES_DOWN: Final = """
CREATE SCHEMA watched;
CREATE TABLE watched.moves (
    id bigint GENERATED ALWAYS AS IDENTITY, name text, old bigint, new bigint
);
CREATE FUNCTION watched.write_down() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO watched.moves (name, old, new) VALUES (TG_ARGV[0] || CASE TG_TABLE_NAME
        WHEN 'checkpoints' THEN to_jsonb(NEW) ->> 'projection' ELSE '' END,
        OLD.position, NEW.position);
    RETURN NULL;
END $$;
CREATE TRIGGER moves AFTER UPDATE ON read_models.checkpoints FOR EACH ROW
    WHEN (OLD.position <> NEW.position) EXECUTE FUNCTION watched.write_down('');
CREATE TRIGGER moves AFTER UPDATE ON messaging.relay_checkpoints FOR EACH ROW
    WHEN (OLD.position <> NEW.position) EXECUTE FUNCTION watched.write_down('relay');
"""
HOLDERS: Final = """
SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
   AND a.application_name = %s
"""
SESSIONS: Final = """
SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()
"""


class DeliveryServers:
    """The servers of the delivery side's fault tests."""

    def __init__(self, folder: Path) -> None:
        self.postgres: Final = EmbeddedPostgres(folder / "postgres")
        self.broker: Final = LocalRabbitMQ(folder / "rabbitmq")
        self._broker_folder = folder / "rabbitmq" / "node"

    def start(self) -> None:
        """Start both, and make the database that the tests' databases are copies of."""
        self.postgres.start()
        asyncio.run(_make_template(self.postgres.url_of("postgres")))
        self.broker.start()

    def kill(self) -> None:
        """End both."""
        self.broker.kill()
        self.postgres.kill()

    @contextmanager
    def database(self) -> Generator[str]:
        """Make a database with an empty log and empty read tables, for the time of a test."""
        name, maintenance = f"shop_{uuid.uuid4().hex[:12]}", self.postgres.url_of("template1")
        copy = SQL("CREATE DATABASE {} TEMPLATE postgres").format(Identifier(name))
        execute(maintenance, copy)
        yield with_database(maintenance, name)
        drop_database(maintenance, name)

    async def clean_broker(self) -> None:
        """See to it that the broker runs and has none of our queues."""
        if not self.broker.is_running():
            self.broker.start()
        async with (
            await aio_pika.connect(self.broker.url, timeout=10) as connection,
            connection.channel() as channel,
        ):
            for queue in QUEUES:
                await channel.queue_delete(queue, timeout=10)
            for exchange in EXCHANGES:
                await channel.exchange_delete(exchange, timeout=10)

    def wipe_broker(self) -> None:
        """Delete all that the broker has on disk; it must not run."""
        shutil.rmtree(self._broker_folder)


async def _make_template(url: str) -> None:
    await migrate_up(url)
    await make_read_tables(url)
    async with superuser(url) as connection:
        await connection.execute(WRITE_MOVES_DOWN.encode())


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one test has: a log, a broker without queues, a file that its processes write to."""

    servers: DeliveryServers
    url: str
    log: Path

    @property
    def broker(self) -> LocalRabbitMQ:
        """The broker."""
        return self.servers.broker

    @property
    def amqp_url(self) -> str:
        """The address of the broker."""
        return self.broker.url

    def relay(
        self, *, failpoints: str = "", url: str | None = None, amqp_url: str | None = None
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Run `ordertrail relay`, over other addresses if some are given."""
        url, amqp_url = url or self.url, amqp_url or self.amqp_url
        return program(url, amqp_url, "relay", log=self.log, failpoints=failpoints)

    def worker(
        self, *groups: str, failpoints: str = "", url: str | None = None
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Run `ordertrail worker` for the groups, or for all."""
        named = [word for group in groups for word in ("--group", group)]
        return program(
            url or self.url, self.amqp_url, "worker", *named, log=self.log, failpoints=failpoints
        )

    def said(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """Read what the processes logged of one kind of event, with these fields."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        records = [json.loads(line) for line in lines if line.startswith("{")]
        return [
            record
            for record in records
            if record["event"] == event and fields.items() <= record.items()
        ]


# Who is active -----------------------------------------------------------------------------------


async def holder(url: str, right: str) -> int | None:
    """Tell which database session holds a right: `relay`, `projector operational`."""
    found = await _column(url, HOLDERS, f"ordertrail {right}")
    return found[0] if found else None


async def sessions(url: str, right: str) -> int:
    """Tell how many sessions hold a right or wait for it."""
    return len(await _column(url, SESSIONS, f"ordertrail {right}"))


async def consumers_are_there(amqp_url: str, *groups: str) -> bool:
    """Say whether the queue of every group has a consumer."""
    for group in groups or GROUPS:
        if await waiting_consumers(amqp_url, f"ordertrail.{group}.0") == 0:
            return False
    return True


async def are_drained(delivery: Delivery, *groups: str) -> bool:
    """Say whether no projector's queue has a message any more, not even one that a worker holds."""
    for group in groups or GROUPS:
        if await waiting_messages(delivery.amqp_url, f"ordertrail.{group}.0") > 0:
            return False
    listed = await asyncio.to_thread(
        delivery.broker.control, "list_queues", "--no-table-headers", "name", "messages"
    )
    queues = [line.split() for line in listed.splitlines()]
    return all(count == "0" for name, count in queues if name.endswith(".0"))


async def _column(url: str, query: str, *values: object) -> list[Any]:
    async with superuser(url) as connection:
        return [row[0] for row in await rows(connection, query, *values)]


async def deaths(doomed: dict[str, subprocess.Popen[bytes]]) -> list[str]:
    """Wait until one of the processes is dead, take what is dead out and name it."""
    await eventually(lambda: any(process.poll() is not None for process in doomed.values()))
    dead = [name for name, process in doomed.items() if process.poll() is not None]
    assert [doomed.pop(name).returncode for name in dead] == [-signal.SIGKILL] * len(dead)
    return dead


# The reckoning -----------------------------------------------------------------------------------


async def moves(url: str, name: str) -> list[tuple[int, int]]:
    """Read how a checkpoint moved, from where to where; the relay's is called `relay`."""
    async with superuser(url) as connection:
        query = "SELECT old, new FROM watched.moves WHERE name = %s ORDER BY id"
        return [(old, new) for old, new in await rows(connection, query, name)]


async def parked(url: str) -> list[tuple[str, str, str, int, str]]:
    """Read what is parked: projection, kind, key, since when, why."""
    query = "SELECT projection, kind, key, since_position, code FROM read_models.parked_keys"
    async with superuser(url) as connection:
        found = await rows(connection, f"{query} ORDER BY projection, since_position, key")
    return [(name, kind, key, since, code) for name, kind, key, since, code in found]


async def reckon(url: str, report: FaultReport, *groups: str) -> None:
    """Wait until all is applied, then hold it against the log and finish the report."""
    seconds = await caught_up(url, *groups)
    report.seconds_to_recover = round(report.seconds_to_recover or seconds, 1)
    events = await read_log(url)
    report.attempts = report.acknowledged = len(events)
    touched: set[int] = set()
    for group in groups or GROUPS:
        for name in DEFAULT_GROUPS[group]:
            touched |= await _compare(url, name, events, report)
            assert_each_position_once(await moves(url, name), len(events))
    report.ok = len(events) - len(touched)
    report.write()
    report.assert_clean()
    assert await parked(url) == []
    await assert_checked(url)


async def _compare(
    url: str, name: str, events: Sequence[RecordedEvent], report: FaultReport
) -> set[int]:
    """Count the rows of a table that are not the fold; answer the positions that they miss."""
    projection = PROJECTIONS[name]
    expected = folded(projection, events)
    async with connected(url, role="worker") as connection:
        found = await ReadTable(projection, 1).load_all(connection)
    behind = {
        key
        for key, row in expected.items()
        if key not in found or found[key].last_position < row.last_position
    }
    report.lost += len(behind)
    report.unexpected += len(found.keys() - expected.keys())
    others = expected.keys() & found.keys() - behind
    twice = {key for key in others if found[key] != expected[key]}
    report.duplicated += len(twice)
    return {expected[key].last_position for key in behind | twice}


def assert_each_position_once(moved: Sequence[tuple[int, int]], head: int) -> None:
    """Check that the moves lead from 0 to the head, each from where the last one ended (I5)."""
    places = [0, *(new for _, new in moved)]
    assert [old for old, _ in moved] == places[:-1]
    assert all(old < new for old, new in pairwise(places))
    assert places[-1] == head
