"""Do the operator's commands end as they should when they are used at a bad moment?

The command-line lines of reliability.md G; the number is in the test's name. Line 38 stands in
test_cli_parked.py, and an import that is interrupted (line 40) in tests/e2e/test_import_retail.py.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.api_client import api_on, new_id
from tests.examples_log import assert_dense, closed_gate, column, superuser
from tests.histories import a_history, append
from tests.ordertrail_program import KEY, bare_environment, result_of, run
from tests.parking import append_strange, parked_units, until_parked
from tests.running_api import api_process
from tests.running_workers import (
    ORDERTRAIL,
    checkpoint_of,
    eventually,
    head_of,
    make_read_tables,
    projecting,
    relay_checkpoint,
)

WITHIN_SECONDS: Final = 5.0
END_SECONDS_MAX: Final = 30.0


def on(database_url: str, **more: str) -> dict[str, str]:
    keys = {"ORDERTRAIL_EMAIL_HMAC_KEY": KEY, "ORDERTRAIL_SLICE_HMAC_KEY": KEY}
    return bare_environment(DATABASE_URL=database_url, **keys, **more)


@contextmanager
def started(*arguments: str, on: Mapping[str, str]) -> Generator[subprocess.Popen[str]]:
    """Run a command beside the test; it is killed at the latest with the block."""
    process = subprocess.Popen(
        [str(ORDERTRAIL), *arguments],
        env=dict(on),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


LOCK_THE_LOG: Final = "LOCK TABLE event_store.events IN ACCESS EXCLUSIVE MODE"
LOCK_CHECKPOINTS: Final = "SELECT 1 FROM read_models.checkpoints FOR UPDATE"
OUR_WAITING: Final = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND application_name LIKE 'ordertrail%'"
)


@asynccontextmanager
async def holding(url: str, statement: str) -> AsyncGenerator[psycopg.AsyncConnection]:
    """Keep what a statement has locked until the block ends, or its transaction does."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(statement.encode())
        yield connection
        await connection.rollback()


# Line 36 -----------------------------------------------------------------------------------------


@pytest.fixture
async def shop_url(database_url: str) -> str:
    """A database with a log that no read table has yet."""
    await make_read_tables(database_url)
    await append(database_url, a_history(10))
    return database_url


async def until_found(url: str, query: str) -> None:
    async def is_found() -> bool:
        async with superuser(url) as connection:
            return await column(connection, query) != []

    await eventually(is_found)


FIRST_BATCH_WRITTEN: Final = (
    "SELECT 1 FROM read_models.checkpoints c JOIN read_models.generations g"
    " USING (projection, generation) WHERE g.state = 'building' AND c.position > 0"
)


async def test_line_36_a_rebuild_while_another_one_runs(shop_url: str) -> None:
    rebuild = ("projections", "rebuild", "sales_daily")
    with started(*rebuild, on=on(shop_url, FAILPOINTS="rebuild.after_batch=sleep:60")):
        await until_found(shop_url, FIRST_BATCH_WRITTEN)
    await append_strange(shop_url, "timer-1", 0)  # something is left to do, and no checkpoint moves

    async with holding(shop_url, LOCK_CHECKPOINTS) as lock:
        with started(*rebuild, "--json", on=on(shop_url)) as first:
            await until_found(shop_url, OUR_WAITING)
            second = run(*rebuild, environment=on(shop_url))
            await lock.rollback()
            told, complaint = await asyncio.to_thread(first.communicate, timeout=END_SECONDS_MAX)

    assert (second.returncode, second.stdout) == (1, "")
    said = " ".join(second.stderr.split())
    assert f"is locked by {socket.gethostname()}:{first.pid} since 20" in said
    assert first.returncode == 0, complaint
    assert (json.loads(told)["generation"], json.loads(told)["resumed"]) == (2, True)


# Line 39 -----------------------------------------------------------------------------------------

WITH_A_DATABASE: Final = (
    ("api", "--port", "0"),
    ("worker",),
    ("relay",),
    ("migrate", "up"),
    ("doctor",),
    ("check",),
    ("events", "tail"),
    ("projections", "list"),
    ("projections", "rebuild", "order_list"),
    ("parked", "retry", "1"),
    ("process", "list"),
    ("up", "--port", "0"),
)


