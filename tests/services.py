"""Where do the tests get a real PostgreSQL and a real RabbitMQ?

In this order: the addresses in TEST_DATABASE_URL and TEST_AMQP_URL; a Docker engine that answers;
the wheel's PostgreSQL and the RabbitMQ installed here; on Debian and Ubuntu as root, RabbitMQ is
installed. One of each serves a whole run: the first process of the run starts a service when a test
first asks for it, and the workers of pytest-xdist ask that process (tests/service_channel.py).
"""

import asyncio
import os
import shutil
import tempfile
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from cli.embedded_postgres import EmbeddedPostgres
from cli.local_rabbitmq import LocalRabbitMQ
from tests.docker_services import DockerRabbitMQ, docker_answers, docker_postgres
from tests.rabbitmq_installation import ensure_rabbitmq

TEMPLATE_PREFIX = "ordertrail_template"
SYSTEM_FOLDER = Path("/var/lib/ordertrail")
TEST_POSTGRES_SETTINGS = {"max_connections": "300"}


class Services(Protocol):
    """What the fixtures ask for; the host answers it, or a worker's channel to the host."""

    def postgres(self) -> str:
        """Answer the address of the maintenance database, as a user who may make databases."""
        ...

    def template(self) -> str:
        """Answer the name of a migrated database that nobody is connected to."""
        ...

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host of the broker and answer its address."""
        ...

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        ...


class Broker(Protocol):
    """A RabbitMQ that can make virtual hosts."""

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host and answer its address."""
        ...

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        ...


class ExternalRabbitMQ:
    """The broker of TEST_AMQP_URL: its one virtual host serves all tests."""

    def __init__(self, url: str) -> None:
        self._url = url

    def add_virtual_host(self, name: str) -> str:
        """Answer the one address there is; tests keep apart by the names of their queues."""
        del name
        return self._url

    def delete_virtual_host(self, name: str) -> None:
        """Leave it alone."""


def service_folder() -> Path:
    """Make a folder for the data of services, one that their unprivileged account can reach."""
    parent = None
    if os.geteuid() == 0:
        SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)
        parent = SYSTEM_FOLDER
    folder = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    folder.chmod(0o711)
    return folder


class ServiceHost:
    """Starts each service once, when first asked for it, and stops them all at the end."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._folder: Path | None = None
        self._postgres_url: str | None = None
        self._template: str | None = None
        self._broker: Broker | None = None
        self._closing = ExitStack()

    def postgres(self) -> str:
        """Answer the address of the maintenance database, as a user who may make databases."""
        with self._lock:
            if self._postgres_url is None:
                self._postgres_url = self._find_postgres()
            return self._postgres_url

    def template(self) -> str:
        """Answer the name of a migrated database that nobody is connected to."""
        with self._lock:
            if self._template is None:
                self._template = self._make_template()
            return self._template

    def add_virtual_host(self, name: str) -> str:
        """Make a virtual host of the broker and answer its address."""
        with self._lock:
            if self._broker is None:
                self._broker = self._find_broker()
            return self._broker.add_virtual_host(name)

    def delete_virtual_host(self, name: str) -> None:
        """Delete a virtual host with all that is in it."""
        with self._lock:
            if self._broker is not None:
                self._broker.delete_virtual_host(name)

    def close(self) -> None:
        """Stop what was started and delete its data."""
        with self._lock:
            self._closing.close()

    def _data_folder(self, name: str) -> Path:
        if self._folder is None:
            self._folder = service_folder()
            self._closing.callback(partial(shutil.rmtree, self._folder, ignore_errors=True))
        return self._folder / name

    def _find_postgres(self) -> str:
        if url := os.environ.get("TEST_DATABASE_URL"):
            return url
        if docker_answers():
            return self._closing.enter_context(docker_postgres())
        server = EmbeddedPostgres(self._data_folder("postgres"), settings=TEST_POSTGRES_SETTINGS)
        return self._closing.enter_context(server).url_of("postgres")

    def _find_broker(self) -> Broker:
        if url := os.environ.get("TEST_AMQP_URL"):
            return ExternalRabbitMQ(url)
        if docker_answers():
            return self._closing.enter_context(DockerRabbitMQ())
        ensure_rabbitmq()
        return self._closing.enter_context(LocalRabbitMQ(self._data_folder("rabbitmq")))

    def _make_template(self) -> str:
        # Tests without a database load none of it.
        from sql.migrate import migrate_up  # noqa: PLC0415

        name = f"{TEMPLATE_PREFIX}_{os.getpid()}"
        address = self.postgres()
        execute(address, SQL("CREATE DATABASE {}").format(Identifier(name)))
        self._closing.callback(drop_database, address, name)
        asyncio.run(migrate_up(with_database(address, name)))
        closed = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        execute(address, closed.format(Identifier(name)))
        return name


def execute(url: str, statement: Composed) -> None:
    """Run one statement outside a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def drop_database(url: str, name: str) -> None:
    """Drop a database, ending whoever is still connected to it."""
    execute(url, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def with_database(url: str, name: str) -> str:
    """Write the address of another database of the same server."""
    address, question, query = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}{question}{query}"
