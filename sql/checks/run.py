"""Is everything in a database what its log says, in one snapshot of it?

One REPEATABLE READ READ ONLY transaction, so the check works on a log that is being written and
holds nobody up. The log is read once, from the first event to the last, and shown to every check at
once: decoding costs more than all folds together. No role may read everything, so the transaction
changes between two: the worker owns the read tables, the query side may see command records.

Source: reliability.md F5; invariants I4, I6, I8, I9, I10.
"""

import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from projections.projection import Projection
from sql.checkpoints import Generation
from sql.checks.checkpoints import check_checkpoints, chosen
from sql.checks.commands import KEPT_HOURS_MIN, check_records
from sql.checks.findings import Findings
from sql.checks.row_text import StoredRows, digest
from sql.checks.sales import SUMMED, check_sums
from sql.checks.snapshots import read_snapshots
from sql.checks.stored_log import estimated_rows, log_pages, read_row, table_pages
from sql.checks.table_fold import TableFold
from sql.checks.views import check_views
from sql.checks.waiting import Waiting, read_waiting
from sql.checks.walk import Walk, WalkFindings
from sql.connection import Connection, connect
from sql.migrate import role_name
from sql.read_tables import SCHEMA, table_name

TRIES_MAX: Final = 3
"""How often to begin anew when a table was dropped between the snapshot and its lock."""

_BEGIN: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_FACTS: Final = (
    b"SELECT coalesce(max(position), 0), transaction_timestamp() FROM event_store.events"
)

OnProgress = Callable[[str, int, int], None]
"""What is being done, how many are done, how many there are."""


