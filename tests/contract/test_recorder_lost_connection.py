"""When the connection breaks in mid-commit: does the recorder know what became of its events?"""

import asyncio

import pytest
from aiomisc.pytest import TCPProxy
from eventsourcing.persistence import IntegrityError

from tests.contract.recorded_calls import a_recorder, append_raw, new_id, stored
from tests.examples_log import a_proxy, closed_gate, column, log_of, superuser, until

SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'ordertrail recorder'"
)


class Wire:
    """Swallows what the server says from the moment an append is on its way."""

    def __init__(self, proxy: TCPProxy) -> None:
        self._proxy = proxy
        self._is_cut = False
        proxy.set_content_processors(self._to_server, self._to_client)

    def heal(self) -> None:
        """Carry everything again."""
        self._proxy.set_content_processors(None, None)

    async def _to_server(self, chunk: bytes) -> bytes:
        self._is_cut = self._is_cut or b"append_recorded_v1" in chunk
        return chunk

    async def _to_client(self, chunk: bytes) -> bytes:
        return b"" if self._is_cut else chunk


async def test_an_answer_lost_after_the_commit_is_found_in_the_log(database_url: str) -> None:
    events = [*stored(new_id(), [1, 2]), *stored(new_id(), [0])]
    async with a_proxy(database_url) as (proxy, through):
        with a_recorder(through) as recorder:
            wire = Wire(proxy)
            waiting = asyncio.create_task(asyncio.to_thread(recorder.insert_events, events))

            async def is_written() -> bool:
                return len(await log_of(database_url)) == 3

            await until(is_written)
            assert not waiting.done()
            wire.heal()
            await proxy.disconnect_all()
            assert await waiting == [1, 2, 3]
    assert len(await log_of(database_url)) == 3


async def test_the_first_sending_may_still_be_under_way_when_the_second_arrives(
    database_url: str,
) -> None:
    """The server does not notice that the client of a waiting session has gone."""
    async with a_proxy(database_url) as (proxy, through):
        with a_recorder(through) as recorder:
            async with closed_gate(database_url) as gate:
                events = stored(new_id(), [1, 2])
                waiting = asyncio.create_task(asyncio.to_thread(recorder.insert_events, events))
                await gate.wait_for_appends()
                await proxy.disconnect_all()
                await gate.wait_for_appends(2)
            assert await waiting == [1, 2]
    assert len(await log_of(database_url)) == 2


async def test_a_session_ended_while_it_waits_is_replaced(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        async with closed_gate(database_url) as gate:
            events = stored(new_id(), [1])
            waiting = asyncio.create_task(asyncio.to_thread(recorder.insert_events, events))
            (victim,) = await gate.wait_for_appends()
            await column(gate.connection, "SELECT pg_terminate_backend(%s)", victim)
        assert await waiting == [1]


async def test_the_events_of_another_writer_are_not_taken_for_our_own(database_url: str) -> None:
    originator = new_id()
    with a_recorder(database_url) as recorder:
        async with closed_gate(database_url) as gate:
            events = stored(originator, [1])
            waiting = asyncio.create_task(asyncio.to_thread(recorder.insert_events, events))
            (victim,) = await gate.wait_for_appends()
            await append_raw(gate.connection, (str(originator), 1))
            await column(gate.connection, "SELECT pg_terminate_backend(%s)", victim)
            await gate.connection.commit()
            with pytest.raises(IntegrityError, match="stands at 1"):
                await waiting
    assert await log_of(database_url) == [(1, str(originator), 1)]


async def test_sessions_that_were_ended_while_idle_are_made_anew(database_url: str) -> None:
    with a_recorder(database_url) as recorder:
        calls = [asyncio.to_thread(recorder.insert_events, stored(new_id(), [1])) for _ in range(8)]
        await asyncio.gather(*calls)
        async with superuser(database_url) as observer:
            assert await column(observer, SESSIONS)
            assert recorder.max_notification_id() == 8
            await column(observer, SESSIONS)
        assert recorder.insert_events(stored(new_id(), [1])) == [9]
