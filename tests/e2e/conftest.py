"""Which running system do the end-to-end tests talk to?"""

import uuid
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from tests.api_client import ApiClient
from tests.running_api import RunningSystem, ready, running_system
from tests.services import drop_database, execute, with_database


@pytest.fixture(scope="session")
def started_system(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """One system for all end-to-end tests of this process, on a database of its own."""
    name = f"test_{uuid.uuid4().hex}"
    folder: Path = tmp_path_factory.mktemp("system")
    clone = SQL("CREATE DATABASE {} TEMPLATE {}")
    execute(postgres_url, clone.format(Identifier(name), Identifier(template_database)))
    try:
        with running_system(with_database(postgres_url, name), folder) as system:
            yield system
    finally:
        drop_database(postgres_url, name)


@pytest.fixture
async def system(started_system: RunningSystem) -> RunningSystem:
    """The system, once it is ready."""
    return await ready(started_system)


@pytest.fixture
async def api(system: RunningSystem) -> AsyncGenerator[ApiClient]:
    """A client of the system."""
    async with system.client() as http:
        yield ApiClient(http)
