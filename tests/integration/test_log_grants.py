"""Can anybody change the log, or stop it, who may not?"""

import asyncio
import uuid
from collections.abc import Iterator

import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from tests.examples_log import (
    ROLE_PREFIX,
    ROLES,
    a_claim,
    a_command,
    append,
    assert_dense,
    column,
    connected,
    rows,
    superuser,
)
from tests.services import drop_database, execute, with_database

PROCESS_ROLES = ("api", "relay", "worker", "query")
TABLES = ("events", "commands", "append_gate")
CHANGES = {
    "insert": "INSERT INTO event_store.{table} DEFAULT VALUES",
    "update": "UPDATE event_store.{table} SET {column} = {column}",
    "delete": "DELETE FROM event_store.{table}",
    "truncate": "TRUNCATE event_store.{table}",
    "truncate cascade": "TRUNCATE event_store.{table} CASCADE",
}
FIRST_COLUMN = {"events": "position", "commands": "principal", "append_gate": "ctid"}
STRONG_LOCKS = (
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
)
RIGHTS = """
SELECT c.relname, lower(a.privilege_type)
  FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.relnamespace = 'event_store'::regnamespace AND a.grantee = %s::regrole
 ORDER BY 1, 2
"""
UPDATE_ON_CONFLICT = """
INSERT INTO event_store.events
SELECT * FROM event_store.events LIMIT 1
ON CONFLICT ON CONSTRAINT events_pkey DO UPDATE SET type = 'changed'
"""
MERGE = """
MERGE INTO event_store.events e USING (SELECT 1 AS position) AS m ON e.position = m.position
WHEN MATCHED THEN DELETE
"""


def all_changes() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        for name in CHANGES:
            if (table, name) != ("append_gate", "update"):  # it has no column to update
                yield table, name


def change_of(table: str, name: str) -> bytes:
    return CHANGES[name].format(table=table, column=FIRST_COLUMN[table]).encode()