@cache
def start_seconds() -> float:
    """Measure how long it takes here to start any command."""
    began = time.monotonic()
    run("config")
    return time.monotonic() - began


def ends_in_time(*command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    allowed = WITHIN_SECONDS + 2 * start_seconds()
    began = time.monotonic()
    done = run(*command, environment=environment)
    assert time.monotonic() - began < allowed
    return done


def assert_tells_no_password(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 3, done.stderr
    said = done.stdout + done.stderr
    assert "cannot be used" in " ".join(said.split())
    assert "nobody" in said
    assert "geheim" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", WITH_A_DATABASE, ids=" ".join)
def test_line_39_a_wrong_password(
    command: tuple[str, ...], database_url: str, tmp_path: Path
) -> None:
    place = urlsplit(database_url)
    wrong = f"postgresql://nobody:geheim%40wort@{place.hostname}:{place.port}{place.path}"
    environment = on(
        wrong, AMQP_URL="amqp://nobody:geheim@127.0.0.1:1/", ORDERTRAIL_DATA_DIR=str(tmp_path)
    )
    assert_tells_no_password(ends_in_time(*command, environment=environment))


def test_line_39_a_wrong_password_among_the_parameters(database_url: str) -> None:
    place = urlsplit(database_url)
    wrong = f"postgresql://nobody@{place.hostname}:{place.port}{place.path}?password=geheim%40wort"
    assert_tells_no_password(ends_in_time("check", environment=on(wrong)))


def test_line_39_a_host_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port: int = silent.getsockname()[1]
        environment = on(f"postgresql://nobody:geheim@127.0.0.1:{port}/b")
        assert_tells_no_password(ends_in_time("api", "--port", "0", environment=environment))


def test_line_39_a_host_that_there_is_not() -> None:
    environment = on("postgresql://nobody:geheim@nowhere.invalid:5432/b")
    assert_tells_no_password(ends_in_time("migrate", "up", environment=environment))


# Line 40 -----------------------------------------------------------------------------------------


async def terminated(process: subprocess.Popen[str]) -> None:
    """Wait for its end, an ordered one."""
    told, complaint = await asyncio.to_thread(process.communicate, timeout=END_SECONDS_MAX)
    assert process.returncode == 143, complaint
    assert "Traceback" not in told + complaint


async def terminate_when_waiting(
    url: str, *command: str, lock: str, environment: Mapping[str, str]
) -> None:
    """Send SIGTERM to a command that waits for a lock, and give it what it waits for too late."""
    async with holding(url, lock):
        with started(*command, on=environment) as process:
            await until_found(url, OUR_WAITING)
            process.terminate()
            await terminated(process)


@pytest.mark.parametrize(
    ("command", "lock"),
    [
        (("check",), "LOCK TABLE read_models.order_list__g1 IN ACCESS EXCLUSIVE MODE"),
        (("events", "tail"), LOCK_THE_LOG),
    ],
    ids=str,
)
async def test_line_40_sigterm_while_it_reads(
    shop_url: str, command: tuple[str, ...], lock: str
) -> None:
    environment = on(shop_url)
    await terminate_when_waiting(shop_url, *command, lock=lock, environment=environment)
    again = run(*command, environment=environment)
    assert again.returncode == 0, again.stderr


async def test_line_40_sigterm_in_the_middle_of_a_migration(empty_database_url: str) -> None:
    environment, lock = on(empty_database_url), "CREATE SCHEMA event_store"
    await terminate_when_waiting(
        empty_database_url, "migrate", "up", lock=lock, environment=environment
    )
    after = run("migrate", "status", "--json", environment=environment)
    again = run("migrate", "up", "--json", environment=environment)

    assert '"state": "applied"' not in after.stdout
    assert again.returncode == 0, again.stderr
    assert len(result_of(again)["applied"]) > 0


async def test_line_40_sigterm_in_the_middle_of_a_rebuild(shop_url: str) -> None:
    slow = on(shop_url, FAILPOINTS="rebuild.after_batch=sleep:60")
    rebuild = ("projections", "rebuild", "order_detail")
    with started(*rebuild, on=slow) as process:
        await until_found(shop_url, FIRST_BATCH_WRITTEN)
        process.terminate()
        await terminated(process)
    again = run(*rebuild, "--json", environment=on(shop_url))

    assert again.returncode == 0, again.stderr
    assert result_of(again)["resumed"]
    assert run("check", "--projection", "order_detail", environment=on(shop_url)).returncode == 0


async def test_line_40_sigterm_in_the_middle_of_a_retry(shop_url: str) -> None:
    await append_strange(shop_url, f"order-{new_id()}", 0)
    async with projecting(shop_url):
        await until_parked(shop_url, "order_detail")
        await eventually(lambda: is_at_head(shop_url))
    before = await parked_units(shop_url)
    retry = ("parked", "retry", "--all")
    await terminate_when_waiting(shop_url, *retry, lock=LOCK_CHECKPOINTS, environment=on(shop_url))

    assert await parked_units(shop_url) == before
    assert {unit["tries"] for unit in before} == {0}
    assert run(*retry, environment=on(shop_url)).returncode == 1
    assert {unit["tries"] for unit in await parked_units(shop_url)} == {1}


async def is_at_head(url: str) -> bool:
    return await checkpoint_of(url) == await head_of(url)


async def test_line_40_sigterm_in_the_middle_of_a_workers_batch(shop_url: str) -> None:
    async with holding(shop_url, LOCK_CHECKPOINTS) as lock:
        with started("worker", "--group", "operational", on=on(shop_url)) as worker:
            await until_found(shop_url, OUR_WAITING)
            worker.terminate()
            await lock.rollback()
            await terminated(worker)
    assert await checkpoint_of(shop_url, "operational") in {0, await head_of(shop_url)}

    with started("worker", on=on(shop_url)):
        await eventually(lambda: is_at_head(shop_url))
    assert run("check", environment=on(shop_url)).returncode == 0


async def test_line_40_sigterm_while_the_relay_writes_its_checkpoint(
    shop_url: str, amqp_url: str
) -> None:
    environment = on(shop_url, AMQP_URL=amqp_url)
    lock = "SELECT 1 FROM messaging.relay_checkpoints FOR UPDATE"
    async with holding(shop_url, lock) as held:
        with started("relay", on=environment) as relay:
            await until_found(shop_url, OUR_WAITING)
            relay.terminate()
            await held.rollback()
            await terminated(relay)
    head = await head_of(shop_url)

    async def is_relayed() -> bool:
        return await relay_checkpoint(shop_url) == head

    with started("relay", on=environment):
        await eventually(is_relayed)


async def test_line_40_sigterm_while_the_api_has_a_command(
    database_url: str, tmp_path: Path
) -> None:
    customer, log = {"customer_id": new_id()}, tmp_path / "api.log"
    async with api_process(database_url, log) as (program, api):
        async with closed_gate(database_url) as gate:
            waiting = asyncio.create_task(api.command("/v1/customers", customer))
            await gate.wait_for_appends(1)
            program.process.send_signal(signal.SIGTERM)
        answer = await waiting
        assert await asyncio.to_thread(program.process.wait, END_SECONDS_MAX) == 143
    assert answer.status_code == 201, answer.text
    assert "Traceback" not in log.read_text()

    async with api_on(database_url) as api:
        again = await api.command("/v1/customers", customer)
    assert (again.status_code, again.json()["position"]) == (201, 1)
    assert await assert_dense(database_url) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("config",),
        ("doctor",),
        ("events", "tail", "--json"),
        ("migrate", "status"),
        ("parked", "list"),
        ("process", "list"),
        ("projections", "list", "--json"),
    ],
    ids=" ".join,
)
def test_line_40_a_closed_pipe(command: tuple[str, ...], shop_url: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)  # before it has written anything
    try:
        done = subprocess.run(
            [str(ORDERTRAIL), *command],
            env=on(shop_url),
            stdin=subprocess.DEVNULL,
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(write_end)
    complaints = [line for line in done.stderr.splitlines() if '"event": "progress"' not in line]
    assert (done.returncode, complaints) == (0, [])
