"""Does the runner bring every database to the code's schema, and refuse what it cannot judge?"""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from sql.migrate import (
    ROLES,
    MigrationError,
    MigrationState,
    migrate_up,
    migration_status,
    migrations,
    verify_migrations,
)
from sql.store import open_store
from tests.examples import a_product
from tests.examples_log import an_envelope, column, superuser
from tests.services import drop_database, execute, with_database

PASSWORD = "only-for-tests"
ALL = [f"{migration.number:04}_{migration.name}" for migration in migrations()]


@pytest.fixture
def role_prefix(postgres_url: str) -> Iterator[str]:
    """A prefix whose roles nobody has made yet; they are dropped after the test's databases."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    yield prefix
    for role in (*ROLES, "login"):
        name = sql.Identifier(f"{prefix}_{role}")
        execute(postgres_url, sql.SQL("DROP ROLE IF EXISTS {}").format(name))


@pytest.fixture
def login_url(postgres_url: str, role_prefix: str) -> Iterator[Callable[[LiteralString], str]]:
    """Make a plain login with these attributes, and answer the address of a database it owns."""
    with ExitStack() as closing:

        def make(attributes: LiteralString) -> str:
            login, database = f"{role_prefix}_login", f"test_{uuid.uuid4().hex}"
            execute(
                postgres_url,
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} {}").format(
                    sql.Identifier(login), sql.Literal(PASSWORD), sql.SQL(attributes)
                ),
            )
            execute(
                postgres_url,
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(login)
                ),
            )
            closing.callback(drop_database, postgres_url, database)
            host = postgres_url.partition("@")[2].partition("?")
            return with_database(f"postgresql://{login}:{PASSWORD}@{host[0]}", database)

        yield make


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations of the test's own, in place of ours."""
    monkeypatch.setattr("sql.migrate.MIGRATIONS_FOLDER", tmp_path)
    return tmp_path


