"""Does the demo place its orders, check them, and end as it should?"""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path

import httpx2
import psycopg

from cli.running import find_running
from tests.api_client import Json
from tests.ordertrail_program import background, bare_environment, result_of, run
from tests.running_workers import ORDERTRAIL

ORDERS = 200
LIVELY_ORDERS, LIVELY_SEED = 100, 4
"""So few orders among which there is every fate."""


def test_the_demo_checks_its_totals_and_ends_with_0(server_folder: Path) -> None:
    data_dir = server_folder / "data"
    # The address of somebody's database must not matter to a demo.
    environment = bare_environment(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    done = run(
        "demo", "--orders", str(ORDERS), "--exit", "--port", "0", "--data-dir", data_dir,
        environment=environment,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "totals are right" in done.stdout
    assert "What the read side says" in done.stdout
    assert "How far the orders came" in done.stdout
    assert "Where the pieces are" in done.stdout
    assert "Where the money is" in done.stdout
    assert " 0 left, " in done.stdout
    assert f"{ORDERS} orders in" in done.stdout
    assert "Accepted: p50" in done.stdout
    assert "█" in done.stdout


def test_a_demo_can_be_added_to_and_begins_afresh_otherwise(server_folder: Path) -> None:
    data_dir = server_folder / "data"
    arguments = ("demo", "--exit", "--json", "--port", "0", "--data-dir", data_dir)

    first = run(*arguments, "--orders", "30")
    added = run(*arguments, "--orders", str(LIVELY_ORDERS), "--seed", str(LIVELY_SEED), "--keep")
    afresh = run(*arguments, "--orders", "30")

    assert [done.returncode for done in (first, added, afresh)] == [0, 0, 0], added.stderr
    together = 30 + LIVELY_ORDERS
    assert [result_of(done)["orders"] for done in (first, added, afresh)] == [30, together, 30]
    assert result_of(first)["gross_minor"] == result_of(afresh)["gross_minor"]
    assert result_of(first)["wrong"] == []
    assert_shows_the_whole_life_of_orders(result_of(added))


def assert_shows_the_whole_life_of_orders(told: Json) -> None:
    assert told["wrong"] == []
    assert 0 not in told["funnel"].values(), "every step, and every reason to go no further"
    assert 0 not in told["money"].values()
    assert told["funnel"]["placed"] == LIVELY_ORDERS
    assert told["provider_books"] == told["money"]
    pieces = told["pieces"]
    assert pieces["hot_sold"] > 0
    assert pieces["hot_left"] == 0
    assert pieces["on_hand"] == pieces["restocked"] - pieces["shipped"] < 0
    assert pieces["parcels"] > told["funnel"]["shipped"]


def test_the_demo_ends_with_1_when_a_total_is_wrong(server_folder: Path) -> None:
    data_dir = server_folder / "data"
    with background("demo", "--orders", "400", "--exit", "--port", "0", data_dir=data_dir) as demo:
        demo.until("Placing orders")
        found = find_running(data_dir / "demo")
        assert found is not None

        code = forge_until_end(found.database_url, demo.process)

    assert code == 1, demo.said()
    assert "gross sales" in demo.said()
    assert "ledger: authorised" in demo.said()
    assert "totals are wrong" in demo.said()


def forge_until_end(database_url: str, process: subprocess.Popen[bytes]) -> int:
    """Add a penny to what was sold, and to what is vouched for, again and again.

    The folds may overwrite some, not all.
    """
    forged = 0
    with (
        suppress(psycopg.OperationalError),  # the demo's end takes its database away
        psycopg.connect(database_url, autocommit=True) as connection,
    ):
        while process.poll() is None:
            cursor = connection.execute(
                "UPDATE read_models.sales_daily__g1 SET gross_minor = gross_minor + 1"
            )
            forged += cursor.rowcount
            connection.execute(
                "UPDATE read_models.payment_ledger__g1 SET amount_minor = amount_minor + 1"
                " WHERE (payment_id, operation_id) IN (SELECT payment_id, operation_id"
                " FROM read_models.payment_ledger__g1 WHERE operation = 'authorize'"
                " AND status = 'done' LIMIT 1 FOR UPDATE SKIP LOCKED)"
            )
    assert forged > 0
    return process.wait(60)


def test_refuses_a_folder_that_is_not_a_demos(server_folder: Path) -> None:
    kept = server_folder / "data" / "demo" / "thesis.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("years of work")

    done = run("demo", "--exit", "--data-dir", server_folder / "data")

    assert done.returncode == 3
    assert "is not the folder of a demo" in done.stderr
    assert kept.read_text() == "years of work"


def test_at_a_terminal_the_demo_stays_until_ctrl_c(server_folder: Path) -> None:
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [ORDERTRAIL, "demo", "--orders", "20", "--port", "0", "--data-dir", server_folder / "d"],
        env=bare_environment(TERM="xterm", COLUMNS="120"),
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509 - before the program runs, no thread is there
    )
    os.close(its)
    said = read_until(ours, b"Ctrl-C ends it")
    running = find_running(server_folder / "d" / "demo")
    assert running is not None
    assert httpx2.get(f"{running.url}/readyz", trust_env=False).status_code == 200

    os.write(ours, b"\x03")
    said += read_until(ours, b"all processes ended")

    assert process.wait(60) == 0
    os.close(ours)
    assert b"totals are right" in said
    assert running.url.encode() + b"/docs" in said
    assert find_running(server_folder / "d" / "demo") is None


def take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(terminal: int, what: bytes) -> bytes:
    said = b""
    deadline = time.monotonic() + 90
    while what not in said:
        assert time.monotonic() < deadline, said[-2_000:]
        if select.select([terminal], [], [], 1)[0]:
            said += os.read(terminal, 65_536)
    return said
