"""FI-04: somebody ends the API's sessions five times a second. Is anything lost or done twice?"""

import asyncio
from pathlib import Path

from tests.api_load import Shop, busy_clients, end_sessions, settle
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.long import duration
from tests.running_api import api_process

SECONDS = duration(3, 30)
EVERY_SECONDS = 0.2
HEARD = frozenset({200, 201, 409, 503})
"""409 is `idempotency_in_progress`: a client repeats what the API still sends again itself."""


async def test_sessions_that_are_ended_lose_nothing(
    module_database_url: str, tmp_path: Path
) -> None:
    url, report = module_database_url, FaultReport("FI-04 pg_terminate_backend")
    async with api_process(url, tmp_path / "log") as (program, api):
        shop = await Shop.open(api)
        ended = 0
        loop = asyncio.get_running_loop()
        async with busy_clients(shop) as log:
            until = loop.time() + SECONDS
            while loop.time() < until:
                ended += await end_sessions(url, "ordertrail %")
                await asyncio.sleep(EVERY_SECONDS)
        assert program.is_running()
        assert log.histogram.keys() <= HEARD
        assert ended > SECONDS
        assert log.answers > SECONDS
        report.notes["sessions_ended"] = ended
        report.seconds_to_recover = log.slowest_seconds
        await settle(shop, url, report)
    report.write()
    report.assert_clean()
    await assert_checked(url)
