"""Is the database's schema the code's, and how does it become so?

Migrations are the files of `sql/migrations`, applied in the order of their numbers: each in one
transaction of its own (a first line `-- no-transaction` runs it outside one, for concurrent
indexes), under an advisory lock, its checksum kept. `{role_prefix}` in a file stands for the
setting. Roles belong to the whole server; missing ones are made first.
"""

import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from sql.connection import CONNECT_TIMEOUT_SECONDS, Connection

MIGRATIONS_FOLDER: Final = Path(__file__).parent / "migrations"
ROLES: Final = ("log_owner", "api", "relay", "worker", "query", "process")
"""Suffixes of the roles; all are NOLOGIN, processes log in as the owner and drop to one."""
_HELD: Final = {"process": ("api", "worker")}
"""The process carries out commands and reads tables, so its role holds those that may."""

_LOCK: Final = "SELECT pg_advisory_lock(hashtextextended('ordertrail.migrate', 0))"
_PREFIX: Final = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_FILE: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_TABLE: Final = """
CREATE SCHEMA IF NOT EXISTS migrations;
CREATE TABLE IF NOT EXISTS migrations.applied (
    number      integer     NOT NULL,
    name        text        NOT NULL,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT applied_pkey PRIMARY KEY (number)
);
"""
_CREATE_ROLE: Final = sql.SQL("CREATE ROLE {} NOLOGIN;")
_GRANT_ROLE: Final = sql.SQL("GRANT {} TO {};")


class MigrationError(Exception):
    """The schema is not what the code needs; the sentence says what to do."""


class MigrationState(StrEnum):
    """How a migration stands in a database."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Migration:
    """A file of `sql/migrations`."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """A migration and how it stands; UNKNOWN is one that newer code has applied."""

    number: int
    name: str
    state: MigrationState
    applied_at: datetime | None


def migrations() -> list[Migration]:
    """Read the migrations that this code knows, in order."""
    found: list[Migration] = []
    for path in sorted(MIGRATIONS_FOLDER.glob("*.sql")):
        match = _FILE.fullmatch(path.name)
        assert match, f"{path.name} is not named NNNN_name.sql"
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    assert len({migration.number for migration in found}) == len(found), "a number twice"
    return found


async def migrate_up(database_url: str, role_prefix: str = "ordertrail") -> list[str]:
    """Make missing roles and apply pending migrations.

    Shape: the names of the migrations applied now, in order.

    Raises:
        MigrationError: an applied file was changed, newer code was here, or a right is missing.
    """
    if not _PREFIX.fullmatch(role_prefix):
        raise MigrationError(f"{role_prefix!r} is no role prefix: use [a-z_][a-z0-9_]*")
    done: list[str] = []
    async with _locked(database_url) as connection:
        await _make_roles(connection, role_prefix)
        await connection.execute(_TABLE)
        found = await _compare(connection)
        for status, _ in found:
            _refuse_drift(status)
        for status, migration in found:
            if migration is not None and status.state is MigrationState.PENDING:
                await _apply(connection, migration, role_prefix)
                done.append(f"{migration.number:04}_{migration.name}")
    return done


async def migration_status(database_url: str) -> list[MigrationStatus]:
    """Tell how every migration, known to the code or to the database, stands."""
    async with await _connect(database_url) as connection:
        return [status for status, _ in await _compare(connection)]


async def verify_migrations(database_url: str) -> None:
    """Make sure that the schema is exactly the code's.

    Raises:
        MigrationError: a migration is pending, changed or unknown.
    """
    for status in await migration_status(database_url):
        _refuse_drift(status)
        if status.state is MigrationState.PENDING:
            raise MigrationError(
                f"migration {status.number:04}_{status.name} is pending:"
                " run `ordertrail migrate up`"
            )


def role_name(role_prefix: str, role: str) -> str:
    """Name a role of this installation."""
    return f"{role_prefix}_{role}"


async def _connect(database_url: str) -> Connection:
    return await psycopg.AsyncConnection[TupleRow].connect(
        database_url,
        autocommit=True,
        application_name="ordertrail migrate",
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
    )


@asynccontextmanager
async def _locked(database_url: str) -> AsyncGenerator[Connection]:
    async with await _connect(database_url) as connection:
        await connection.execute(_LOCK)
        yield connection


async def _make_roles(connection: Connection, role_prefix: str) -> None:
    """Make the roles that are missing, and this login a member of those it is no member of."""
    cursor = await connection.execute("SELECT rolname, pg_has_role(oid, 'MEMBER') FROM pg_roles")
    is_member = {str(row[0]): bool(row[1]) for row in await cursor.fetchall()}
    statements: list[sql.Composed] = []
    for role in ROLES:
        name = role_name(role_prefix, role)
        if name not in is_member:
            statements.append(_CREATE_ROLE.format(sql.Identifier(name)))
            statements += [
                _GRANT_ROLE.format(
                    sql.Identifier(role_name(role_prefix, held)), sql.Identifier(name)
                )
                for held in _HELD.get(role, ())
            ]
        if not is_member.get(name):
            login = sql.Identifier(connection.info.user)
            statements.append(_GRANT_ROLE.format(sql.Identifier(name), login))
    try:
        for statement in statements:
            # Another database of this server may be migrated at the same moment.
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        wanted = "\n".join(statement.as_string(connection) for statement in statements)
        raise MigrationError(
            f"this login may not make its roles; let an administrator run:\n{wanted}"
        ) from error


async def _compare(
    connection: Connection,
) -> list[tuple[MigrationStatus, Migration | None]]:
    applied = await _applied(connection)
    result: list[tuple[MigrationStatus, Migration | None]] = []
    for migration in migrations():
        row = applied.pop(migration.number, None)
        if row is None:
            state, at = MigrationState.PENDING, None
        elif row[1] != migration.checksum:
            state, at = MigrationState.CHANGED, row[2]
        else:
            state, at = MigrationState.APPLIED, row[2]
        result.append((MigrationStatus(migration.number, migration.name, state, at), migration))
    result.extend(
        (MigrationStatus(number, name, MigrationState.UNKNOWN, at), None)
        for number, (name, _, at) in applied.items()
    )
    return result


async def _applied(connection: Connection) -> dict[int, tuple[str, str, datetime]]:
    cursor = await connection.execute("SELECT to_regclass('migrations.applied')")
    if await cursor.fetchone() == (None,):
        return {}
    cursor = await connection.execute(
        "SELECT number, name, checksum, applied_at FROM migrations.applied ORDER BY number"
    )
    return {row[0]: (row[1], row[2], row[3]) for row in await cursor.fetchall()}


def _refuse_drift(status: MigrationStatus) -> None:
    name = f"{status.number:04}_{status.name}"
    if status.state is MigrationState.CHANGED:
        raise MigrationError(f"migration {name} was changed after it was applied: restore the file")
    if status.state is MigrationState.UNKNOWN:
        raise MigrationError(
            f"migration {name} is newer than this code: deploy the newer version;"
            " `ordertrail migrate status` lists them all"
        )


async def _apply(connection: Connection, migration: Migration, role_prefix: str) -> None:
    # The text is a file of this distribution, not input.
    text = cast("LiteralString", migration.text.replace("{role_prefix}", role_prefix))
    record = "INSERT INTO migrations.applied (number, name, checksum) VALUES (%s, %s, %s)"
    values = (migration.number, migration.name, migration.checksum)
    if text.startswith("-- no-transaction"):
        await connection.execute(text)
        await connection.execute(record, values)
        return
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(record, values)