class Unreadable(Exception):
    """The database could not be read to the end; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a database found.

    Units: `position` is the last one of the snapshot, `taken_at` the database's clock then;
    `events_per_second` is the rate of the walk through the log, all folds included.
    """

    position: int
    taken_at: datetime
    seconds: float
    events_per_second: float
    findings: tuple[Findings, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether no check found a difference."""
        return not any(each.count for each in self.findings)


async def check(
    database_url: str,
    projections: Mapping[str, Projection],
    *,
    names: Collection[str] = (),
    role_prefix: str = "ordertrail",
    on_progress: OnProgress | None = None,
) -> Checked:
    """Check a database; of the read models only the named ones, if any are named.

    Raises:
        Unreadable: the schema is not ours, or a right is missing.
        psycopg.OperationalError: the connection broke.
    """
    role = role_name(role_prefix, "worker")
    connection = await connect(
        database_url,
        role=role,
        application="ordertrail check",
        statement_timeout="0",
        idle_in_transaction_session_timeout="0",
        lock_timeout="10s",
    )
    async with connection:
        for left in reversed(range(TRIES_MAX)):
            try:
                return await _Run(
                    connection, projections, names, role_prefix, on_progress
                ).checked()
            except (psycopg.DataError, psycopg.ProgrammingError) as error:
                if not left or not isinstance(error, psycopg.errors.UndefinedTable):
                    raise Unreadable(str(error).strip()) from error
            finally:
                await _end(connection)
    raise AssertionError("the last try returns or raises")


async def _end(connection: Connection) -> None:
    if not connection.closed and not connection.broken:
        await connection.rollback()


class _Run:
    """One check in one transaction."""

    def __init__(
        self,
        connection: Connection,
        projections: Mapping[str, Projection],
        names: Collection[str],
        role_prefix: str,
        on_progress: OnProgress | None,
    ) -> None:
        self._connection = connection
        self._projections = projections
        self._names = names
        self._role_prefix = role_prefix
        self._on_progress = on_progress
        self._findings: list[Findings] = []
        self._head = 0
        self._walk_seconds = 0.0

    async def checked(self) -> Checked:
        """Take the snapshot and make every check."""
        began = time.monotonic()
        await self._connection.execute(_BEGIN)
        row = await (await self._connection.execute(_FACTS)).fetchone()
        assert row is not None
        self._head, taken_at = row
        walk = await self._prepare(taken_at - timedelta(hours=KEPT_HOURS_MIN))
        await self._walk_the_log(walk)
        for fold in walk.folds:
            await self._finish_table(fold)
        await self._sum_up(walk)
        with self._timed(walk.found.commands):
            await self._take_role("query")
            await check_records(self._connection, walk.commands, walk.found.commands)
        return Checked(
            position=self._head,
            taken_at=taken_at,
            seconds=time.monotonic() - began,
            events_per_second=self._head / max(self._walk_seconds, 1e-6),
            findings=tuple(self._findings),
        )

    async def _prepare(self, records_from: datetime) -> Walk:
        """Read what the log is to be compared with."""
        log = self._new("log")
        with self._timed(checkpoints := self._new("checkpoints")):
            found_generations = await check_checkpoints(
                self._connection, self._head, self._projections, checkpoints
            )
        await self._lock_tables(found_generations)
        with self._timed(views := self._new("views")):
            await check_views(self._connection, found_generations, self._projections, views)
        generations = chosen(found_generations, self._names)
        waiting = await read_waiting(self._connection)
        folds = [await self._load_table(each, waiting) for each in generations]
        found = WalkFindings(log, self._new("commands"), self._new("money"), self._new("snapshots"))
        walk = Walk(self._head, records_from, found, folds)
        with self._timed(found.snapshots):
            await read_snapshots(self._connection, walk.snapshots)
        return walk

    async def _lock_tables(self, generations: Sequence[Generation]) -> None:
        """Keep the tables from being dropped; nothing else is kept from anybody."""
        for each in generations:
            table = Identifier(SCHEMA, table_name(each.projection, each.generation))
            await self._connection.execute(SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(table))

    async def _load_table(
        self, generation: Generation, waiting: Mapping[tuple[str, int], Waiting]
    ) -> TableFold:
        projection = self._projections[generation.projection]
        table = table_name(generation.projection, generation.generation)
        held = waiting.get(generation.key) or waiting.get((generation.projection, 0))
        findings = self._new(table)
        fold = TableFold(projection, generation, held or Waiting({}, frozenset()), findings)
        stored = StoredRows(projection)
        total = await estimated_rows(self._connection, table)
        with self._timed(findings):
            async for page in table_pages(self._connection, projection, table):
                for text in page:
                    row = stored.read(text)
                    fold.store(stored.key(row), digest(row), row["last_position"])
                self._tell(f"Reading {table}", findings.checked, max(total, findings.checked))
        return fold

    async def _walk_the_log(self, walk: Walk) -> None:
        began = time.monotonic()
        async for page in log_pages(self._connection):
            for row in page:
                walk.see(row)
            self._tell("Checking the log", walk.found.log.checked, self._head)
        walk.finish()
        self._walk_seconds = walk.found.log.seconds = time.monotonic() - began

    async def _finish_table(self, fold: TableFold) -> None:
        stored = StoredRows(fold.projection)
        with self._timed(fold.findings):
            for key, row in fold.finish():
                if not fold.findings.has_room:
                    fold.findings.count += 1
                    continue
                found = await read_row(self._connection, fold.projection, fold.table, key)
                fold.differs(key, stored.differing(row, found))

    async def _sum_up(self, walk: Walk) -> None:
        with self._timed(walk.found.money):
            for fold in walk.folds:
                name = fold.projection.name
                if name not in SUMMED:
                    continue
                if not fold.waiting.is_nothing:
                    walk.found.money.note(
                        f"{fold.table} was not summed up: events of it are parked or discarded."
                    )
                    continue
                expected = walk.sums_at[min(fold.generation.position, self._head)]
                await check_sums(self._connection, name, fold.table, expected, walk.found.money)

    async def _take_role(self, role: str) -> None:
        name = Identifier(role_name(self._role_prefix, role))
        await self._connection.execute(SQL("SET LOCAL ROLE {}").format(name))

    def _new(self, name: str) -> Findings:
        self._findings.append(Findings(name))
        return self._findings[-1]

    def _tell(self, doing: str, done: int, total: int) -> None:
        if self._on_progress is not None:
            self._on_progress(doing, done, total)

    @contextmanager
    def _timed(self, findings: Findings) -> Generator[None]:
        began = time.monotonic()
        yield
        findings.seconds += time.monotonic() - began
