"""How does `ordertrail check` begin and end, as a person or a service manager runs it?"""

import json
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest

from cli.child_processes import wait_until
from tests.checked_shop import A, open_checked_shop, tampering
from tests.ordertrail_program import bare_environment, result_of, run
from tests.running_workers import ORDERTRAIL

WAITING = """
SELECT count(*) FROM pg_stat_activity
 WHERE application_name = 'ordertrail check' AND datname = current_database()
   AND wait_event_type = 'Lock'
"""
PRESENT = """
SELECT count(*) FROM pg_stat_activity
 WHERE application_name = 'ordertrail check' AND datname = current_database()
"""
END_SECONDS_MAX = 20


def on(database_url: str) -> dict[str, str]:
    return bare_environment(
        DATABASE_URL=database_url, ORDERTRAIL_BUSINESS_TIME_ZONE="Europe/London"
    )


@contextmanager
def started(database_url: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(ORDERTRAIL), "check", "--json"],
        env=on(database_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


async def test_a_person_reads_what_was_checked_and_what_differs(database_url: str) -> None:
    await open_checked_shop(database_url)
    right = run("check", environment=on(database_url))
    async with tampering(database_url) as connection:
        await connection.execute(
            b"UPDATE read_models.order_list__g1 SET units = 7 WHERE order_id = %s", (A,)
        )

    wrong = run("check", environment=on(database_url))

    assert right.returncode == 0, right.stderr
    assert "✓  order_list__g1" in right.stdout
    assert "All is as the log says, up to position 12" in right.stdout
    assert wrong.returncode == 1
    assert "✗  order_list__g1" in wrong.stdout
    assert f'✗ order_list__g1 key ["{A}"]: differs in units (row_differs)' in wrong.stdout
    assert "    units: expected 2, found 7" in wrong.stdout
    assert "Not all is right, up to position 12" in wrong.stdout


async def test_a_program_reads_one_stable_document(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection:
        await connection.execute(b"DELETE FROM event_store.events WHERE position = 9")

    done = run("check", "--json", "--projection", "product_list", environment=on(database_url))

    document = result_of(done)
    assert list(document) == [
        "ok",
        "position",
        "taken_at",
        "seconds",
        "events_per_second",
        "checks",
    ]
    assert (done.returncode, document["ok"], document["position"]) == (1, False, 12)
    assert [one["name"] for one in document["checks"]] == [
        "log",
        "checkpoints",
        "views",
        "product_list__g1",
        "commands",
        "money",
        "snapshots",
    ]
    log = document["checks"][0]
    assert log.pop("seconds") >= 0
    assert log == {
        "name": "log",
        "ok": False,
        "checked": 11,
        "differences_count": 2,
        "differences": [
            {
                "code": "position_missing",
                "place": "position 9",
                "detail": "the log goes on after a hole",
                "columns": [],
            },
            {
                "code": "version_not_next",
                "place": f"stream order-{A[:-1]}b, position 10",
                "detail": "version 3 stands where version 2 belongs",
                "columns": [],
            },
        ],
        "notes": [],
    }
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["progress"] * 2


def test_wrong_usage_ends_with_2_and_what_cannot_be_read_with_3(
    database_url: str, empty_database_url: str
) -> None:
    unknown = run("check", "--projection", "sales_hourly", environment=on(database_url))
    nowhere = run("check", "--json", environment=on("postgresql://nobody:geheim@127.0.0.1:1/x"))
    unmigrated = run("check", environment=on(empty_database_url))

    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "order_detail, order_list" in unknown.stderr
    assert (nowhere.returncode, nowhere.stdout) == (3, "")
    assert "geheim" not in nowhere.stderr
    assert (unmigrated.returncode, unmigrated.stdout) == (3, "")
    assert "run `ordertrail migrate up`" in unmigrated.stderr
    for done in (unknown, nowhere, unmigrated):
        assert "Traceback" not in done.stderr


async def test_a_right_that_is_missing_ends_with_3(database_url: str) -> None:
    await open_checked_shop(database_url)
    async with tampering(database_url) as connection:
        await connection.execute(b"REVOKE SELECT ON event_store.commands FROM ordertrail_query")

    done = run("check", environment=on(database_url))

    assert (done.returncode, done.stdout) == (3, "")
    assert "permission denied for table commands" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_ends_it_quickly_and_leaves_no_session(
    database_url: str, number: signal.Signals, exit_code: int
) -> None:
    await open_checked_shop(database_url)
    with (
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
    ):
        holder.execute("LOCK TABLE read_models.order_list__g1 IN ACCESS EXCLUSIVE MODE")
        with started(database_url) as process:
            assert wait_until(lambda: watcher.execute(WAITING).fetchone() != (0,), END_SECONDS_MAX)
            process.send_signal(number)
            said, complaints = process.communicate(timeout=END_SECONDS_MAX)

        assert (process.returncode, said) == (exit_code, "")
        assert "Traceback" not in complaints
        assert wait_until(lambda: watcher.execute(PRESENT).fetchone() == (0,), END_SECONDS_MAX)


async def test_a_closed_pipe_is_a_quiet_end(database_url: str) -> None:
    await open_checked_shop(database_url)
    with started(database_url) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaints = process.stderr.read()

    assert process.returncode == 0
    assert "Traceback" not in complaints
    assert "Broken" not in complaints
