"""Has every command at most one effect, with a record beside it that says which?"""

import pytest

from tests.examples_log import (
    DUPLICATE,
    RawCommand,
    a_claim,
    a_command,
    append,
    appended,
    assert_dense,
    column,
    conflict,
    connected,
    rows,
)

RECORDS = """
SELECT principal, idempotency_key, fingerprint, command_type, stream, version, first_position,
       last_position, status, answer::text
  FROM event_store.commands ORDER BY last_position, idempotency_key
"""
ORDER = RawCommand(
    key="k-1",
    claims=(a_claim("order-1", events=2), a_claim("email-1")),
    principal="customer:7",
    fingerprint=bytes(range(32)),
    type="place-order",
    status=201,
    answer='{"order_number": "W26-1"}',
)
RECORD_OF_ORDER = (
    "customer:7",
    "k-1",
    bytes(range(32)),
    "place-order",
    "order-1",
    2,
    1,
    3,
    201,
    '{"order_number": "W26-1"}',
)


async def test_the_record_says_what_was_asked_and_answered(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await append(connection, ORDER) == [appended(1, 3)]
        assert await rows(connection, RECORDS) == [RECORD_OF_ORDER]


async def test_the_record_and_the_events_carry_one_instant(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, ORDER)
        query = (
            "SELECT recorded_at FROM event_store.events"
            " UNION SELECT recorded_at FROM event_store.commands"
        )
        assert len(await column(connection, query)) == 1


async def test_a_command_without_effect_has_a_record_at_the_head(database_url: str) -> None:
    async with connected(database_url) as connection:
        nothing = a_command("nothing", a_claim("s-1", 2, events=0))
        empty = a_command("on an empty log", a_claim("s-0", events=0))
        assert await append(connection, empty) == [appended(None, 0)]
        await append(connection, a_command("a", a_claim("s-1", events=2)))
        assert await append(connection, nothing) == [appended(None, 2)]
        found = await rows(
            connection,
            "SELECT idempotency_key, stream, version, first_position, last_position"
            " FROM event_store.commands ORDER BY recorded_at",
        )
        assert await append(connection, nothing, empty) == [DUPLICATE, DUPLICATE]
    assert found == [
        ("on an empty log", "s-0", 0, None, 0),
        ("a", "s-1", 2, 1, 2),
        ("nothing", "s-1", 2, None, 2),
    ]


async def test_a_stored_command_is_a_duplicate_whatever_it_says_now(database_url: str) -> None:
    async with connected(database_url) as connection:
        await append(connection, ORDER)
        again = await append(
            connection,
            a_command("k-1", a_claim("order-1", 2), principal="customer:7", fingerprint=b"?"),
            a_command("k-1", a_claim("order-1", 99), principal="customer:7"),
        )
        assert again == [DUPLICATE, DUPLICATE]
        assert await rows(connection, RECORDS) == [RECORD_OF_ORDER]
    assert await assert_dense(database_url) == 3


async def test_a_command_twice_in_one_call_has_one_effect(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("k", a_claim("s-1")),
            a_command("k", a_claim("s-2")),
            a_command("k", a_claim("s-1", 1, after=1)),
        )
    assert outcomes == [appended(1, 1), DUPLICATE, DUPLICATE]
    assert await assert_dense(database_url) == 1


async def test_a_repeat_in_one_call_counts_once_the_first_was_refused(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("k", a_claim("s-1", 4)),
            a_command("k", a_claim("s-1", 0)),
            a_command("k", a_claim("s-1", 1, after=2)),
            a_command("k", a_claim("s-2", 0)),
        )
    assert outcomes == [conflict(0), appended(1, 1), DUPLICATE, DUPLICATE]


async def test_what_is_chained_on_a_duplicate_is_a_conflict(database_url: str) -> None:
    """The stored command may have done something else than what was decided on now."""
    async with connected(database_url) as connection:
        await append(connection, a_command("k", a_claim("s-1")))
        outcomes = await append(
            connection,
            a_command("k", a_claim("s-1", 0)),
            a_command("chained", a_claim("s-1", 1, after=1)),
        )
    assert outcomes == [DUPLICATE, conflict(1)]


async def test_the_same_key_of_another_principal_is_another_command(database_url: str) -> None:
    async with connected(database_url) as connection:
        outcomes = await append(
            connection,
            a_command("k", a_claim("s-1"), principal="anna"),
            a_command("k", a_claim("s-2"), principal="bert"),
            a_command("K", a_claim("s-3"), principal="anna"),
        )
    assert outcomes == [appended(1, 1), appended(2, 2), appended(3, 3)]


async def test_a_refused_command_leaves_no_record_and_may_come_again(database_url: str) -> None:
    async with connected(database_url) as connection:
        assert await append(connection, a_command("k", a_claim("s-1", 1))) == [conflict(0)]
        assert await rows(connection, RECORDS) == []
        assert await append(connection, a_command("k", a_claim("s-1"))) == [appended(1, 1)]


async def test_a_rollback_takes_record_and_events_together(database_url: str) -> None:
    async with connected(database_url) as connection:
        async with connection.transaction(force_rollback=True):
            await append(connection, ORDER)
        assert await rows(connection, RECORDS) == []
        assert await append(connection, ORDER) == [appended(1, 3)]


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(a_command("k", a_claim("s-1")), id="all duplicates"),
        pytest.param(a_command("stale", a_claim("s-1", 5)), id="all conflicts"),
    ],
)
async def test_a_call_without_effect_still_writes_to_the_write_ahead_log(
    database_url: str, again: RawCommand
) -> None:
    """Or its answer would not wait for a synchronous standby."""
    async with connected(database_url) as connection:
        await append(connection, a_command("k", a_claim("s-1")))
        async with connection.transaction():
            before = await column(connection, "SELECT pg_current_wal_insert_lsn()")
            await append(connection, again)
            grown = await column(
                connection, "SELECT pg_current_wal_insert_lsn() > %s::pg_lsn", before[0]
            )
            # Only a transaction with an id writes a commit record, on which a commit waits.
            has_id = await column(connection, "SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        flushed = await column(
            connection, "SELECT pg_current_wal_flush_lsn() > %s::pg_lsn", before[0]
        )
    assert (grown, has_id, flushed) == ([True], [True], [True])
