"""An API with the read models that it reads, each on the test's own database."""

from collections.abc import AsyncGenerator

import pytest

from tests.api_client import ApiClient, api_on
from tests.catching_up import Projectors, projectors_on


@pytest.fixture
async def projectors(database_url: str) -> AsyncGenerator[Projectors]:
    async with projectors_on(database_url) as running:
        yield running


@pytest.fixture
async def api(
    database_url: str,
    projectors: Projectors,  # noqa: ARG001 - they make the tables that the API reads
) -> AsyncGenerator[ApiClient]:
    async with api_on(database_url) as client:
        yield client
