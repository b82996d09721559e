"""Does `ordertrail check` find nothing wrong with a database? The end of every fault test."""

import asyncio
import json
from typing import Any, Final

import psycopg

from tests.ordertrail_program import bare_environment
from tests.running_workers import ORDERTRAIL

CHECK_SECONDS_MAX: Final = 120.0
_FOLD: Final = (
    b"SELECT fold_version FROM read_models.generations"
    b" WHERE projection = 'sales_daily' AND state = 'live'"
)


async def assert_checked(database_url: str) -> None:
    """Run the real program on a database, and fail with the differences that it finds."""
    exit_code, said, complaint = await check(database_url)
    assert exit_code in {0, 1}, f"exit code {exit_code}: {complaint}"
    document = json.loads(said)
    wrong = {one["name"]: one for one in document["checks"] if not one["ok"]}
    assert (exit_code, wrong) == (0, {}), json.dumps(wrong, indent=1)


async def check(database_url: str, *arguments: str) -> tuple[int, str, str]:
    """Run `ordertrail check --json`, and answer its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        str(ORDERTRAIL),
        "check",
        "--json",
        *arguments,
        env=bare_environment(
            DATABASE_URL=database_url, ORDERTRAIL_BUSINESS_TIME_ZONE=await zone_of(database_url)
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            said, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, said.decode(), complaint.decode()


async def differences(database_url: str, *arguments: str) -> list[dict[str, Any]]:
    """Answer everything that the program finds wrong with a database."""
    exit_code, said, complaint = await check(database_url, *arguments)
    assert exit_code in {0, 1}, f"exit code {exit_code}: {complaint}"
    found = [one for each in json.loads(said)["checks"] for one in each["differences"]]
    assert bool(found) == (exit_code == 1)
    return found


async def zone_of(database_url: str) -> str:
    """Tell in which time zone the shop of a database counts its days."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        row = await (await connection.execute(_FOLD)).fetchone()
    return "UTC" if row is None else str(row[0]).partition(" ")[2]