@pytest.fixture(scope="module")
def log_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A log with one event, for all these tests: none of them is able to change it."""
    name = f"test_{uuid.uuid4().hex}"
    clone = SQL("CREATE DATABASE {} TEMPLATE {}")
    execute(postgres_url, clone.format(Identifier(name), Identifier(template_database)))
    url = with_database(postgres_url, name)
    asyncio.run(append_one(url))
    yield url
    drop_database(postgres_url, name)


async def append_one(url: str) -> None:
    async with connected(url) as connection:
        await append(connection, a_command("a", a_claim("s-1")))


@pytest.mark.parametrize("role", PROCESS_ROLES)
async def test_no_process_may_change_the_log(log_url: str, role: str) -> None:
    async with connected(log_url, role) as connection:
        for table, name in all_changes():
            with pytest.raises(InsufficientPrivilege, match="permission denied"):
                await connection.execute(change_of(table, name))
    assert await assert_dense(log_url) == 1


@pytest.mark.parametrize("role", PROCESS_ROLES)
async def test_no_process_can_close_the_gate(log_url: str, role: str) -> None:
    async with connected(log_url, role) as connection:
        for mode in STRONG_LOCKS:
            with pytest.raises(InsufficientPrivilege):
                async with connection.transaction():
                    await connection.execute(
                        f"LOCK TABLE event_store.append_gate IN {mode} MODE NOWAIT".encode()
                    )


@pytest.mark.parametrize("role", PROCESS_ROLES)
async def test_no_process_can_keep_the_log_from_growing(log_url: str, role: str) -> None:
    """What locks a reader may take on what it reads do not stop an append."""
    async with connected(log_url, role) as connection:
        for table in ("events", "commands"):
            for mode in STRONG_LOCKS:
                with pytest.raises(InsufficientPrivilege):
                    async with connection.transaction():
                        await connection.execute(
                            f"LOCK TABLE event_store.{table} IN {mode} MODE NOWAIT".encode()
                        )


async def test_the_log_owner_can_close_the_gate(log_url: str) -> None:
    async with connected(log_url, "log_owner") as connection, connection.transaction():
        await connection.execute("LOCK TABLE event_store.append_gate IN EXCLUSIVE MODE")


@pytest.mark.parametrize("role", ["relay", "worker", "query"])
async def test_only_the_api_may_append_or_take_order_numbers(log_url: str, role: str) -> None:
    async with connected(log_url, role) as connection:
        with pytest.raises(InsufficientPrivilege, match="append_v1"):
            await append(connection, a_command("a", a_claim("s-1")))
        with pytest.raises(InsufficientPrivilege, match="take_order_numbers_v1"):
            await connection.execute("SELECT event_store.take_order_numbers_v1('W', 2026, 1)")
    assert await assert_dense(log_url) == 1


async def test_functions_of_the_log_are_closed_to_the_public(log_url: str) -> None:
    query = """
        SELECT p.proname FROM pg_proc p,
               aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE p.pronamespace = 'event_store'::regnamespace AND a.grantee = 0
    """
    async with superuser(log_url) as connection:
        assert await column(connection, query) == []


async def test_functions_of_the_log_run_as_an_owner_with_few_rights(log_url: str) -> None:
    functions = """
        SELECT proname, proowner::regrole::text, prosecdef, provolatile, proconfig
          FROM pg_proc WHERE pronamespace = 'event_store'::regnamespace AND prosecdef ORDER BY 1
    """
    path = ["search_path=pg_catalog, event_store, pg_temp"]
    owner = f"{ROLE_PREFIX}_log_owner"
    async with superuser(log_url) as connection:
        assert await rows(connection, functions) == [
            ("append_recorded_v1", owner, True, "v", path),
            ("append_v1", owner, True, "v", path),
            ("take_order_numbers_v1", owner, True, "v", path),
            ("track_v1", owner, True, "v", path),
        ]
        assert await rows(connection, RIGHTS, owner) == [
            ("append_gate", "select"),
            ("append_gate", "update"),
            ("commands", "insert"),
            ("commands", "select"),
            ("events", "insert"),
            ("events", "select"),
            ("order_number_blocks", "insert"),
            ("order_number_blocks", "select"),
            ("order_number_blocks", "update"),
            ("tracking", "insert"),
            ("tracking", "select"),
            ("tracking", "update"),
        ]


async def test_no_role_may_log_in_make_objects_or_bypass_rights(log_url: str) -> None:
    roles = [f"{ROLE_PREFIX}_{role}" for role in ROLES]
    attributes = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolcanlogin OR rolsuper"
        " OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)"
    )
    memberships = (
        "SELECT roleid::regrole FROM pg_auth_members"
        " WHERE member::regrole::text = ANY(%s) OR member IN (SELECT oid FROM pg_roles"
        " WHERE rolname = ANY(%s))"
    )
    makers = (
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
        " AND has_schema_privilege(rolname, 'event_store', 'CREATE')"
    )
    async with superuser(log_url) as connection:
        assert await column(connection, attributes, roles) == []
        assert await column(connection, memberships, roles, roles) == []
        assert await column(connection, makers, roles) == []


@pytest.mark.parametrize("role", PROCESS_ROLES)
async def test_every_process_reads_what_it_needs_and_nothing_else(log_url: str, role: str) -> None:
    snapshots = [("snapshots", right) for right in ("delete", "insert", "select", "update")]
    expected = {
        "api": [
            ("commands", "select"),
            ("events", "select"),
            *snapshots,
            ("tracking", "select"),
        ],
        "relay": [("events", "select")],
        "worker": [("events", "select"), *snapshots],
        "query": [("commands", "select"), ("events", "select"), ("tracking", "select")],
    }
    async with superuser(log_url) as connection:
        assert await rows(connection, RIGHTS, f"{ROLE_PREFIX}_{role}") == expected[role]


@pytest.mark.parametrize("replication_role", ["origin", "replica"])
@pytest.mark.parametrize(
    "change", [change_of("events", name) for name in CHANGES] + [change_of("commands", "insert")]
)
async def test_events_are_kept_from_the_owner_and_the_superuser_too(
    log_url: str, replication_role: str, change: bytes
) -> None:
    async with superuser(log_url) as connection:
        assert await column(connection, "SELECT usesuper FROM pg_user WHERE usename = user")
        await connection.execute(f"SET session_replication_role = {replication_role}".encode())
        with pytest.raises(InsufficientPrivilege, match=r"the log is append-only|only append_v1"):
            await connection.execute(change)
    assert await assert_dense(log_url) == 1


@pytest.mark.parametrize(
    ("principal", "age_hours", "is_kept"),
    [
        ("staff:jo", 1, True),
        ("staff:jo", 25, False),
        ("customer:ann", 25, False),
        ("process:fulfilment", 10_000, True),
        ("timers", 10_000, True),
    ],
)
async def test_records_are_kept_as_long_as_was_promised(
    database_url: str,
    principal: str,
    age_hours: int,
    is_kept: bool,  # noqa: FBT001
) -> None:
    async with connected(database_url, "log_owner") as connection:
        await connection.execute(
            "INSERT INTO event_store.commands VALUES (%s, 'key', '', 'test', 's-1', 1, 1, 1, 200,"
            " NULL, clock_timestamp() - make_interval(hours => %s))",
            (principal, age_hours),
        )
    async with superuser(database_url) as connection:
        pruning = connection.execute("DELETE FROM event_store.commands")
        if is_kept:
            with pytest.raises(InsufficientPrivilege, match="is kept"):
                await pruning
        else:
            await pruning
        left = await column(connection, "SELECT count(*) FROM event_store.commands")
    assert left == [int(is_kept)]


@pytest.mark.parametrize("change", [UPDATE_ON_CONFLICT, MERGE])
async def test_events_are_kept_from_roundabout_changes(log_url: str, change: str) -> None:
    async with superuser(log_url) as connection:
        with pytest.raises(InsufficientPrivilege, match=r"the log is append-only|only append_v1"):
            await connection.execute(change.encode())


@pytest.mark.parametrize("replication_role", ["origin", "replica"])
@pytest.mark.parametrize("name", ["update", "truncate", "truncate cascade"])
async def test_records_of_commands_are_never_changed(
    log_url: str, replication_role: str, name: str
) -> None:
    async with superuser(log_url) as connection:
        await connection.execute(f"SET session_replication_role = {replication_role}".encode())
        with pytest.raises(InsufficientPrivilege, match="the log is append-only"):
            await connection.execute(change_of("commands", name))


async def test_an_outsider_cannot_even_look(log_url: str) -> None:
    """A login without one of our roles."""
    statements = (b"SELECT 1 FROM event_store.events", b"SELECT event_store.append_v1()")
    async with (
        superuser(log_url) as connection,
        connection.transaction(force_rollback=True),
    ):
        await connection.execute("CREATE ROLE ordertrail_test_outsider")
        await connection.execute("SET LOCAL ROLE ordertrail_test_outsider")
        for statement in statements:
            with pytest.raises(InsufficientPrivilege, match="schema event_store"):
                async with connection.transaction():
                    await connection.execute(statement)
