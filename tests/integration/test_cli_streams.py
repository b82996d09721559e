"""How does a command end when its output is full or closed, and what does the doctor see then?"""

import subprocess

import pytest

from sql.relay_status import read_relay_status
from tests.checked_shop import open_checked_shop, tampering
from tests.ordertrail_program import END_SECONDS_MAX, bare_environment, result_of, run
from tests.projecting import query_connection
from tests.running_workers import ORDERTRAIL

FULL = "/dev/full"
HOUR_SECONDS = 3_600
NOT_SENT = "12 events behind, and has not moved for 3,6"


def on(database_url: str, **more: str) -> dict[str, str]:
    return bare_environment(
        DATABASE_URL=database_url, ORDERTRAIL_BUSINESS_TIME_ZONE="Europe/London", **more
    )


def redirected(where: str, *arguments: str, on: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program with its streams led elsewhere, or closed, by a shell."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" "$@" {where}', str(ORDERTRAIL), *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=END_SECONDS_MAX,
        env=on,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("parked", "list"),
        ("parked", "list", "--json"),
        ("process", "list", "--json"),
        ("projections", "list", "--json"),
        ("check", "--json"),
        ("migrate", "status"),
        ("config",),
        ("--help",),
    ],
    ids=" ".join,
)
async def test_an_output_that_is_full_is_told_as_such(
    database_url: str, arguments: tuple[str, ...]
) -> None:
    await open_checked_shop(database_url)
    done = redirected(f">{FULL}", *arguments, on=on(database_url))

    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert told == ["ordertrail: The output cannot be written: No space left on device."]
    assert done.returncode == 1


@pytest.mark.parametrize("arguments", [("parked", "list", "--json"), ("check", "--json")])
@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
async def test_closed_streams_are_a_quiet_end(
    database_url: str, arguments: tuple[str, ...], closed: str
) -> None:
    await open_checked_shop(database_url)
    done = redirected(closed, *arguments, on=on(database_url))

    told = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, done.stdout, told) == (0, "", [])


async def test_notes_that_cannot_be_written_do_not_end_the_work(database_url: str) -> None:
    await open_checked_shop(database_url)
    done = redirected(f"2>{FULL}", "check", "--json", on=on(database_url))

    assert done.returncode == 0
    assert result_of(done)["ok"] is True


async def test_the_doctor_sees_a_relay_that_stands_still(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection, query_connection(database_url) as reader:
        await connection.execute(
            b"UPDATE messaging.relay_checkpoints SET updated_at = updated_at - interval '1 hour'"
        )
        fresh = await read_relay_status(reader)
        await connection.execute(
            b"UPDATE event_store.events SET recorded_at = recorded_at - interval '1 hour'"
        )
        stuck = await read_relay_status(reader)
    environment = on(database_url, AMQP_URL="amqp://guest:guest@127.0.0.1:1/")
    with_broker = run("doctor", "--json", environment=environment)
    without = run("doctor", "--json", environment=on(database_url))

    assert (fresh.lag_events, stuck.lag_events) == (12, 12)
    assert fresh.idle_seconds < HOUR_SECONDS <= stuck.idle_seconds
    found = {one["name"]: one for one in result_of(with_broker)["checks"]}
    assert found["relay"]["state"] == "warning"
    assert found["relay"]["detail"].startswith(NOT_SENT)
    assert "relay" not in {one["name"] for one in result_of(without)["checks"]}
