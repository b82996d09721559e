"""What does a caller hear while the log cannot be written, and afterwards? (reliability.md G 32)"""

import asyncio
import logging
from collections.abc import Callable

import psycopg
import pytest

from cli.embedded_postgres import EmbeddedPostgres
from commands.envelope import Answer, CommandEnvelope
from domain.errors import IdempotencyInProgress, Unavailable
from sql.migrate import migrate_up
from sql.store import Store
from tests.examples import SKU, a_product
from tests.examples_log import (
    a_store,
    an_envelope,
    assert_dense,
    closed_gate,
    outcome_of,
    superuser,
    until,
)

CONNECTIONS_MAX = 12
LOG_LINES_MAX = 8
"""The first sendings of a batch follow quickly; then it is one per second."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers are put off after half a second instead of ten."""
    monkeypatch.setattr("sql.appender.DEADLINE_SECONDS", 0.5)
    monkeypatch.setattr("sql.appender.SWEEP_SECONDS", 0.05)


async def is_put_off(store: Store, envelope: CommandEnvelope) -> None:
    async with asyncio.timeout(5):
        outcome = await outcome_of(store.handler.handle(a_product(), envelope))
    assert isinstance(outcome, Unavailable), outcome
    assert outcome.retry_after_seconds >= 1


async def succeeds_at_last(store: Store, envelope: CommandEnvelope) -> Answer:
    """Send again, as the caller was told to."""
    answers: list[Answer] = []

    async def is_done() -> bool:
        outcome = await outcome_of(store.handler.handle(a_product(), envelope))
        if isinstance(outcome, Answer):
            answers.append(outcome)
        else:
            assert isinstance(outcome, Unavailable | IdempotencyInProgress)
        return bool(answers)

    await until(is_done)
    return answers[0]


async def test_a_gate_that_stays_closed_is_unavailable_within_its_time(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        async with closed_gate(database_url):
            await is_put_off(store, envelope)
        assert await succeeds_at_last(store, envelope) == Answer(SKU, 1, 1, created=True)
    assert await assert_dense(database_url) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_statement_timeout_is_unavailable_and_makes_no_storm(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    envelope = an_envelope()
    async with superuser(database_url) as owner:
        database = owner.info.dbname
        await owner.execute(f"ALTER DATABASE {database} SET statement_timeout = '50ms'".encode())
    async with a_store(database_url) as store, closed_gate(database_url) as gate:
        with caplog.at_level(logging.WARNING, "ordertrail.appender"):
            await is_put_off(store, envelope)
        await gate.open()
        await succeeds_at_last(store, envelope)
    assert len(caplog.records) <= LOG_LINES_MAX
    assert await assert_dense(database_url) == 1


async def test_a_read_only_server_is_unavailable(database_url: str) -> None:
    """As a standby is, or a primary that became one."""
    envelope = an_envelope()
    async with superuser(database_url) as owner:
        database = owner.info.dbname
        setting = f"ALTER DATABASE {database} SET default_transaction_read_only = on"
        await owner.execute(setting.encode())
    async with a_store(database_url) as store:
        await is_put_off(store, envelope)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("SET default_transaction_read_only = off")
        setting = f"ALTER DATABASE {database} RESET default_transaction_read_only"
        await owner.execute(setting.encode())
    async with a_store(database_url) as store:
        await succeeds_at_last(store, envelope)
    assert await assert_dense(database_url) == 1


@pytest.mark.usefixtures("impatient")
async def test_a_server_without_free_connections_or_gone_is_unavailable(
    own_postgres: Callable[..., EmbeddedPostgres],
) -> None:
    settings = {"max_connections": str(CONNECTIONS_MAX), "superuser_reserved_connections": "0"}
    server = own_postgres(settings=settings)
    await migrate_up(server.url)
    envelopes = [an_envelope() for _ in range(3)]
    async with a_store(server.url) as store:
        await succeeds_at_last(store, envelopes[0])
        taken = await take_all_connections(server.url)
        await is_put_off(store, envelopes[1])
        for connection in taken:
            await connection.close()
        assert (await succeeds_at_last(store, envelopes[1])).position == 1
        await asyncio.to_thread(server.kill)
        await is_put_off(store, envelopes[2])
        await asyncio.to_thread(server.start)
        assert (await succeeds_at_last(store, envelopes[2])).position == 1
    assert await assert_dense(server.url) == 1


async def take_all_connections(url: str) -> list[psycopg.AsyncConnection]:
    """End the sessions of the appender and the loader and take every place that is free."""
    first = await psycopg.AsyncConnection.connect(url, autocommit=True)
    taken = [first]
    await first.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'ordertrail%' AND pid <> pg_backend_pid()"
    )
    while len(taken) < CONNECTIONS_MAX + 1:
        try:
            taken.append(await psycopg.AsyncConnection.connect(url, autocommit=True))
        except psycopg.OperationalError as error:
            if "too many clients" in str(error):
                return taken
    raise AssertionError("the server took more connections than it may")
