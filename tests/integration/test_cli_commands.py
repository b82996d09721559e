"""Do the operator's commands say what is, and end with the right exit code?"""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import psycopg
import pytest

from cli.child_processes import wait_until
from cli.embedded_postgres import EmbeddedPostgres
from tests.examples_log import a_claim, a_command, append, connected
from tests.ordertrail_program import KEY, bare_environment, result_of, run
from tests.parking import append_strange, until_parked
from tests.running_workers import ORDERTRAIL, caught_up, make_read_tables

WITHIN_SECONDS = 5.0


def on(database_url: str, **more: str) -> dict[str, str]:
    return bare_environment(DATABASE_URL=database_url, **more)


@contextmanager
def in_time() -> Generator[None]:
    """Fail when a command takes longer than 5 s, plus what any command takes to start here."""
    began = time.monotonic()
    run("config")
    start_seconds = time.monotonic() - began
    yield
    assert time.monotonic() - began - 2 * start_seconds < WITHIN_SECONDS


def test_migrate_brings_an_empty_database_to_the_schema_of_the_code(
    empty_database_url: str,
) -> None:
    environment = on(empty_database_url, ORDERTRAIL_EMAIL_HMAC_KEY=KEY)

    before = run("migrate", "status", "--json", environment=environment)
    refused = run("migrate", "verify", environment=environment)
    api = run("api", "--port", "0", environment=environment)
    first = run("migrate", "up", "--json", environment=environment)
    second = run("migrate", "up", "--json", environment=environment)
    after = run("migrate", "status", environment=environment)

    assert before.returncode == 1
    assert '"state": "pending"' in before.stdout
    for done in (refused, api):
        assert done.returncode == 3
        assert "run `ordertrail migrate up`" in done.stderr
    assert len(result_of(first)["applied"]) >= 4
    assert result_of(second) == {"applied": []}
    assert (first.returncode, second.returncode) == (0, 0)
    assert after.returncode == 0
    assert "pending" not in after.stdout


def test_a_server_that_never_answers_ends_with_3_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port: int = silent.getsockname()[1]
        environment = on(f"postgresql://a:geheim@127.0.0.1:{port}/b")
        with in_time():
            done = run("doctor", "--json", environment=environment)

    assert done.returncode == 3
    assert result_of(done)["ok"] is False
    assert result_of(done)["checks"][0]["state"] == "unreachable"
    assert "geheim" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("events", "tail"), "DATABASE_URL is not set"),
        (("doctor",), "DATABASE_URL is not set"),
        (("relay",), "AMQP_URL is not set"),
    ],
)
def test_says_what_is_missing_when_nothing_runs(
    command: tuple[str, ...], says: str, tmp_path: Path, database_url: str
) -> None:
    environment = on(database_url) if command == ("relay",) else bare_environment()

    done = run(*command, "--data-dir", tmp_path / "nothing", environment=environment)

    assert done.returncode == 3
    assert says in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "ORDERTRAIL_EMAIL_HMAC_KEY is not set"),
        ({"ORDERTRAIL_EMAIL_HMAC_KEY": KEY, "ORDERTRAIL_HOST": "192.0.2.1"}, "cannot listen on"),
        ({"ORDERTRAIL_EMAIL_HMAC_KEY": KEY, "ORDERTRAIL_POLICY_FILE": "/none.toml"}, "/none.toml"),
        (
            {"ORDERTRAIL_EMAIL_HMAC_KEY": KEY, "ORDERTRAIL_PAYMENT_PROVIDER": "stripe"},
            "ORDERTRAIL_STRIPE_WEBHOOK_SECRET is not set",
        ),
    ],
    ids=["no key", "another machine's address", "no policy", "no secret of the provider"],
)
def test_the_api_refuses_to_start_and_says_why(
    more: dict[str, str], says: str, database_url: str
) -> None:
    done = run("api", "--port", "0", environment=on(database_url, **more))

    assert done.returncode == 3
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_carried_out_without_the_key_of_the_provider(database_url: str) -> None:
    done = run("fulfilment", environment=on(database_url, ORDERTRAIL_PAYMENT_PROVIDER="stripe"))

    assert done.returncode == 3
    assert "ORDERTRAIL_STRIPE_API_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_doctor_finds_a_healthy_system_healthy(database_url: str, tmp_path: Path) -> None:
    await make_read_tables(database_url)

    done = run("doctor", "--json", "--data-dir", tmp_path, environment=on(database_url))

    found = {check["name"]: check["state"] for check in result_of(done)["checks"]}
    names = ("database", "PostgreSQL", "primary", "clock", "roles", "migrations", "broker")
    assert {name: found[name] for name in names} == dict.fromkeys(names, "ok")
    assert found["projection order_detail"] == "ok"


