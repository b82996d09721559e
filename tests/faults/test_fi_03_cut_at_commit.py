"""FI-03: the connection is cut at a commit, before its answer is heard. What do clients hear?

Success, every time: the API sends the batch again on a new connection and finds its own records.
A client never hears of the cut, least of all as a 409 or 412 about its own first try.
"""

import asyncio
from pathlib import Path

import pytest

from tests.api_load import ClientLog, Shop, busy_clients, settle
from tests.checking import assert_checked
from tests.fault_report import FaultReport
from tests.long import duration
from tests.proxy import CHUNK_BYTES, FaultyLink, a_faulty_link
from tests.running_api import api_process
from tests.running_workers import eventually

SECONDS = duration(2, 30)
CUTS_MIN = duration(5, 80)
REQUEST = b"order-note-added"
"""Only an append sends the type of an event, so this is one on its way to the server."""
ANSWER = b"first_positions"
"""A column of append_v1's answer, which the server sends once the transaction has committed."""


@pytest.mark.parametrize(
    ("where", "pattern", "bytes_after", "by_server"),
    [
        ("after the request", REQUEST, CHUNK_BYTES, False),
        ("before the answer", ANSWER, 0, True),
    ],
)
async def test_a_commit_whose_answer_was_lost_is_answered_with_success(
    module_database_url: str,
    tmp_path: Path,
    where: str,
    pattern: bytes,
    bytes_after: int,
    *,
    by_server: bool,
) -> None:
    url, report = module_database_url, FaultReport(f"FI-03 cut {where}")
    async with (
        a_faulty_link(url) as link,
        api_process(link.url, tmp_path / "log") as (_, api),
    ):
        shop = await Shop.open(api)
        async with busy_clients(shop) as log:
            cuts = await cut_again_and_again(link, log, pattern, bytes_after, by_server=by_server)
        assert set(log.histogram) == {200, 201}
        assert cuts >= CUTS_MIN
        report.notes["cuts"] = cuts
        report.seconds_to_recover = log.slowest_seconds
        await settle(shop, url, report)
    report.write()
    report.assert_clean()
    await assert_checked(url)


async def cut_again_and_again(
    link: FaultyLink, log: ClientLog, pattern: bytes, bytes_after: int, *, by_server: bool
) -> int:
    """Cut an append, wait until somebody is answered again, cut the next one; count them."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SECONDS
    cuts = 0
    while loop.time() < until:
        cut = link.cut_after(pattern, bytes_after, by_server=by_server)
        await cut.happened.wait()
        cuts += 1
        answers = log.answers
        await eventually(lambda answers=answers: log.answers > answers)
    link.mend()
    return cuts
