"""When the connection breaks in mid-commit: does every decision still have exactly one effect?"""

import asyncio

import pytest
from aiomisc.pytest import TCPProxy

from commands.envelope import Answer
from commands.handler import CommandHandler
from commands.pending import Appended, Duplicate
from domain.errors import IdempotencyInProgress, Unavailable
from sql.appender import GroupAppender
from sql.loader import GroupLoader
from tests.examples import ORDER_ID, a_product
from tests.examples_log import (
    ROLE_PREFIX,
    a_decision,
    a_proxy,
    a_registration,
    a_store,
    an_appender,
    an_envelope,
    append_all,
    assert_dense,
    closed_gate,
    column,
    log_of,
    notes,
    outcome_of,
    place_an_order,
    superuser,
    until,
)

API = f"{ROLE_PREFIX}_api"


class Wire:
    """Swallows what the server says from the moment an append is on its way."""

    def __init__(self, proxy: TCPProxy) -> None:
        self._proxy = proxy
        self._is_cut = False
        proxy.set_content_processors(self._to_server, self._to_client)

    def heal(self) -> None:
        """Carry everything again, on the connections that are there and on new ones."""
        self._proxy.set_content_processors(None, None)

    def carry_new_connections(self) -> None:
        """Leave the connections that are there as they are, open and mute."""
        self._proxy.read_processor = self._proxy.write_processor = None

    async def _to_server(self, chunk: bytes) -> bytes:
        self._is_cut = self._is_cut or b"append_v1" in chunk
        return chunk

    async def _to_client(self, chunk: bytes) -> bytes:
        return b"" if self._is_cut else chunk


async def head_is(url: str, position: int) -> bool:
    return len(await log_of(url)) == position


async def appender_sessions(url: str) -> list[int]:
    """The process ids of the appenders' sessions."""
    async with superuser(url) as connection:
        return await column(
            connection,
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'ordertrail appender'",
        )


@pytest.mark.parametrize("how", ["pg_terminate_backend", "pg_cancel_backend"])
async def test_a_session_ended_while_it_waits_is_replaced(database_url: str, how: str) -> None:
    async with an_appender(database_url) as appender:
        decisions = [a_decision(a_registration(f"S{n}")) for n in range(5)]
        async with closed_gate(database_url) as gate:
            waiting = asyncio.create_task(append_all(appender, decisions))
            (victim,) = await gate.wait_for_appends()
            await column(gate.connection, f"SELECT {how}(%s)", victim)
        outcomes = await waiting
    assert {type(outcome) for outcome in outcomes} == {Appended}
    assert await assert_dense(database_url) == 5


async def test_sessions_ended_again_and_again_lose_nothing_and_double_nothing(
    database_url: str,
) -> None:
    answers: list[Answer] = []
    ended: set[int] = set()
    async with superuser(database_url) as observer, a_store(database_url) as store:
        placed = await place_an_order(store)
        while len(ended) < 15:
            wishes = [store.handler.handle(note, an_envelope()) for note in notes(20)]
            answering = asyncio.gather(*wishes)
            for victim in await appender_sessions(database_url):
                await column(observer, "SELECT pg_terminate_backend(%s)", victim)
                ended.add(victim)
            answers += await answering
    versions = sorted(answer.version for answer in answers)
    assert versions == list(range(placed.version + 1, placed.version + 1 + len(answers)))
    assert await assert_dense(database_url) == placed.position + len(answers)


async def test_the_first_sending_may_still_be_under_way_when_the_second_arrives(
    database_url: str,
) -> None:
    """The server does not notice that the client of a waiting session has gone."""
    async with a_proxy(database_url) as (proxy, through), an_appender(through) as appender:
        async with closed_gate(database_url) as gate:
            decisions = [a_decision(a_registration(f"S{n}")) for n in range(3)]
            waiting = asyncio.create_task(append_all(appender, decisions))
            await gate.wait_for_appends()
            await proxy.disconnect_all()
            await gate.wait_for_appends(2)
        assert await waiting == [Duplicate()] * 3
    assert await assert_dense(database_url) == 3


async def test_an_answer_lost_after_the_commit_is_found_in_the_records(database_url: str) -> None:
    async with a_proxy(database_url) as (proxy, through), an_appender(through) as appender:
        wire = Wire(proxy)
        decisions = [a_decision(a_registration(f"S{n}")) for n in range(5)]
        waiting = asyncio.create_task(append_all(appender, decisions))
        await until(lambda: head_is(database_url, 5))
        assert not waiting.done()
        wire.heal()
        await proxy.disconnect_all()
        assert await waiting == [Duplicate()] * 5
    assert await assert_dense(database_url) == 5


