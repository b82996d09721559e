"""Are positions dense, in commit order and never older than those before them?"""

import asyncio
import random
from datetime import timedelta

import psycopg
import pytest

from sql.connection import Connection
from tests.examples_log import (
    RawOutcome,
    a_claim,
    a_command,
    append,
    appended,
    assert_dense,
    column,
    conflict,
    connected,
    log_of,
    rows,
)

RECORDED_AT = "SELECT recorded_at FROM event_store.events ORDER BY position"


async def test_positions_are_dense_over_refusals_and_calls(database_url: str) -> None:
    async with connected(database_url) as connection:
        first = await append(
            connection,
            a_command("a", a_claim("s-1")),
            a_command("refused", a_claim("s-1", 7, events=5)),
            a_command("b", a_claim("s-2", events=3)),
        )
        second = await append(connection, a_command("c", a_claim("s-1", 1)))
    assert first == [appended(1, 1), conflict(1), appended(2, 4)]
    assert second == [appended(5, 5)]
    assert await log_of(database_url) == [
        (1, "s-1", 1),
        (2, "s-2", 1),
        (3, "s-2", 2),
        (4, "s-2", 3),
        (5, "s-1", 2),
    ]


async def test_a_rollback_leaves_no_hole(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, a_command("a", a_claim("s-1", events=2)))
        async with connection.transaction(force_rollback=True):
            undone = await append(connection, a_command("b", a_claim("s-1", 2, events=4)))
        done = await append(connection, a_command("b", a_claim("s-1", 2)))
    assert (undone, done) == ([appended(3, 6)], [appended(3, 3)])
    assert await assert_dense(database_url) == 3


async def test_an_error_in_a_call_leaves_no_hole_and_nothing_of_the_call(database_url: str) -> None:
    async with connected(database_url) as connection:
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            await append(
                connection,
                a_command("a", a_claim("s-1")),
                a_command("broken", a_claim("s-2", events=("{not json",))),
            )
        outcome = await append(connection, a_command("a", a_claim("s-1")))
    assert outcome == [appended(1, 1)]
    assert await log_of(database_url) == [(1, "s-1", 1)]


async def test_events_stand_in_the_order_of_the_call(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(
            connection,
            a_command(
                "a", a_claim("s-2", events=('"a1"', '"a2"')), a_claim("s-1", events=('"a3"',))
            ),
            a_command("b", a_claim("s-3", events=('"b1"',))),
        )
        query = "SELECT data #>> '{}' FROM event_store.events ORDER BY position"
        assert await column(connection, query) == ["a1", "a2", "a3", "b1"]


async def test_the_very_text_of_an_event_is_kept(database_url: str) -> None:
    text = '{ "b" : 1.50,\n "a":"\\u00e9 é", "b":2 }'
    async with connected(database_url) as connection:
        await append(connection, a_command("a", a_claim("s-1", events=(text,)), metadata=text))
        query = "SELECT data::text, metadata::text FROM event_store.events"
        assert await rows(connection, query) == [(text, text)]


async def test_the_clock_of_the_log_never_runs_backwards(database_url: str) -> None:
    async with (
        connected(database_url) as connection,
        connected(database_url, "log_owner") as owner,
    ):
        await append(connection, a_command("a", a_claim("s-1")))
        # As if the clock of the server had been a day ahead for a moment.
        await owner.execute(
            "INSERT INTO event_store.events SELECT 2, stream, 2, type, schema_version, data,"
            " metadata, occurred_at, recorded_at + interval '1 day' FROM event_store.events"
        )
        await append(connection, a_command("b", a_claim("s-1", 2)), a_command("c", a_claim("s-2")))
        first, ahead, *later = await column(connection, RECORDED_AT)
        records = await column(connection, "SELECT max(recorded_at) FROM event_store.commands")
    assert ahead - first == timedelta(days=1)
    assert later == [ahead, ahead]
    assert records == [ahead]


async def test_the_clock_is_read_when_the_gate_is_passed(database_url: str) -> None:
    """Of two transactions the one that began first but appended last is the later one."""
    async with connected(database_url) as early, connected(database_url) as late:
        async with early.transaction():
            await early.execute("SELECT now()")
            await append(late, a_command("late", a_claim("s-1")))
            await append(early, a_command("early", a_claim("s-2")))
        instants = await column(early, RECORDED_AT)
    assert instants == sorted(instants)
    assert instants[0] < instants[1]


async def test_positions_are_dense_whoever_appends_and_gives_up(database_url: str) -> None:
    """Eight sessions append at random, and roll back or fail at random."""
    committed: list[RawOutcome] = []

    async def writer(number: int) -> None:
        async with connected(database_url) as connection:
            for turn in range(25):
                committed.extend(await append_or_not(connection, f"{number}-{turn}"))

    await asyncio.gather(*(writer(number) for number in range(8)))
    last = await assert_dense(database_url)
    spans = sorted(
        (outcome.first_position, outcome.last_position)
        for outcome in committed
        if outcome.first_position is not None and outcome.last_position is not None
    )
    assert [position for first, end in spans for position in range(first, end + 1)] == list(
        range(1, last + 1)
    )


async def append_or_not(connection: Connection, name: str) -> list[RawOutcome]:
    """Append some commands, one of them wrong, and commit, roll back or fail."""
    chance = random.Random(name)
    commands = [
        a_command(f"{name}-{n}", a_claim(f"s-{name}-{n}", events=n))
        for n in range(chance.randint(1, 4))
    ]
    wrong = a_command(f"{name}-wrong", a_claim(f"s-{name}-0", 9))
    fate = chance.choice(("commit", "commit", "rollback", "error"))
    try:
        async with connection.transaction(force_rollback=fate == "rollback"):
            outcomes = await append(connection, *commands, wrong)
            if fate == "error":
                await connection.execute("SELECT 1/0")
    except psycopg.errors.DivisionByZero:
        return []
    return outcomes if fate == "commit" else []


@pytest.mark.parametrize("instant", ["0044-03-15 BC", "infinity", "-infinity", "10000-01-01"])
async def test_refuses_instants_that_no_reader_can_hold(database_url: str, instant: str) -> None:
    async with connected(database_url, "log_owner") as connection:
        for occurred, recorded in ((instant, "now"), ("now", instant)):
            with pytest.raises(psycopg.errors.CheckViolation):
                await connection.execute(
                    b"INSERT INTO event_store.events VALUES"
                    b" (1, 'order-1', 1, 'order-placed', 1, '{}', '{}', %s, %s)",
                    (occurred, recorded),
                )
