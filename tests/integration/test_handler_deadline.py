"""Is a caller answered in time, whatever its command is waiting for, and how often?"""

import asyncio
from dataclasses import replace

import pytest

from commands.envelope import Answer
from commands.handler import CommandHandler
from domain.errors import IdempotencyInProgress, Unavailable
from sql.connection import Connection
from tests.examples import ORDER_ID, a_note
from tests.examples_log import (
    MeddlingLoader,
    a_foreign_note,
    a_store,
    an_envelope,
    append,
    assert_dense,
    closed_gate,
    connected,
    outcome_of,
    place_an_order,
    superuser,
    until,
)

DEADLINE_SECONDS = 0.6
PATIENCE_SECONDS = 4.0
"""Ample for a busy machine, and less than the time of a load, an append or another decision."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers are put off after little more than half a second instead of ten."""
    monkeypatch.setattr("commands.handler.DEADLINE_SECONDS", DEADLINE_SECONDS)


async def lock_events(owner: Connection) -> None:
    await owner.execute("LOCK TABLE event_store.events IN ACCESS EXCLUSIVE MODE")


async def test_a_load_that_does_not_come_back_counts(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with superuser(database_url) as owner, owner.transaction():
            await lock_events(owner)
            async with asyncio.timeout(PATIENCE_SECONDS):
                with pytest.raises(Unavailable, match="sending it again is safe"):
                    await store.handler.handle(a_note(), envelope)
            assert store.handler._running == {}

        async def is_answered() -> bool:
            answer = await outcome_of(store.handler.handle(a_note(), envelope))
            return answer == Answer(ORDER_ID, 2, 7, created=False)

        await until(is_answered)


async def test_many_decisions_have_one_deadline_together(database_url: str) -> None:
    """Each time it decides, another process has moved the stream; each decision is in time."""
    async with a_store(database_url) as store, connected(database_url) as other:
        await place_an_order(store)
        version = 1

        async def somebody_is_faster() -> None:
            nonlocal version
            await append(other, a_foreign_note(version))
            version += 1
            await asyncio.sleep(DEADLINE_SECONDS / 3)

        loader = MeddlingLoader(store.loader, *([somebody_is_faster] * 20))
        handler = CommandHandler(loader, store.appender, "test")
        async with asyncio.timeout(PATIENCE_SECONDS):
            outcome = await outcome_of(handler.handle(a_note(), an_envelope()))
        assert isinstance(outcome, Unavailable), outcome
        assert loader.loads in (2, 3)
        assert handler._running == {}
    await assert_dense(database_url)


async def test_a_refusal_that_waits_for_its_overlay_has_the_deadline_too(
    database_url: str,
) -> None:
    """The note is there already in the overlay, and the overlay does not commit."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            first = asyncio.create_task(outcome_of(store.handler.handle(a_note(), an_envelope())))
            await gate.wait_for_appends()
            other = a_note(text="Something else")
            async with asyncio.timeout(PATIENCE_SECONDS):
                with pytest.raises(Unavailable):
                    await store.handler.handle(other, an_envelope())
                assert isinstance(await first, Unavailable)
            assert len(store.handler._running) == 1
        await until(lambda: not store.handler._running)
    assert await assert_dense(database_url) == 7


async def test_what_was_sent_stays_on_its_way_and_keeps_its_key(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        await place_an_order(store)
        async with closed_gate(database_url) as gate:
            waiting = asyncio.create_task(outcome_of(store.handler.handle(a_note(), envelope)))
            await gate.wait_for_appends()
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert isinstance(await waiting, Unavailable)
            for _ in range(2):
                with pytest.raises(IdempotencyInProgress):
                    await store.handler.handle(a_note(), envelope)
        await until(lambda: not store.handler._running)
        answer = await store.handler.handle(a_note(), envelope)
    assert answer == Answer(ORDER_ID, 2, 7, created=False, replayed=True)
    assert await assert_dense(database_url) == 7


async def test_a_caller_in_time_hears_nothing_of_it(database_url: str) -> None:
    """The deadline of a command that was answered does not strike later."""
    async with a_store(database_url) as store:
        await place_an_order(store)
        answer = await store.handler.handle(a_note(), an_envelope())
        began = asyncio.get_running_loop().time()
        await until(lambda: asyncio.get_running_loop().time() > began + DEADLINE_SECONDS * 1.5)
    assert answer == replace(answer, version=2, replayed=False)
