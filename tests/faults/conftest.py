"""Which database does a fault test get? One on a PostgreSQL of its own."""

from collections.abc import Callable

import pytest

from cli.embedded_postgres import EmbeddedPostgres
from sql.migrate import migrate_up
from tests.running_workers import make_read_tables


@pytest.fixture
async def own_database_url(own_postgres: Callable[..., EmbeddedPostgres]) -> str:
    """A migrated database with empty read tables, on a server that only this test uses."""
    url = own_postgres().url_of("postgres")
    await migrate_up(url)
    await make_read_tables(url)
    return url
