"""A5, A11: how fast does one worker keep all read models, and what does following cost?

Relay, RabbitMQ and one worker with every projector group run and have caught up; then many orders
come into the log with one commit. A5 is the time until every read model has them, against the same
folds fed from memory without database and broker. A11 is what relay, broker and worker use of the
processor meanwhile, per 100,000 events, against the same at 100 events a second.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final

import psycopg

from benchmarks.cpu_time import backends, cpu_seconds
from benchmarks.figures import Figure, say
from benchmarks.made_logs import copy_orders_at_once, head_of, place_templates, trickle
from benchmarks.measured_system import PROGRAM, any_port, broker, processes, settings
from domain.envelope import RecordedEvent
from projections.projection import Key, Row
from projections.projector import fold_touches, touches
from projections.registry import projections
from sql.connection import connect
from sql.log import read_events
from sql.migrate import role_name

BATCH_EVENTS: Final = 2_000
SLOW_EVENTS_PER_SECOND: Final = 100
WAIT_SECONDS_MAX: Final = 600
ATTACH_SECONDS: Final = 4
PER_EVENTS: Final = 100_000
_BACKENDS: Final = ("ordertrail relay", "ordertrail projector", "ordertrail follower")
_POSITION: Final = (
    "SELECT min(c.position) FROM read_models.checkpoints c JOIN read_models.generations g"
    " USING (projection, generation) WHERE g.state = 'live'"
)


@dataclass(frozen=True, slots=True)
class LiveSizes:
    """How much is measured: events that come at once, seconds of the slow load."""

    events: int
    slow_seconds: int


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a load took. Units: seconds; `cpu` by part of the system."""

    events: int
    seconds: float
    cpu: Mapping[str, float]

    def per_100_000(self, *parts: str) -> float:
        return sum(self.cpu[part] for part in parts) * PER_EVENTS / self.events


def measure_live_projection(database_url: str, sizes: LiveSizes) -> list[Figure]:
    """Measure A5 and A11 on a migrated database without orders."""
    template = place_templates(database_url)
    with tempfile.TemporaryFile() as log:
        full, slow = _follow(database_url, template, sizes, log)
        counters = _counters(log)
    from_store = sum(each["from_store"] for each in counters)
    followed = sum(each["events"] for each in counters)
    in_memory = asyncio.run(_fold_in_memory(database_url, sizes.events))
    rate = full.events / full.seconds
    say(
        f"live: {full.events:,} events in {full.seconds:.1f} s, {rate:,.0f}/s; in memory"
        f" {in_memory:,.0f}/s; {from_store:,} of {followed:,} events followed came from the store;"
        f" CPU {_shown(full.cpu)}; slow: {_shown(slow.cpu)} for {slow.events:,} events"
    )
    payload = "orders of 3 lines, a note on every third, a cancellation on every fifteenth"
    ours = ("relay", "broker", "worker")
    return [
        Figure(
            "A5_live_projection_events_per_second",
            round(rate),
            "events/s",
            round(in_memory),
            "the same folds fed from memory, without database and broker",
            full.events,
            f"all read models, one worker process, over RabbitMQ; {payload}",
        ),
        Figure(
            "A11_full_load_cpu_seconds_per_100000_events",
            round(full.per_100_000(*ours), 1),
            "s",
            round(slow.per_100_000(*ours), 1),
            f"at {SLOW_EVENTS_PER_SECOND} events/s (n = {slow.events:,})",
            full.events,
            "relay, broker and worker; "
            + ", ".join(
                f"{part} {full.per_100_000(part):.1f} / {slow.per_100_000(part):.1f} s"
                for part in (*ours, "postgresql")
            ),
        ),
    ]


