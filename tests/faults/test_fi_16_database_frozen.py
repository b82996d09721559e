"""FI-16: PostgreSQL stands still without a word. Does the API answer in time, and come back?

Every process of the server is stopped: connections stay open, new ones are accepted by the kernel,
nothing is answered. No request may wait longer than its deadline, and nothing may pile up.
"""

import asyncio
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from cli.embedded_postgres import EmbeddedPostgres
from commands.handler import DEADLINE_SECONDS
from sql.connection import ANSWER_SECONDS_MAX
from sql.order_numbers import TAKE_SECONDS_MAX
from tests.api_load import CLIENTS, Shop, busy_clients, settle
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_api import api_process
from tests.running_workers import eventually

SECONDS = duration(0, 20)
"""The short form lasts until every client has been put off."""
SLACK_SECONDS = 1.5
COMMAND_SECONDS_MAX = TAKE_SECONDS_MAX + DEADLINE_SECONDS + SLACK_SECONDS
QUERY_SECONDS_MAX = ANSWER_SECONDS_MAX + SLACK_SECONDS
THREADS_MORE_MAX = 2
CONNECTIONS_MORE_MAX = CLIENTS + 8


async def test_requests_are_put_off_in_time_and_carried_out_later(
    module_postgres: EmbeddedPostgres, module_database_url: str, tmp_path: Path
) -> None:
    url, report = module_database_url, FaultReport("FI-16 SIGSTOP postgres")
    async with api_process(url, tmp_path / "log") as (program, api):
        shop = await Shop.open(api)
        async with busy_clients(shop) as log:
            await eventually(lambda: log.answers > 100)
            process = psutil.Process(program.process.pid)
            before = process.num_threads(), process.num_fds()
            with frozen(module_postgres):
                frozen_at = time.monotonic()
                questions = [asyncio.create_task(status_and_seconds(shop, path)) for path in PATHS]
                await eventually(lambda: log.histogram[503] >= CLIENTS)
                await eventually(lambda: time.monotonic() > frozen_at + SECONDS)
                statuses, seconds = zip(*await asyncio.gather(*questions), strict=True)
                during = process.num_threads(), process.num_fds()
                report.notes["seconds_frozen"] = time.monotonic() - frozen_at
            answers, thawed_at = log.answers, time.monotonic()
            await eventually(lambda: log.answers > answers + 50)
            report.seconds_to_recover = time.monotonic() - thawed_at
        assert statuses == (200, 503, 503, 503, 503)
        assert max(seconds) < QUERY_SECONDS_MAX
        assert log.slowest_seconds < COMMAND_SECONDS_MAX
        assert during[0] <= before[0] + THREADS_MORE_MAX
        assert during[1] <= before[1] + CONNECTIONS_MORE_MAX
        assert log.histogram.keys() <= {200, 201, 409, 503}
        report.notes["slowest_seconds"] = log.slowest_seconds
        await settle(shop, url, report)
    report.write()
    report.assert_clean()
    await assert_checked(url)


PATHS = ("/livez", "/readyz", "/v1/orders/{order}", "/v1/products/{sku}", "/v1/events")


async def status_and_seconds(shop: Shop, path: str) -> tuple[int, float]:
    asked_at = time.monotonic()
    answer = await shop.api.http.get(path.format(order=shop.hot_order, sku=shop.sku))
    return answer.status_code, time.monotonic() - asked_at


@contextmanager
def frozen(server: EmbeddedPostgres) -> Generator[None]:
    """Stop every process of a server, and let them go on afterwards."""
    postmaster = psutil.Process(server.pid)
    postmaster.send_signal(signal.SIGSTOP)  # first, so that no session comes after the listing
    sessions = postmaster.children(recursive=True)
    for process in sessions:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in (*sessions, postmaster):
            process.send_signal(signal.SIGCONT)
