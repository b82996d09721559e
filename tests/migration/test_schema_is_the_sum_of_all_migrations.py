"""Is the schema what the migration files say, however and wherever they were applied?

The catalog is compared as a whole: schemas, tables, columns, constraints, indexes, triggers,
functions, comments, owners and rights.
"""

import re
import uuid
from collections.abc import Iterator

import pytest
from psycopg import sql

from sql.migrate import ROLES, migrate_up, migrations, verify_migrations
from tests.examples_log import a_store, an_envelope, notes, place_an_order, rows, superuser
from tests.services import drop_database, execute, with_database

OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
CATALOG = {
    "schemas": f"""
        SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace n WHERE {OURS}
    """,
    "relations": f"""
        SELECT c.oid::regclass::text, relkind, relowner::regrole::text, relpersistence,
               relrowsecurity, reloptions::text, relacl::text, obj_description(c.oid, 'pg_class')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}
    """,
    "columns": f"""
        SELECT c.oid::regclass::text, attnum, attname, format_type(atttypid, atttypmod),
               attcollation::regcollation::text, attnotnull, attacl::text,
               pg_get_expr(adbin, adrelid), col_description(c.oid, attnum)
          FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
         WHERE {OURS} AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'v', 'p')
    """,
    "constraints": f"""
        SELECT conrelid::regclass::text, conname, convalidated, pg_get_constraintdef(r.oid)
          FROM pg_constraint r JOIN pg_namespace n ON n.oid = connamespace WHERE {OURS}
    """,
    "indexes": f"""
        SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index
          JOIN pg_class c ON c.oid = indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {OURS}
    """,
    "triggers": f"""
        SELECT pg_get_triggerdef(t.oid), tgenabled FROM pg_trigger t
          JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {OURS} AND NOT tgisinternal
    """,
    "functions": f"""
        SELECT pg_get_functiondef(p.oid), proowner::regrole::text, proacl::text
          FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE {OURS}
    """,
    "default rights": "SELECT defaclrole::regrole::text, defaclacl::text FROM pg_default_acl",
    "extensions": "SELECT extname FROM pg_extension",
}
Catalog = dict[str, list[str]]


@pytest.fixture
def other_prefix(postgres_url: str) -> Iterator[str]:
    """A prefix whose roles nobody has made yet."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    yield prefix
    for role in ROLES:
        name = sql.Identifier(f"{prefix}_{role}")
        execute(postgres_url, sql.SQL("DROP ROLE IF EXISTS {}").format(name))


@pytest.fixture
def other_database_url(postgres_url: str, other_prefix: str) -> Iterator[str]:
    """An empty database that goes before the roles do."""
    assert other_prefix
    name = f"test_{uuid.uuid4().hex}"
    execute(postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield with_database(postgres_url, name)
    drop_database(postgres_url, name)


async def catalog_of(url: str, role_prefix: str = "ordertrail") -> Catalog:
    """Read the catalog, with the prefix of the roles taken out."""
    async with superuser(url) as connection:
        owner = re.escape(connection.info.user)
        roles = re.compile(rf"\b{re.escape(role_prefix)}_({'|'.join(ROLES)})\b")
        result: Catalog = {}
        for what, query in CATALOG.items():
            found = [repr(row) for row in await rows(connection, query)]
            # The order of an access list is that of the grants, which is no part of the schema.
            cleaned = [
                roles.sub(r"PREFIX_\1", re.sub(rf"\b{owner}\b", "OWNER", row)) for row in found
            ]
            result[what] = sorted(in_order_of_grantees(row) for row in cleaned)
        return result


def in_order_of_grantees(row: str) -> str:
    return re.sub(
        r"\{([^{}]*=[^{}]*/[^{}]*)\}", lambda found: str(sorted(found[1].split(","))), row
    )


async def test_step_by_step_is_as_all_at_once(
    database_url: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations()
    for count, migration in enumerate(every, start=1):
        monkeypatch.setattr("sql.migrate.migrations", lambda count=count: every[:count])
        applied = await migrate_up(empty_database_url)
        assert applied == [f"{migration.number:04}_{migration.name}"]
        await verify_migrations(empty_database_url)
    stepwise = await catalog_of(empty_database_url)
    assert stepwise == await catalog_of(database_url)
    assert {what for what, found in stepwise.items() if not found} <= {"default rights"}


async def test_the_prefix_of_the_roles_is_nowhere_taken_for_granted(
    database_url: str, other_prefix: str, other_database_url: str
) -> None:
    await migrate_up(other_database_url, other_prefix)
    ours, theirs = (
        await catalog_of(database_url),
        await catalog_of(other_database_url, other_prefix),
    )
    assert theirs == ours
    assert "PREFIX_api" in str(ours["functions"])


async def test_using_the_log_makes_nothing_that_no_migration_made(database_url: str) -> None:
    before = await catalog_of(database_url)
    async with a_store(database_url) as store:
        await place_an_order(store)
        for note in notes(3):
            await store.handler.handle(note, an_envelope())
        await store.order_numbers.take("web", (await store.log.read(0, 1))[0].recorded_at)
    assert await catalog_of(database_url) == before


def test_numbers_of_migrations_have_no_gap() -> None:
    assert [migration.number for migration in migrations()] == [
        number for number, _ in enumerate(migrations(), start=1)
    ]
