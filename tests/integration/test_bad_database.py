"""Does every trouble with the database get its right answer, and pass without a trace?

One test at least for each database line of reliability.md G; the number is in the test's name.
What the command side does inside is the matter of test_handler_unavailable.py.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import httpx2
import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from cli.embedded_postgres import EmbeddedPostgres
from sql.migrate import migrate_up
from tests.api_client import ApiClient, Json, api_on, new_id
from tests.checked_shop import found_in, open_checked_shop, tampering
from tests.checking import differences
from tests.examples_log import (
    a_claim,
    a_command,
    a_foreign_note,
    append,
    assert_dense,
    closed_gate,
    connected,
    superuser,
)
from tests.histories import a_history
from tests.histories import append as append_history
from tests.integration.test_handler_unavailable import (
    CONNECTIONS_MAX,
    LOG_LINES_MAX,
    take_all_connections,
)
from tests.ordertrail_program import KEY, bare_environment, run
from tests.parking import parked_units, until_parked
from tests.running_workers import (
    SIGNING_KEY,
    caught_up,
    eventually,
    make_read_tables,
    projecting,
)

ANSWER_SECONDS_MAX: Final = 5.0
UNKNOWN: Final = "order-teleported", '{"n":1}'
BROKEN: Final = "order-note-added", '{"n":1}'


# Line 29 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("if_match", [None, 1], ids=["no matter which version", "at version 1"])
async def test_line_29_a_version_that_another_process_has_taken_meanwhile(
    database_url: str, if_match: int | None
) -> None:
    async with api_on(database_url) as api:
        order = await api.an_order()
        async with closed_gate(database_url) as gate:
            # It is decided at version 1, and waits before the gate with version 2.
            deciding = asyncio.create_task(a_note_on(api, order, if_match))
            await gate.wait_for_appends(1)
            await append(gate.connection, a_foreign_note(1, order["order_id"]))
            await gate.connection.commit()
            answer = await deciding
        if if_match is None:
            assert (answer.status_code, answer.json()["version"]) == (200, 3), answer.text
        else:
            assert answer.json()["code"] == "version_mismatch"
            assert (answer.status_code, answer.json()["current_version"]) == (412, 2)
        again = await a_note_on(api, order, if_match=2 if if_match else None)
        assert again.is_success, again.text
    await assert_dense(database_url)


async def a_note_on(api: ApiClient, order: Json, if_match: int | None) -> httpx2.Response:
    note = {"note_id": new_id(), "text": "Ring twice"}
    return await api.command(f"/v1/orders/{order['order_id']}/notes", note, if_match=if_match)


# Line 30 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("event_type", "data"), [UNKNOWN, BROKEN])
async def test_line_30_an_event_that_nobody_can_read(
    database_url: str, event_type: str, data: str
) -> None:
    await make_read_tables(database_url)
    history = a_history(5)
    await append_history(database_url, history)
    culprit = len(history) + 1
    async with connected(database_url) as connection:
        wish = a_command("k", a_claim("order-x", events=(data,)), event_type=event_type)
        await append(connection, wish)

    async with projecting(database_url):
        await until_parked(database_url, "order_detail", "order_list")
        await caught_up(database_url)
        units = await parked_units(database_url)
        environment = bare_environment(DATABASE_URL=database_url)
        rebuilt = await asyncio.to_thread(
            run, "projections", "rebuild", "order_detail", environment=environment
        )

    assert {(unit["kind"], unit["key"], unit["since_position"]) for unit in units} == {
        ("stream", "order-x", culprit)
    }
    assert {unit["code"] for unit in units} == {"undecodable_event"}
    assert (rebuilt.returncode, rebuilt.stdout) == (1, "")
    said = " ".join(rebuilt.stderr.split())
    assert "The rebuild stopped, and the live table is untouched" in said
    assert f"position {culprit}" in said


# Line 31 -----------------------------------------------------------------------------------------

CHANGES: Final = {
    "UPDATE event_store.events SET data = '{}' WHERE position = 4": "event_unreadable",
    "DELETE FROM event_store.events WHERE position = 9": "position_missing",
    "TRUNCATE event_store.events CASCADE": "beyond_the_head",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change).split()[0])
async def test_line_31_a_change_of_the_log(database_url: str, change: str) -> None:
    await open_checked_shop(database_url)
    for role in ("api", "log_owner"):
        async with connected(database_url, role) as connection:
            with pytest.raises(InsufficientPrivilege, match="permission denied"):
                await connection.execute(change.encode())
    async with superuser(database_url) as owner:
        with pytest.raises(InsufficientPrivilege, match="the log is append-only"):
            await owner.execute(change.encode())
    assert await found_in(database_url) == []

    async with tampering(database_url) as unstoppable:
        await unstoppable.execute(change.encode())
    found = await differences(database_url)
    assert CHANGES[change] in {one["code"] for one in found}


# Line 32 -----------------------------------------------------------------------------------------


@asynccontextmanager
async def gate_held(url: str) -> AsyncGenerator[None]:
    """Let lock_timeout strike."""
    async with closed_gate(url):
        yield


@asynccontextmanager
async def statements_too_slow(url: str) -> AsyncGenerator[None]:
    """Let statement_timeout strike in the sessions that begin now, by a gate that is held."""
    async with setting(url, "statement_timeout", "50ms"), closed_gate(url):
        yield


@asynccontextmanager
async def read_only(url: str) -> AsyncGenerator[None]:
    """Refuse writes, as a server does that is a standby now."""
    async with setting(url, "default_transaction_read_only", "on"):
        yield


@asynccontextmanager
async def setting(url: str, name: str, value: str) -> AsyncGenerator[None]:
    """Change a setting of the database for the sessions that begin during the block."""
    async with superuser(url) as connection:
        change = f"ALTER DATABASE {connection.info.dbname} SET {name} = '{value}'"
        await connection.execute(change.encode())
        await end_sessions(connection)
        yield
        await connection.execute(f"SET {name} = DEFAULT".encode())
        await connection.execute(change.partition(" SET ")[0].encode() + f" RESET {name}".encode())
        await end_sessions(connection)


async def end_sessions(connection: psycopg.AsyncConnection) -> None:
    """End our processes' sessions, so that new ones begin."""
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'ordertrail%'"
    )