def _follow(
    database_url: str, template: list[int], sizes: LiveSizes, log: IO[bytes]
) -> tuple[_Cost, _Cost]:
    with broker() as rabbitmq:
        environment = settings(database_url, any_port(), rabbitmq.url)
        environment["ORDERTRAIL_LOG_LEVEL"] = "info"
        commands = [[str(PROGRAM), "relay"], [str(PROGRAM), "worker"]]
        with processes(commands, environment, log) as (relay, worker):
            wait_until_followed(database_url)
            _wait_until_attached(database_url, template)
            pids = {
                "relay": [relay.pid],
                "worker": [worker.pid],
                "broker": [rabbitmq.pid],
                "postgresql": backends(database_url, _BACKENDS),
            }
            full = _cost(database_url, pids, sizes.events, template)
            slow = _slow_cost(database_url, pids, sizes.slow_seconds, template)
    return full, slow


def _cost(
    database_url: str, pids: Mapping[str, Sequence[int]], events: int, template: list[int]
) -> _Cost:
    before = {part: cpu_seconds(each) for part, each in pids.items()}
    added = copy_orders_at_once(database_url, template, events)
    started = time.perf_counter()
    wait_until_followed(database_url)
    seconds = time.perf_counter() - started
    return _Cost(added, seconds, _since(before, pids))


def _slow_cost(
    database_url: str, pids: Mapping[str, Sequence[int]], seconds: int, template: list[int]
) -> _Cost:
    before = {part: cpu_seconds(each) for part, each in pids.items()}
    started = time.perf_counter()
    added = trickle(database_url, template, SLOW_EVENTS_PER_SECOND, seconds)
    wait_until_followed(database_url)
    return _Cost(added, time.perf_counter() - started, _since(before, pids))


def _since(before: Mapping[str, float], pids: Mapping[str, Sequence[int]]) -> Mapping[str, float]:
    return {part: cpu_seconds(each) - before[part] for part, each in pids.items()}


def wait_until_followed(database_url: str) -> None:
    """Wait until every read model stands at the head of the log."""
    head, deadline = head_of(database_url), time.monotonic() + WAIT_SECONDS_MAX
    with psycopg.connect(database_url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(_POSITION).fetchone()
            assert row is not None
            if row[0] is not None and row[0] >= head:
                return
            time.sleep(0.01)
    raise TimeoutError("the worker never caught up")


def _wait_until_attached(database_url: str, template: list[int]) -> None:
    """Let single orders come until the worker surely goes by the broker."""
    trickle(database_url, template, 20, ATTACH_SECONDS)
    wait_until_followed(database_url)


def _counters(log: IO[bytes]) -> list[dict[str, Any]]:
    """Read what each follower of the worker counted, from the last lines that it logged."""
    log.seek(0)
    last: dict[str, dict[str, Any]] = {}
    for line in log.read().splitlines():
        if line.startswith(b"{"):
            entry = json.loads(line)
            if entry.get("event") == "follower":
                last[entry["group"]] = entry
    return list(last.values())


async def _fold_in_memory(database_url: str, events_max: int) -> float:
    """Fold the log into plain dicts, batch by batch. Units: events per second."""
    folded = 0
    pages: list[list[RecordedEvent]] = []
    async with await connect(
        database_url, role=role_name("ordertrail", "worker"), application="ordertrail bench"
    ) as connection:
        while folded < events_max and (page := await read_events(connection, folded, BATCH_EVENTS)):
            pages.append(page)
            folded = page[-1].position
    known = projections("UTC").values()
    rows: dict[str, dict[Key, Row]] = {projection.name: {} for projection in known}
    started = time.perf_counter()
    for page in pages:
        for projection in known:
            of_one = rows[projection.name]
            for key, row in fold_touches(projection, of_one, touches(projection, page)).items():
                if row is None:
                    of_one.pop(key, None)
                else:
                    of_one[key] = row
    return folded / (time.perf_counter() - started)


def _shown(cpu: Mapping[str, float]) -> str:
    return ", ".join(f"{part} {seconds:.1f} s" for part, seconds in cpu.items())
