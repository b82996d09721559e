"""FI-10, FI-11: PostgreSQL crashes under load and starts again. Who loses what, who has to restart?

Nobody: the API says 503 meanwhile and goes on by itself, as does the worker, and everything that
was answered is in the log and in the read tables.
"""

import asyncio
import time
from pathlib import Path

import pytest

from cli.child_processes import run_as, server_account
from cli.embedded_postgres import EmbeddedPostgres
from cli.postgres_programs import bundled_programs
from tests.api_load import CLIENTS, Shop, busy_clients, settle
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_api import api_process
from tests.running_workers import (
    assert_tables_are_the_fold_of,
    caught_up,
    eventually,
    program,
    read_log,
)

CRASHES = int(duration(1, 6))
BACK_SECONDS_MAX = 10
NO_BROKER = ""


@pytest.mark.parametrize("how", ["pg_ctl stop -m immediate", "kill -9"])
async def test_a_crash_of_the_database_loses_nothing_and_nobody_restarts(
    module_postgres: EmbeddedPostgres, module_database_url: str, tmp_path: Path, how: str
) -> None:
    url, log_file = module_database_url, tmp_path / "log"
    report = FaultReport(f"FI-{'11' if how == 'kill -9' else '10'} {how}")
    seconds: list[float] = []
    with program(url, NO_BROKER, "worker", log=log_file) as worker:
        async with api_process(url, log_file) as (api_program, api):
            shop = await Shop.open(api)
            async with busy_clients(shop) as log:
                for _ in range(CRASHES):
                    answers, put_off = log.answers, log.histogram[503]
                    await eventually(lambda answers=answers: log.answers > answers + 100)
                    await asyncio.to_thread(crash, module_postgres, how)
                    await eventually(lambda past=put_off: log.histogram[503] >= past + CLIENTS)
                    answers, started_at = log.answers, time.monotonic()
                    await asyncio.to_thread(module_postgres.start)
                    await eventually(lambda answers=answers: log.answers > answers + CLIENTS)
                    seconds.append(time.monotonic() - started_at)
            assert log.histogram.keys() <= {200, 201, 409, 503}
            assert (api_program.is_running(), worker.poll()) == (True, None)
            await settle(shop, url, report)
        report.seconds_to_recover = max(seconds)
        report.notes["caught_up_seconds"] = await caught_up(url)
    await assert_tables_are_the_fold_of(url, await read_log(url))
    report.write()
    report.assert_clean()
    assert max(seconds) < BACK_SECONDS_MAX
    await assert_checked(url)


def crash(server: EmbeddedPostgres, how: str) -> None:
    """Let the server end without a checkpoint, all its sessions in the middle of things."""
    if how == "kill -9":
        server.kill()
        return
    account = server_account()
    stop = (str(bundled_programs(account) / "pg_ctl"), "stop", "-m", "immediate", "-D")
    done = run_as(account, [*stop, str(server.log_path.parent / "cluster")])
    assert done.returncode == 0, done.stderr
    assert not server.is_running()
