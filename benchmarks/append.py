"""A1, A2: how many commands per second does one appender get onto the disk?

Against the stock recorder of the eventsourcing library with 16 threads (A1) and against pgbench
inserting the same row into a table of the same shape with 16 clients (A2). All sides on one server,
durable commits, rounds taken in turn so that a slow moment of the machine hits every side.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import uvloop

from benchmarks.figures import Figure, median, say
from benchmarks.payload import payload_text, pending_append
from cli.child_processes import server_account
from cli.postgres_programs import bundled_programs
from commands.pending import Appended
from sql.appender import GroupAppender
from sql.migrate import migrate_up, role_name

CALLERS: Final = 64
RECORDER_THREADS: Final = 16
PGBENCH_CLIENTS: Final = 16
ROLE_PREFIX: Final = "ordertrail"

_SAME_TABLE: Final = """
CREATE SCHEMA bench;
CREATE TABLE bench.events (LIKE event_store.events INCLUDING ALL);
CREATE SEQUENCE bench.position;
"""
_SAME_ROW: Final = """
INSERT INTO bench.events VALUES (nextval('bench.position'), 'order-' || uuidv7(), 1,
 'order-note-added', 1, :data::json, :metadata::json, now(), now());
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: events per round of each side, seconds of pgbench, rounds."""

    commands: int
    recorder_events: int
    pgbench_seconds: int
    rounds: int


def measure_append(database_url: str, sizes: Sizes) -> list[Figure]:
    """Measure A1 and A2 on an empty database."""
    asyncio.run(migrate_up(database_url, ROLE_PREFIX))
    with psycopg.connect(database_url) as connection:
        connection.execute(_SAME_TABLE)
    ours: list[float] = []
    recorder: list[float] = []
    pgbench: list[float] = []
    uvloop.run(append_rate(database_url, sizes.commands // 4))  # warms up the server
    for number in range(1, sizes.rounds + 1):
        ours.append(uvloop.run(append_rate(database_url, sizes.commands)))
        recorder.append(_recorder_rate(database_url, sizes.recorder_events))
        pgbench.append(_pgbench_rate(database_url, sizes.pgbench_seconds))
        say(
            f"append, round {number}: {ours[-1]:,.0f}/s, stock recorder {recorder[-1]:,.0f}/s,"
            f" pgbench {pgbench[-1]:,.0f}/s"
        )
    data, metadata = payload_text()
    payload = f"1 event, data {len(data)} B, metadata {len(metadata)} B, and its command record"
    value, n = round(median(ours)), sizes.commands * sizes.rounds
    return [
        Figure(
            "A1_append_commands_per_second",
            value,
            "commands/s",
            round(median(recorder)),
            f"PostgresApplicationRecorder of eventsourcing, {RECORDER_THREADS} threads",
            n,
            payload,
        ),
        Figure(
            "A2_append_commands_per_second",
            value,
            "commands/s",
            round(median(pgbench)),
            f"pgbench, single-row inserts of the same row, {PGBENCH_CLIENTS} clients",
            n,
            payload,
        ),
    ]


async def append_rate(database_url: str, commands: int, *, random_ids: bool = False) -> float:
    """Append single-event commands from 64 concurrent callers. Units: commands per second."""
    appender = GroupAppender(database_url, role=role_name(ROLE_PREFIX, "api"))
    await appender.open()
    left = commands

    async def caller() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            pending = pending_append(random_ids=random_ids)
            appender.submit(pending)
            outcome = await pending.wait()
            assert isinstance(outcome, Appended), outcome

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    seconds = time.perf_counter() - started
    await appender.close()
    return commands / seconds


def _recorder_rate(database_url: str, events: int) -> float:
    command = [sys.executable, "-m", "benchmarks.stock_recorder", database_url]
    command += [str(events), str(RECORDER_THREADS)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _pgbench_rate(database_url: str, seconds: int) -> float:
    data, metadata = payload_text()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(_SAME_ROW.replace("\n", ""), encoding="utf-8")
        command = [
            str(bundled_programs(server_account()) / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
        ]
        command += [f"--client={PGBENCH_CLIENTS}", "--jobs=2", f"--time={seconds}"]
        command += [f"--define=data={data}", f"--define=metadata={metadata}"]
        command += [f"--file={script}", database_url]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    match = re.search(r"tps = ([0-9.]+) \(without initial", done.stdout)
    assert match, done.stdout
    return float(match[1])
