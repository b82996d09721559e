"""FI-01, FI-02: the API is killed at any await of an append or a load. What does a retry get?

Clients who got no answer send the same requests to another process. Nothing that was answered may
be missing (I1), nothing be there that nobody sent (I2), and no request have two effects (I3).
"""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.embedded_postgres import EmbeddedPostgres
from sql.migrate import migrate_up
from tests.api_load import Shop, busy_clients, effects_of, end_sessions, settle
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.running_api import api_client, api_process, api_program
from tests.running_workers import eventually, make_read_tables


@pytest.fixture(scope="module")
def other_api(
    module_postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a process that nothing happens to, on the module's only database.

    What is in the database after all the kills is checked at the end.
    """
    url = module_postgres.url
    asyncio.run(migrate_up(url))
    asyncio.run(make_read_tables(url))
    with api_program(url, tmp_path_factory.mktemp("other") / "log") as program:
        yield program.url
    asyncio.run(assert_checked(url))


@pytest.mark.parametrize(
    ("test", "failpoints"),
    [
        ("FI-01", "append.after_commit=kill@40"),
        ("FI-02", "append.before_commit=kill@40"),
        ("FI-02", "load.before_query=kill@40"),
        ("FI-02", "load.after_query=kill@40"),
        ("FI-01/02", "append.before_connect=kill@1"),
        ("FI-01/02", "append.before_retry=kill@1"),
    ],
)
async def test_a_retry_after_the_kill_has_one_effect(
    module_postgres: EmbeddedPostgres, other_api: str, tmp_path: Path, test: str, failpoints: str
) -> None:
    url = module_postgres.url
    report = FaultReport(f"{test} {failpoints.partition('=')[0]}")
    async with api_client(other_api) as survivor:
        async with api_process(url, tmp_path / "log", failpoints=failpoints) as (doomed, api):
            shop = await Shop.open(survivor)
            shop.api = api
            async with busy_clients(shop):
                if test == "FI-01/02":
                    await eventually(lambda: len(shop.log.answered) > 50)
                    await end_sessions(url, "ordertrail appender")
                await eventually(lambda: not doomed.is_running())
            assert doomed.process.returncode == -signal.SIGKILL
        in_doubt = shop.log.in_doubt.keys()
        committed = in_doubt & (await effects_of(url, shop.log.before)).keys()
        # Beside these may stand answers of the batch before, committed and not sent yet.
        assert in_doubt
        assert committed or test != "FI-01"
        assert in_doubt - committed or test != "FI-02"
        shop.api = survivor
        await settle(shop, url, report)
    report.write()
    report.assert_clean()
    assert report.recovered == len(committed)