def test_the_doctor_refuses_a_database_that_can_lose_what_it_confirmed(
    own_postgres: Callable[..., EmbeddedPostgres],
) -> None:
    server = own_postgres(settings={"fsync": "off", "synchronous_commit": "off"})
    environment = on(server.url)
    assert run("migrate", "up", environment=environment).returncode == 0

    strict = run("doctor", "--json", environment=environment)
    lenient = run("doctor", "--allow-unsafe", environment=environment)

    assert strict.returncode == 1
    failed = [check["name"] for check in result_of(strict)["checks"] if check["state"] == "failed"]
    assert failed == ["fsync", "synchronous_commit"]
    assert lenient.returncode == 0
    assert "can lose confirmed orders" in lenient.stdout


async def test_a_queue_with_other_arguments_stops_the_relay_and_is_named(
    database_url: str, amqp_url: str
) -> None:
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue(
            "ordertrail.operational.0", durable=True, arguments={"x-queue-type": "quorum"}
        )
        environment = on(database_url, AMQP_URL=amqp_url, ORDERTRAIL_SLICE_HMAC_KEY=KEY)

        relay = run("relay", environment=environment)
        doctor = run("doctor", "--json", environment=environment)

    assert relay.returncode == 3
    assert "the queue ordertrail.operational.0 exists with another x-" in relay.stderr
    assert doctor.returncode == 1
    queues = [check for check in result_of(doctor)["checks"] if check["name"] == "queues"]
    assert [check["state"] for check in queues] == ["failed", "warning"]
    assert "ordertrail.operational.0" in queues[0]["detail"]
    assert "ordertrail.analytics.0" in queues[1]["detail"]


def test_an_unknown_projection_or_group_is_wrong_usage(database_url: str) -> None:
    projection = run("projections", "rebuild", "sales_hourly", environment=on(database_url))
    group = run("worker", "--group", "night", environment=on(database_url))

    assert projection.returncode == group.returncode == 2
    assert "order_detail, order_list" in projection.stderr
    assert "operational, analytics" in group.stderr


async def test_an_event_that_cannot_be_applied_does_not_end_the_worker_and_is_told(
    database_url: str,
) -> None:
    await make_read_tables(database_url)
    await append_strange(database_url, "order-x", 0)

    with started("worker", "--group", "operational", on=on(database_url)) as worker:
        await until_parked(
            database_url, "order_detail", "order_list", "customer_orders", "holds_worklist"
        )
        await caught_up(database_url, "operational")
        worker.terminate()
        told, complaints = worker.communicate(timeout=20)

    assert worker.returncode == 143
    assert (told + complaints).count("projection.parked") == 4


async def test_tail_shows_the_end_of_the_log_and_follows_it(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("k1", a_claim("order-x", events=30)))
        environment = on(database_url)

        last = run("events", "tail", "-n", "2", environment=environment)
        typed = run("events", "tail", "--after", "0", "--type", "no-such", environment=environment)
        with started("events", "tail", "--json", "--after", "29", "-f", on=environment) as tail:
            assert tail.stdout is not None
            first_line = tail.stdout.readline()
            await append(connection, a_command("k2", a_claim("order-y"), event_type="order-noted"))
            second_line = tail.stdout.readline()
            tail.terminate()
            rest, complaints = tail.communicate(timeout=20)

    assert [line.split()[0] for line in last.stdout.splitlines()] == ["29", "30"]
    assert (typed.stdout, typed.returncode) == ("", 0)
    assert '"position": 30' in first_line
    assert '"position": 31, "stream": "order-y"' in second_line
    assert (rest, complaints, tail.returncode) == ("", "", 143)


def test_ctrl_c_ends_a_follower_well(database_url: str) -> None:
    with started("events", "tail", "--follow", on=on(database_url)) as process:
        wait_for_connection(database_url)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "")

    assert process.returncode == 0


def started(*arguments: str, on: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(ORDERTRAIL), *arguments],
        env=on,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_connection(database_url: str) -> None:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE application_name = 'ordertrail events' AND datname = current_database()"
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert wait_until(lambda: connection.execute(query).fetchone() != (0,), 20)
