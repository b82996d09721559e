"""How is a whole system started on this machine, and how does it end?

Start: lock the data folder, PostgreSQL, the broker, migrations, then the processes; it runs when
the API says that it is ready. End, in this order and each with a deadline: the API (it answers
what it accepted), the workers, the relay, the broker, PostgreSQL.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from cli.child_processes import FolderLock, free_port, port_is_taken
from cli.embedded_postgres import EmbeddedPostgres
from cli.failures import ConfigurationFailed
from cli.groups import groups_of
from cli.keys import required_key, with_generated_keys
from cli.local_rabbitmq import LocalRabbitMQ
from cli.migrate import apply_migrations
from cli.private_servers import ServerKeeper, prepare_data_dir
from cli.readiness import until_ready
from cli.running import Running, announce, start_of, withdraw
from cli.settings import SECRETS, Settings, variable_of
from cli.status import Status
from cli.stripe import stripe_options, stripe_webhook_secret
from cli.supervisor import ChildSpec, Supervisor
from cli.upkeep import rebuild_stale, remember_zone, with_remembered_zone

Broker = Literal["none", "rabbitmq"]
READY_SECONDS_MAX: Final = 60.0
API_STOP_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class System:
    """A system that runs."""

    url: str
    settings: Settings
    supervisor: Supervisor
    _hopeless: asyncio.Task[None]

    async def until_hopeless(self) -> None:
        """Wait as long as the system can run.

        Raises:
            ConfigurationFailed: a process cannot run like this.
        """
        await asyncio.shield(self._hopeless)


@asynccontextmanager
async def running_system(
    settings: Settings, status: Status, *, broker: Broker = "none", sandbox: bool = False
) -> AsyncGenerator[System]:
    """Start a system, and end it in order; with `sandbox`, a provider and a carrier too.

    Raises:
        ConfigurationFailed, ServerFailed: it cannot start; the sentence says why.
    """
    prepare_data_dir(settings.data_dir, is_root=os.geteuid() == 0)
    lock = FolderLock(settings.data_dir)
    lock.take()
    async with AsyncExitStack() as ending:
        ending.callback(lock.release)
        brings_postgres = settings.is_embedded
        settings = _with_port(with_remembered_zone(settings))
        settings = await _with_servers(settings, status, ending, broker)
        settings = _with_keys(settings)
        await _migrate(settings, status)
        if brings_postgres:
            await rebuild_stale(settings, status)
            remember_zone(settings)
        if sandbox and settings.sandbox_url is None:
            settings = settings.model_copy(
                update={"sandbox_url": f"http://127.0.0.1:{free_port()}"}
            )
        children = processes(settings, with_sandbox=sandbox)
        supervisor = Supervisor(children, status, log_folder=settings.data_dir / "log")
        supervisor.start()
        ending.push_async_callback(_stop, supervisor, status)
        hopeless = asyncio.create_task(supervisor.until_hopeless())
        ending.callback(hopeless.cancel)
        url = f"http://{_reachable(settings.host)}:{settings.port}"
        with status.step("Waiting for the API", f"API ready at {url}"):
            await _ready_or_hopeless(url, hopeless)
        announce(settings.data_dir, _running(settings, url))
        ending.callback(withdraw, settings.data_dir)
        yield System(url, settings, supervisor, hopeless)


async def _stop(supervisor: Supervisor, status: Status) -> None:
    with status.step("Stopping", "all processes ended"):
        await supervisor.stop()


def _with_port(settings: Settings) -> Settings:
    if settings.port == 0:
        return settings.model_copy(update={"port": free_port()})
    if port_is_taken(settings.port):
        raise ConfigurationFailed(
            f"Port {settings.port} is taken by another program; choose another with --port "
            "(0: any free one) or ORDERTRAIL_PORT."
        )
    return settings


async def _with_servers(
    settings: Settings, status: Status, ending: AsyncExitStack, broker: Broker
) -> Settings:
    """Start what the settings do not name."""
    if settings.database_url is None:
        keeper = _postgres_in(settings.data_dir / "postgres", status)
        with status.step("Starting PostgreSQL", f"PostgreSQL, private, in {settings.data_dir}"):
            await _keep(keeper, ending)
        settings = settings.model_copy(update={"database_url": SecretStr(keeper.url)})
        settings = with_generated_keys(settings)
    if broker == "rabbitmq" and settings.amqp_url is None:
        keeper = _rabbitmq_in(settings.data_dir / "rabbitmq", status)
        with status.step("Starting RabbitMQ", f"RabbitMQ, private, in {settings.data_dir}"):
            await _keep(keeper, ending)
        settings = settings.model_copy(update={"amqp_url": SecretStr(keeper.url)})
    return settings


def _postgres_in(folder: Path, status: Status) -> ServerKeeper:
    postgres = EmbeddedPostgres(folder)
    return ServerKeeper(
        "postgresql", postgres, lambda: EmbeddedPostgres(folder, postgres.port), status
    )


def _rabbitmq_in(folder: Path, status: Status) -> ServerKeeper:
    rabbitmq = LocalRabbitMQ(folder)
    return ServerKeeper("rabbitmq", rabbitmq, lambda: LocalRabbitMQ(folder, rabbitmq.port), status)


async def _keep(keeper: ServerKeeper, ending: AsyncExitStack) -> None:
    ending.push_async_callback(keeper.stop)
    await keeper.start()
    keeping = asyncio.create_task(keeper.keep_running())
    ending.callback(keeping.cancel)


def _with_keys(settings: Settings) -> Settings:
    required_key(settings, "email_hmac_key")
    if settings.amqp_url is not None:
        required_key(settings, "slice_hmac_key")
    stripe_options(settings)
    stripe_webhook_secret(settings)
    return settings


async def _migrate(settings: Settings, status: Status) -> None:
    assert settings.database_url is not None
    with status.step("Applying migrations", "schema is the code's"):
        await apply_migrations(
            settings.database_url.get_secret_value(),
            settings.role_prefix,
            settings.business_time_zone,
        )


def processes(settings: Settings, *, with_sandbox: bool = False) -> list[ChildSpec]:
    """List the processes of a system, in the order in which they end."""
    environment = environment_of(settings)
    workers = [
        (f"worker-{group}", ("worker", "--group", group))
        for group, names in groups_of(settings).items()
        if names
    ]
    relay = [("relay", ("relay",))] if settings.amqp_url is not None else []
    named: Sequence[tuple[str, tuple[str, ...]]] = [
        ("api", ("api",)),
        *([("fulfilment", ("fulfilment",))] if settings.fulfilment_enabled else []),
        *([("sandbox", _sandbox_arguments(settings))] if with_sandbox else []),
        *workers,
        *relay,
    ]
    return [
        ChildSpec(
            name=name,
            # -P: the folder from which a system is started must not lend it modules.
            arguments=(sys.executable, "-P", "-m", "cli.main", *arguments, "--supervised"),
            environment=environment,
            stop_timeout_seconds=API_STOP_SECONDS,
        )
        for name, arguments in named
    ]


def _sandbox_arguments(settings: Settings) -> tuple[str, ...]:
    port = urlsplit(settings.sandbox_url or "").port
    api_url = f"http://{_reachable(settings.host)}:{settings.port}"
    journal = settings.data_dir / "sandbox.jsonl"
    return (
        *("sandbox", "--port", str(port), "--webhooks", api_url),
        *("--journal", str(journal)),
    )


def environment_of(settings: Settings) -> Mapping[str, str]:
    """Write settings as the variables of a child's environment."""
    # A name of a file that the child inherits would contradict the value itself.
    written = {variable_of(name) + "_FILE": "" for name in SECRETS}
    for name, value in settings.model_dump(mode="json").items():
        kept = getattr(settings, name)
        if isinstance(kept, SecretStr):
            text = kept.get_secret_value()
        elif isinstance(value, dict):
            text = json.dumps(value)
        else:
            text = "" if value is None else str(value)
        written[variable_of(name)] = text
    return written


def _reachable(host: str) -> str:
    """Name an address that this machine reaches a listening address by."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


async def _ready_or_hopeless(url: str, hopeless: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(until_ready(url, READY_SECONDS_MAX))
    try:
        await asyncio.wait([ready, hopeless], return_when=asyncio.FIRST_COMPLETED)
        if hopeless.done():
            hopeless.result()
        await ready
    except TimeoutError as error:
        raise ConfigurationFailed(str(error)) from error
    finally:
        ready.cancel()


def _running(settings: Settings, url: str) -> Running:
    assert settings.database_url is not None
    amqp_url = settings.amqp_url
    started = start_of(os.getpid())
    assert started is not None
    return Running(
        pid=os.getpid(),
        process_started=started,
        url=url,
        database_url=settings.database_url.get_secret_value(),
        amqp_url=None if amqp_url is None else amqp_url.get_secret_value(),
        role_prefix=settings.role_prefix,
        business_time_zone=settings.business_time_zone,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
