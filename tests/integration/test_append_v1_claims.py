"""When is a command accepted: which version, decided on what, and all its streams together?"""

import psycopg
import pytest

from tests.examples_log import (
    CALL,
    DUPLICATE,
    a_claim,
    a_command,
    append,
    appended,
    assert_dense,
    column,
    conflict,
    connected,
    log_of,
    raw_arguments,
)

EVENT_CLAIM = 12


async def test_refuses_a_command_decided_on_an_older_version(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("a", a_claim("s-1", events=3)))
        assert await append(connection, a_command("b", a_claim("s-1", 2))) == [conflict(3)]
    assert await assert_dense(database_url) == 3


async def test_refuses_a_command_decided_on_a_version_that_never_was(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await append(connection, a_command("a", a_claim("s-1", 1))) == [conflict(0)]
    assert await log_of(database_url) == []


async def test_commands_of_one_call_build_on_each_other(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1", events=2)),
            a_command("other", a_claim("s-2")),
            a_command("b", a_claim("s-1", 2, after=1)),
            a_command("c", a_claim("s-1", 3, after=3, events=2)),
        )
    assert outcomes == [appended(1, 2), appended(3, 3), appended(4, 4), appended(5, 6)]
    assert await assert_dense(database_url) == 6


async def test_five_hundred_commands_of_one_call_form_one_chain(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            *(a_command(f"{n}", a_claim("s-1", n, after=n)) for n in range(500)),
        )
    assert outcomes == [appended(position, position) for position in range(1, 501)]
    assert await assert_dense(database_url) == 500


async def test_a_command_chained_on_a_refused_one_is_a_conflict_though_numbers_agree(
    database_url: str,
) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("stored", a_claim("s-1")))
        outcomes = await append(
            connection,
            a_command("refused", a_claim("s-1", 0)),
            a_command("chained", a_claim("s-1", 1, after=1)),
            a_command("chained on that", a_claim("s-1", 2, after=2)),
        )
    assert outcomes == [conflict(1), conflict(1), conflict(1)]
    assert await log_of(database_url) == [(1, "s-1", 1)]


async def test_a_command_decided_on_the_stored_state_does_not_follow_one_of_the_call(
    database_url: str,
) -> None:
    """The numbers agree, but what it saw at version 1 was another event."""
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1")),
            a_command("b", a_claim("s-1", 1, after=0)),
        )
    assert outcomes == [appended(1, 1), conflict(1)]


async def test_a_command_must_name_the_last_writer_of_its_stream(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1")),
            a_command("b", a_claim("s-1", 1, after=1)),
            a_command("c", a_claim("s-1", 2, after=1)),
        )
    assert outcomes == [appended(1, 1), appended(2, 2), conflict(2)]


async def test_the_chain_is_kept_per_stream(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1"), a_claim("s-2")),
            a_command("b", a_claim("s-2", 1, after=1), a_claim("s-3")),
            a_command("c", a_claim("s-1", 1, after=1), a_claim("s-3", 1, after=2)),
        )
    assert outcomes == [appended(1, 2), appended(3, 4), appended(5, 6)]


async def test_a_command_without_events_is_no_writer(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1")),
            a_command("nothing", a_claim("s-1", 1, after=1, events=0)),
            a_command("b", a_claim("s-1", 1, after=1)),
        )
    assert outcomes == [appended(1, 1), appended(None, 1), appended(2, 2)]


async def test_a_claim_without_events_still_guards_its_version(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("stored", a_claim("read", events=2)))
        outcomes = await append(
            connection,
            a_command("stale", a_claim("s-1"), a_claim("read", 1, events=0)),
            a_command("nothing, stale", a_claim("read", 1, events=0)),
            a_command("fresh", a_claim("s-1"), a_claim("read", 2, events=0)),
        )
    assert outcomes == [conflict(2), conflict(2), appended(3, 3)]


async def test_a_command_on_several_streams_is_all_or_nothing(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("stored", a_claim("s-2", events=4)))
        outcomes = await append(
            connection,
            a_command("half", a_claim("s-1", events=2), a_claim("s-2", 3), a_claim("s-3")),
            a_command("whole", a_claim("s-1"), a_claim("s-2", 4), a_claim("s-3")),
        )
    assert outcomes == [conflict(4), appended(5, 7)]
    assert (await log_of(database_url))[4:] == [(5, "s-1", 1), (6, "s-2", 5), (7, "s-3", 1)]


async def test_one_refused_command_does_not_hurt_its_neighbours(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("known", a_claim("s-9")))
        outcomes = await append(
            connection,
            a_command("a", a_claim("s-1")),
            a_command("refused", a_claim("s-9", 5)),
            a_command("known", a_claim("s-9", 1)),
            a_command("b", a_claim("s-1", 1, after=1)),
        )
        keys = "SELECT idempotency_key FROM event_store.commands ORDER BY last_position"
        assert await column(connection, keys) == ["known", "a", "b"]
    assert outcomes == [appended(2, 2), conflict(1), DUPLICATE, appended(3, 3)]


async def test_names_of_streams_are_compared_byte_by_byte(database_url: str) -> None:
    names = ("order-é", "order-e\u0301", "ORDER-é", "order-é ")
    async with connected(database_url) as connection:
        outcomes = await append(connection, *(a_command(name, a_claim(name)) for name in names))
    assert outcomes == [appended(position, position) for position in range(1, 5)]


@pytest.mark.parametrize("claim", [-1, 0, 2])
async def test_refuses_an_event_of_a_claim_that_nobody_made(database_url: str, claim: int) -> None:
    arguments = list(raw_arguments((a_command("a", a_claim("s-1", events=2)),)))
    arguments[EVENT_CLAIM] = [1, claim]
    async with connected(database_url) as connection:
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="of 1 claims"):
            await connection.execute(CALL, arguments)
    assert await log_of(database_url) == []


async def test_a_call_without_commands_is_nothing(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await append(connection) == []
    assert await log_of(database_url) == []
