"""Which real services does a test get, and how are tests kept apart?"""

import shutil
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from cli.embedded_postgres import EmbeddedPostgres
from cli.local_rabbitmq import LocalRabbitMQ
from tests.rabbitmq_installation import ensure_rabbitmq
from tests.service_channel import ServiceChannel, ServiceServer
from tests.services import (
    ServiceHost,
    Services,
    drop_database,
    execute,
    service_folder,
    with_database,
)

BROKER_FIXTURES = frozenset({"amqp_url", "own_rabbitmq", "delivery"})
HOST = pytest.StashKey[ServiceHost]()
SERVER = pytest.StashKey[ServiceServer]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the first process of the run the host of its services."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts what it runs in the background like this, and tests press Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config, "workerinput"):
        return
    host = ServiceHost()
    config.stash[HOST] = host
    config.stash[SERVER] = ServiceServer(host)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the services of the run."""
    if HOST in config.stash:
        config.stash[SERVER].close()
        config.stash[HOST].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, so that -m can choose."""
    for item in items:
        if BROKER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.rabbitmq)
        if Path(__file__).parent / "faults" in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The services of the run, which tests rarely ask for themselves."""
    return pytestconfig.stash.get(HOST, None) or ServiceChannel()


@pytest.fixture(scope="session")
def postgres_url(services: Services) -> str:
    """The maintenance database of the run's PostgreSQL, as a user who may make databases."""
    return services.postgres()


@pytest.fixture(scope="session")
def template_database(services: Services) -> str:
    """The name of a migrated database, made once per run, to be cloned."""
    return services.template()


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A fresh migrated database of the test's own, dropped at its end."""
    name = f"test_{uuid.uuid4().hex}"
    clone = SQL("CREATE DATABASE {} TEMPLATE {}")
    execute(postgres_url, clone.format(Identifier(name), Identifier(template_database)))
    yield with_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A fresh database of the test's own with nothing in it, dropped at its end."""
    name = f"test_{uuid.uuid4().hex}"
    execute(postgres_url, SQL("CREATE DATABASE {}").format(Identifier(name)))
    yield with_database(postgres_url, name)
    drop_database(postgres_url, name)


@pytest.fixture
def amqp_url(services: Services) -> Iterator[str]:
    """A virtual host of the test's own; with TEST_AMQP_URL, the one that it names."""
    name = f"test-{uuid.uuid4().hex}"
    yield services.add_virtual_host(name)
    services.delete_virtual_host(name)


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder that an unprivileged server can reach, which tmp_path of root is not."""
    folder = service_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_postgres(server_folder: Path) -> Iterator[Callable[..., EmbeddedPostgres]]:
    """Start PostgreSQL servers of the test's own: `own_postgres(settings={"fsync": "on"})`."""
    with ExitStack() as closing:

        def start(settings: Mapping[str, str] | None = None) -> EmbeddedPostgres:
            folder = server_folder / f"postgres-{uuid.uuid4().hex[:8]}"
            server = EmbeddedPostgres(folder, settings=settings)
            closing.callback(server.kill)
            server.start()
            return server

        yield start


@pytest.fixture
def own_rabbitmq(server_folder: Path) -> Iterator[Callable[[], LocalRabbitMQ]]:
    """Start RabbitMQ nodes of the test's own: `own_rabbitmq()`."""
    ensure_rabbitmq()
    with ExitStack() as closing:

        def start() -> LocalRabbitMQ:
            server = LocalRabbitMQ(server_folder / f"rabbitmq-{uuid.uuid4().hex[:8]}")
            closing.callback(server.kill)
            server.start()
            return server

        yield start