async def test_a_caller_whose_commit_lost_its_answer_gets_it_all_the_same(
    database_url: str,
) -> None:
    """FI-03: the commit is there, so the answer is a 2xx, not a conflict and not a 412."""
    async with a_store(database_url) as store:
        placed = await place_an_order(store)
    async with a_proxy(database_url) as (proxy, through):
        loader, appender = GroupLoader(database_url, role=API), GroupAppender(through, role=API)
        await loader.open()
        await appender.open()
        handler = CommandHandler(loader, appender, "test")
        wire = Wire(proxy)
        wishes = [
            handler.handle(
                note, an_envelope(expected_version=placed.version if number == 0 else None)
            )
            for number, note in enumerate(notes(10))
        ]
        waiting = asyncio.gather(*wishes)
        await until(lambda: head_is(database_url, 5 + 11))
        assert not waiting.done()
        wire.heal()
        await proxy.disconnect_all()
        answers = await waiting
        await appender.close()
        await loader.close()
    assert [answer.version for answer in answers] == list(range(2, 12))
    assert [answer.position for answer in answers] == list(range(7, 17))
    assert {(answer.id, answer.replayed) for answer in answers} == {(ORDER_ID, False)}
    assert await assert_dense(database_url) == 16


async def test_a_link_that_swallows_everything_is_given_up_and_made_anew(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is closed: only time tells."""
    monkeypatch.setattr("sql.appender.CALL_TIMEOUT_SECONDS", 0.3)
    async with a_proxy(database_url) as (proxy, through), an_appender(through) as appender:
        wire = Wire(proxy)
        waiting = asyncio.create_task(append_all(appender, [a_decision(a_registration("S"))]))
        await until(lambda: head_is(database_url, 1))
        wire.carry_new_connections()
        async with asyncio.timeout(15):
            assert await waiting == [Duplicate()]
        wire.heal()
    assert await log_of(database_url) == [(1, "product-S", 1)]


async def test_past_the_deadline_callers_are_answered_while_the_decision_is_on_its_way(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.appender.DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr("sql.appender.SWEEP_SECONDS", 0.02)
    envelope = an_envelope()
    async with a_store(database_url) as store:
        async with closed_gate(database_url) as gate:
            first = asyncio.create_task(store.handler.handle(a_product(), envelope))
            await gate.wait_for_appends()
            with pytest.raises(Unavailable):
                await first
            with pytest.raises(IdempotencyInProgress):
                await store.handler.handle(a_product(), envelope)
        await until(lambda: head_is(database_url, 1))

        async def is_replayed() -> bool:
            answer = await outcome_of(store.handler.handle(a_product(), envelope))
            return answer == Answer("MUG-BLUE", 1, 1, created=True, replayed=True)

        await until(is_replayed)
    assert await assert_dense(database_url) == 1


async def test_those_who_wait_in_the_queue_have_a_deadline_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.appender.DEADLINE_SECONDS", 0.3)
    monkeypatch.setattr("sql.appender.SWEEP_SECONDS", 0.02)
    async with an_appender(database_url) as appender, closed_gate(database_url) as gate:
        first = a_decision(a_registration("FIRST"))
        appender.submit(first)
        await gate.wait_for_appends()
        queued = a_decision(a_registration("QUEUED"))
        appender.submit(queued)
        with pytest.raises(Unavailable):
            await queued.wait()
        assert (first.outcome, queued.outcome) == (None, None)
    assert (type(first.outcome), type(queued.outcome)) == (Appended, Appended)


async def test_a_caller_who_leaves_does_not_take_his_decision_along(database_url: str) -> None:
    envelope = an_envelope()
    async with a_store(database_url) as store:
        async with closed_gate(database_url) as gate:
            caller = asyncio.create_task(store.handler.handle(a_product(), envelope))
            await gate.wait_for_appends()
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
        await until(lambda: head_is(database_url, 1))
        await until(lambda: not store.handler._running)
        answer = await store.handler.handle(a_product(), envelope)
    assert answer == Answer("MUG-BLUE", 1, 1, created=True, replayed=True)


async def test_an_idle_session_that_was_ended_is_made_anew(database_url: str) -> None:
    async with superuser(database_url) as observer, an_appender(database_url) as appender:
        (victim,) = await appender_sessions(database_url)
        await column(observer, "SELECT pg_terminate_backend(%s)", victim)
        outcomes = await append_all(appender, [a_decision(a_registration("S"))])
    assert [type(outcome) for outcome in outcomes] == [Appended]
    assert await assert_dense(database_url) == 1


async def test_closing_ends_although_the_database_is_gone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sql.appender.BACKOFF_SECONDS", (0.01, 0.01))
    async with a_proxy(database_url) as (proxy, through):
        appender = GroupAppender(through, role=API)
        await appender.open()
        await proxy.disconnect_all()
        assert proxy.server is not None
        proxy.server.close()
        decision = a_decision(a_registration("S"))
        appender.submit(decision)
        async with asyncio.timeout(10):
            await appender.close()
    assert decision.outcome is not None
    assert await log_of(database_url) == []
