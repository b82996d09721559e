"""Does `append_v1` find heads and keys by index, in a database that nobody has analysed?"""

from psycopg.rows import TupleRow

from sql.connection import Connection
from tests.examples_log import a_claim, a_command, append, column, connected, rows, superuser

CALLS = 12
COMMANDS = 250
SCANS = """
SELECT relname, seq_scan, idx_scan FROM pg_stat_user_tables
 WHERE schemaname = 'event_store' AND relname IN ('events', 'commands') ORDER BY relname
"""
NEVER_ANALYSED = """
SELECT relname FROM pg_class
 WHERE oid IN ('event_store.events'::regclass, 'event_store.commands'::regclass)
   AND reltuples < 0 ORDER BY relname
"""


async def scans(connection: Connection) -> list[TupleRow]:
    await connection.execute("SELECT pg_stat_force_next_flush()")
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return await rows(connection, SCANS)


async def test_never_scans_the_log_or_the_records_from_end_to_end(database_url: str) -> None:
    """In the session that began on an empty log (its plans are kept) as in a new one."""
    async with superuser(database_url) as owner:
        for table in ("events", "commands"):
            await owner.execute(
                f"ALTER TABLE event_store.{table} SET (autovacuum_enabled = false)".encode()
            )
        before = await scans(owner)
        async with connected(database_url) as old, connected(database_url) as new:
            for call in range(CALLS):
                await append_some(old, call)
            await append_some(new, CALLS)
            await old.execute("SELECT pg_stat_force_next_flush()")
            await new.execute("SELECT pg_stat_force_next_flush()")
        after = await scans(owner)
        assert await rows(owner, NEVER_ANALYSED) == [("commands",), ("events",)]
    sequential = [(name, seq - before[n][1]) for n, (name, seq, _) in enumerate(after)]
    by_index = [idx - before[n][2] for n, (_, _, idx) in enumerate(after)]
    assert sequential == [("commands", 0), ("events", 0)]
    assert all(count >= (CALLS + 1) * COMMANDS for count in by_index), by_index


async def append_some(connection: Connection, call: int) -> None:
    """Append to as many new streams as old ones, under new keys."""
    new = [a_claim(f"s-{call}-{n}") for n in range(COMMANDS // 2)]
    old = [a_claim(f"s-{call - 1}-{n}", 1) for n in range(COMMANDS // 2)] if call else []
    more = [a_claim(f"s-{call}-{n}") for n in range(len(new), COMMANDS - len(old))]
    claims = [*new, *old, *more]
    outcomes = await append(
        connection, *(a_command(f"{call}-{n}", claim) for n, claim in enumerate(claims))
    )
    assert {outcome.kind for outcome in outcomes} == {"appended"}


async def test_a_long_stream_costs_no_more_than_a_short_one(database_url: str) -> None:
    """Its head is one row of the index, however many stand before it."""
    read = (
        "SELECT idx_tup_read FROM pg_stat_user_indexes"
        " WHERE indexrelname = 'events_stream_version_key'"
    )
    async with superuser(database_url) as owner:
        async with connected(database_url) as connection:
            await append(connection, a_command("long", a_claim("s-1", events=5_000)))
            await connection.execute("SELECT pg_stat_force_next_flush()")
            (before,) = await column(owner, read)
            await append(connection, a_command("next", a_claim("s-1", 5_000)))
            await connection.execute("SELECT pg_stat_force_next_flush()")
        await owner.execute("SELECT pg_stat_clear_snapshot()")
        (after,) = await column(owner, read)
    assert after - before < 10