@pytest.mark.parametrize("trouble", [gate_held, statements_too_slow, read_only])
async def test_line_32_a_log_that_cannot_be_written(
    trouble: Callable[[str], AbstractAsyncContextManager[None]],
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sql.appender.DEADLINE_SECONDS", 2.5)
    customer = {"customer_id": new_id()}
    key = new_id()
    async with api_on(database_url) as api:
        async with trouble(database_url):
            with caplog.at_level(logging.WARNING, "ordertrail"):
                answer = await api.command("/v1/customers", customer, key=key)
            assert_put_off(answer)

        async def is_taken() -> bool:
            again = await api.command("/v1/customers", customer, key=key)
            assert again.status_code in {201, 409, 503}
            return again.status_code == 201

        await eventually(is_taken)
    # Each sending writes one line: few lines are few sendings.
    lines = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert 1 <= len(lines) <= LOG_LINES_MAX
    assert {each.exc_info for each in lines} == {None}
    assert await assert_dense(database_url) == 1


def assert_put_off(answer: httpx2.Response) -> None:
    """Check for 503, with a time to wait and without a word about our inside."""
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.elapsed.total_seconds() < ANSWER_SECONDS_MAX
    for word in ("psycopg", "SQL", "timeout", "read-only", "FATAL"):
        assert word not in answer.text


async def test_line_32_a_server_that_takes_no_more_connections(
    own_postgres: Callable[..., EmbeddedPostgres],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sql.appender.DEADLINE_SECONDS", 2.5)
    settings = {"max_connections": str(CONNECTIONS_MAX), "superuser_reserved_connections": "0"}
    server = own_postgres(settings=settings)
    await migrate_up(server.url)
    await make_read_tables(server.url)
    async with api_on(server.url) as api:
        assert (await api.get("/v1/orders")).status_code == 200
        taken = await take_all_connections(server.url)
        with caplog.at_level(logging.WARNING, "ordertrail"):
            customer = {"customer_id": new_id()}
            command, query = await asyncio.gather(
                api.command("/v1/customers", customer), api.get("/v1/orders")
            )
        assert_put_off(command)
        assert_put_off(query)
        assert len(caplog.records) <= 2 * LOG_LINES_MAX
        for connection in taken:
            await connection.close()

        async def is_well() -> bool:
            answers = [await api.command("/v1/customers", customer), await api.get("/v1/orders")]
            return all(answer.is_success for answer in answers)

        await eventually(is_well)
    assert await assert_dense(server.url) == 1


# Line 33 -----------------------------------------------------------------------------------------

NEWER: Final = "INSERT INTO migrations.applied (number, name, checksum) VALUES (9999, 'later', '')"
OLDER: Final = (
    "DELETE FROM migrations.applied WHERE number = (SELECT max(number) FROM migrations.applied)"
)


@pytest.mark.parametrize(
    ("drift", "commands", "says"),
    [
        (OLDER, (("worker",), ("relay",)), "is pending: run `ordertrail migrate up`"),
        (NEWER, (("api",), ("check",)), "9999_later is newer than this code: deploy the newer"),
    ],
    ids=["older", "newer"],
)
async def test_line_33_a_schema_that_is_not_the_codes(
    database_url: str, drift: str, commands: tuple[tuple[str, ...], ...], says: str
) -> None:
    async with superuser(database_url) as connection:
        await connection.execute(drift.encode())
    environment = bare_environment(
        DATABASE_URL=database_url,
        AMQP_URL="amqp://127.0.0.1:1/",
        ORDERTRAIL_EMAIL_HMAC_KEY=KEY,
        ORDERTRAIL_SLICE_HMAC_KEY=SIGNING_KEY,
    )
    for command in commands:
        done = await asyncio.to_thread(run, *command, environment=environment)
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        said = " ".join(done.stderr.split())
        assert says in said
        assert "ordertrail migrate" in said
        assert "Traceback" not in said
