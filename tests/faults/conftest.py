"""Which database does a fault test get? One on a PostgreSQL of its own, or of its module's own."""

import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from cli.embedded_postgres import EmbeddedPostgres
from sql.migrate import migrate_up
from tests.delivery import Delivery, DeliveryServers
from tests.rabbitmq_installation import ensure_rabbitmq
from tests.running_workers import make_read_tables
from tests.services import execute, service_folder


@pytest.fixture
async def own_database_url(own_postgres: Callable[..., EmbeddedPostgres]) -> str:
    """A migrated database with empty read tables, on a server that only this test uses."""
    url = own_postgres().url_of("postgres")
    await migrate_up(url)
    await make_read_tables(url)
    return url


@pytest.fixture(scope="module")
def module_postgres() -> Iterator[EmbeddedPostgres]:
    """A server for all tests of a module; one that breaks it leaves it running again."""
    folder = service_folder()
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def module_database_url(module_postgres: EmbeddedPostgres) -> str:
    """A migrated database with empty read tables, of this test alone, on the module's server."""
    name = f"fault_{uuid.uuid4().hex}"
    execute(module_postgres.url_of("postgres"), SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = module_postgres.url_of(name)
    await migrate_up(url)
    await make_read_tables(url)
    return url


@pytest.fixture(scope="session")
def delivery_servers() -> Iterator[DeliveryServers]:
    """PostgreSQL and RabbitMQ for the tests of the delivery side, and for nobody else."""
    ensure_rabbitmq()
    folder = service_folder()
    servers = DeliveryServers(folder)
    try:
        servers.start()
        yield servers
    finally:
        servers.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def delivery(delivery_servers: DeliveryServers, tmp_path: Path) -> AsyncIterator[Delivery]:
    """An empty log with empty read tables, and a broker without queues."""
    await delivery_servers.clean_broker()
    with delivery_servers.database() as url:
        yield Delivery(delivery_servers, url, tmp_path / "log")