async def tables(url: str) -> list[str]:
    async with superuser(url) as connection:
        query = (
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        return await column(connection, query)


async def states(url: str) -> list[str]:
    return [str(status.state) for status in await migration_status(url)]


async def test_a_fresh_database_gets_all_migrations_once(empty_database_url: str) -> None:
    assert await states(empty_database_url) == ["pending"] * len(ALL)
    assert await migrate_up(empty_database_url) == ALL
    assert await migrate_up(empty_database_url) == []
    await verify_migrations(empty_database_url)
    found = await migration_status(empty_database_url)
    assert [f"{status.number:04}_{status.name}" for status in found] == ALL
    assert {status.state for status in found} == {MigrationState.APPLIED}
    assert None not in {status.applied_at for status in found}


async def test_a_pending_migration_is_named_with_the_command_that_helps(
    empty_database_url: str,
) -> None:
    with pytest.raises(MigrationError, match=rf"{ALL[0]} is pending: run `ordertrail migrate up`"):
        await verify_migrations(empty_database_url)


async def test_a_database_that_lacks_the_last_migration_is_not_ours(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0001_one.sql").write_text("CREATE TABLE one ();")
    await migrate_up(empty_database_url)
    (folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    with pytest.raises(MigrationError, match="0002_two is pending"):
        await verify_migrations(empty_database_url)
    assert await states(empty_database_url) == ["applied", "pending"]
    assert await migrate_up(empty_database_url) == ["0002_two"]
    assert await tables(empty_database_url) == ["one", "two"]


async def test_an_applied_file_may_not_change(empty_database_url: str, folder: Path) -> None:
    """Nothing is applied then, not even what comes before it."""
    (folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    await migrate_up(empty_database_url)
    (folder / "0001_one.sql").write_text("CREATE TABLE one ();")
    (folder / "0002_two.sql").write_text("CREATE TABLE two (); -- a word more")
    assert await states(empty_database_url) == ["pending", "changed"]
    with pytest.raises(MigrationError, match="0002_two was changed"):
        await migrate_up(empty_database_url)
    (folder / "0001_one.sql").unlink()
    with pytest.raises(MigrationError, match="0002_two was changed"):
        await verify_migrations(empty_database_url)
    assert await tables(empty_database_url) == ["two"]


async def test_older_code_leaves_a_newer_database_alone(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0001_one.sql").write_text("CREATE TABLE one ();")
    (folder / "0007_newer.sql").write_text("CREATE TABLE newer ();")
    await migrate_up(empty_database_url)
    (folder / "0007_newer.sql").unlink()
    with pytest.raises(MigrationError, match="0007_newer is newer than this code"):
        await verify_migrations(empty_database_url)
    (folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    assert await states(empty_database_url) == ["applied", "pending", "unknown"]
    with pytest.raises(MigrationError, match="0007_newer is newer than this code"):
        await migrate_up(empty_database_url)
    assert await tables(empty_database_url) == ["newer", "one"]


async def test_a_migration_that_fails_leaves_nothing_of_itself(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "0001_one.sql").write_text("CREATE TABLE one ();")
    (folder / "0002_two.sql").write_text("CREATE TABLE two (); SELECT 1/0;")
    (folder / "0003_three.sql").write_text("CREATE TABLE three ();")
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate_up(empty_database_url)
    assert await tables(empty_database_url) == ["one"]
    assert await states(empty_database_url) == ["applied", "pending", "pending"]
    (folder / "0002_two.sql").write_text("CREATE TABLE two ();")
    assert await migrate_up(empty_database_url) == ["0002_two", "0003_three"]


async def test_an_index_can_be_made_concurrently(empty_database_url: str, folder: Path) -> None:
    (folder / "0001_one.sql").write_text("CREATE TABLE one (id int); -- 100 % plain")
    (folder / "0002_index.sql").write_text(
        "-- no-transaction\n-- Writers go on.\nCREATE INDEX CONCURRENTLY by_id ON one (id);"
    )
    assert await migrate_up(empty_database_url) == ["0001_one", "0002_index"]
    assert await tables(empty_database_url) == ["by_id", "one"]
    assert await states(empty_database_url) == ["applied", "applied"]


async def test_two_migrators_at_once_do_the_work_once(empty_database_url: str) -> None:
    done = await asyncio.gather(*(migrate_up(empty_database_url) for _ in range(4)))
    assert sorted(done, key=len) == [[], [], [], ALL]


async def test_two_databases_of_one_server_are_migrated_at_once(
    role_prefix: str, empty_database_url: str, postgres_url: str
) -> None:
    """Roles belong to the server, so both want to make them."""
    second = f"test_{uuid.uuid4().hex}"
    execute(postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(second)))
    try:
        urls = (empty_database_url, with_database(postgres_url, second))
        done = await asyncio.gather(*(migrate_up(url, role_prefix) for url in urls))
        assert done == [ALL, ALL]
    finally:
        drop_database(postgres_url, second)


async def test_an_installation_may_have_its_own_roles(
    role_prefix: str, empty_database_url: str
) -> None:
    await migrate_up(empty_database_url, role_prefix)
    async with superuser(empty_database_url) as connection:
        names = await column(
            connection, "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", role_prefix
        )
        strangers = await column(
            connection,
            "SELECT DISTINCT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a"
            " WHERE c.relnamespace = 'event_store'::regnamespace"
            " AND a.grantee <> c.relowner AND NOT starts_with(a.grantee::regrole::text, %s)",
            role_prefix,
        )
    assert sorted(names) == sorted(f"{role_prefix}_{role}" for role in ROLES)
    assert strangers == []
    async with open_store(
        empty_database_url, role_prefix=role_prefix, code_version="test"
    ) as store:
        assert (await store.handler.handle(a_product(), an_envelope())).position == 1


@pytest.mark.parametrize("prefix", ["", "Upper", "9", "a-b", 'a"b', "a b", "a" * 42, "a;b"])
async def test_a_prefix_that_is_no_name_is_refused(empty_database_url: str, prefix: str) -> None:
    with pytest.raises(MigrationError, match="is no role prefix"):
        await migrate_up(empty_database_url, prefix)
    assert await states(empty_database_url) == ["pending"] * len(ALL)


async def test_a_plain_login_that_may_make_roles_is_enough(
    role_prefix: str, login_url: Callable[[LiteralString], str]
) -> None:
    url = login_url("CREATEROLE NOSUPERUSER")
    assert await migrate_up(url, role_prefix) == ALL
    await verify_migrations(url)
    async with open_store(url, role_prefix=role_prefix, code_version="test") as store:
        assert (await store.handler.handle(a_product(), an_envelope())).position == 1


async def test_a_login_that_may_not_make_roles_gets_the_words_for_who_may(
    role_prefix: str, login_url: Callable[[LiteralString], str], postgres_url: str
) -> None:
    url = login_url("NOCREATEROLE NOSUPERUSER")
    with pytest.raises(MigrationError) as refusal:
        await migrate_up(url, role_prefix)
    assert await states(url) == ["pending"] * len(ALL)
    sentence, _, statements = str(refusal.value).partition("\n")
    assert "administrator" in sentence
    for role in ROLES:
        assert f'CREATE ROLE "{role_prefix}_{role}" NOLOGIN;' in statements
    script = sql.SQL(statements)  # pyright: ignore[reportArgumentType]
    execute(postgres_url, sql.Composed([script]))
    assert await migrate_up(url, role_prefix) == ALL
    async with open_store(url, role_prefix=role_prefix, code_version="test") as store:
        assert (await store.handler.handle(a_product(), an_envelope())).position == 1


async def test_a_login_that_is_no_member_of_the_roles_is_told(
    role_prefix: str, login_url: Callable[[LiteralString], str], postgres_url: str
) -> None:
    """An administrator made the roles and forgot the rest."""
    for role in ROLES:
        name = sql.Identifier(f"{role_prefix}_{role}")
        execute(postgres_url, sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    url = login_url("NOCREATEROLE NOSUPERUSER")
    with pytest.raises(MigrationError) as refusal:
        await migrate_up(url, role_prefix)
    assert f'GRANT "{role_prefix}_api" TO "{role_prefix}_login";' in str(refusal.value)
    assert "CREATE ROLE" not in str(refusal.value)
