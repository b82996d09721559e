"""How is a whole system started for a measurement, and stopped again?

A private PostgreSQL with durable commits and, where asked for, a private RabbitMQ; the processes
are the ones that an installation runs: `ordertrail api`, `relay`, `worker`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

import httpx2

from benchmarks.figures import say
from cli.child_processes import free_port
from cli.embedded_postgres import EmbeddedPostgres
from cli.local_rabbitmq import LocalRabbitMQ

PROGRAM: Final = Path(sys.executable).with_name("ordertrail")
START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 20


@contextmanager
def database_server() -> Generator[EmbeddedPostgres]:
    """Run a private PostgreSQL in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="ordertrail-bench-") as folder:
        Path(folder).chmod(0o755)
        say("starting PostgreSQL")
        with EmbeddedPostgres(Path(folder) / "postgres") as server:
            yield server


@contextmanager
def broker() -> Generator[LocalRabbitMQ]:
    """Run a private RabbitMQ in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="ordertrail-bench-") as folder:
        Path(folder).chmod(0o755)
        say("starting RabbitMQ")
        with LocalRabbitMQ(Path(folder) / "rabbitmq") as server:
            yield server


def settings(database_url: str, port: int, amqp_url: str | None = None) -> dict[str, str]:
    """Make the environment of the processes."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "ORDERTRAIL_HOST": "127.0.0.1",
        "ORDERTRAIL_PORT": str(port),
        "ORDERTRAIL_EMAIL_HMAC_KEY": "benchmark" * 5,
        "ORDERTRAIL_SLICE_HMAC_KEY": "benchmark" * 5,
        "ORDERTRAIL_WEBHOOK_HMAC_KEY": "benchmark" * 5,
        "ORDERTRAIL_FULFILMENT_ENABLED": "false",
        "ORDERTRAIL_LOG_LEVEL": "warning",
    }
    environment.pop("AMQP_URL", None)
    if amqp_url is not None:
        environment["AMQP_URL"] = amqp_url
    return environment


@contextmanager
def processes(
    commands: list[list[str]], environment: Mapping[str, str], log: IO[bytes] | None = None
) -> Generator[list["subprocess.Popen[bytes]"]]:
    """Run some programs; whatever happens, none is left behind."""
    with ExitStack() as stack:
        children: list[subprocess.Popen[bytes]] = []
        for command in commands:
            child = subprocess.Popen(
                command, env=environment, stdout=log or sys.stderr, stderr=log or sys.stderr
            )
            stack.callback(_stop, child)
            children.append(child)
        yield children


@contextmanager
def api_server(environment: Mapping[str, str], *more: str) -> Generator[str]:
    """Run `ordertrail api`, and the other named commands; yields the URL of the API."""
    names = ("api", *more)
    with processes([[str(PROGRAM), name] for name in names], environment):
        url = f"http://127.0.0.1:{environment['ORDERTRAIL_PORT']}"
        wait_for(f"{url}/livez")
        yield url


def wait_for(url: str) -> None:
    """Wait until a URL answers with a 2xx.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            if httpx2.get(url).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


def any_port() -> int:
    """Find a free port."""
    return free_port()


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
