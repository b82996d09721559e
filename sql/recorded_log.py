"""How do threads that are not asyncio read the log, append to it, and hear that it has grown?

What `sql/recorder.py` needs from PostgreSQL, on a pool of synchronous connections. Every call of
`append_recorded_v1` carries a command id of its own in the metadata of its events. A call whose
answer was lost is sent again on a new connection; if it then conflicts with events that carry that
id, it was its own first sending that got through, and the answer is known after all.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from sql.connection import conninfo
from sql.log_notifier import CHANNEL
from sql.recorded_state import command_id_of

SyncConnection = psycopg.Connection[TupleRow]
Answer = TypeVar("Answer")

CONNECTIONS_MAX: Final = 10
WAITING_MAX: Final = 200
POOL_TIMEOUT_SECONDS: Final = 10.0
RESEND_PAUSES_SECONDS: Final = (0.05, 0.2, 0.5, 1.0)
HEAR_SECONDS: Final = 0.1
POLL_SECONDS: Final = 1.0
"""A follower looks this often, whether or not it was told that the log has grown."""

_APPEND: Final = (
    "SELECT first_position, last_position FROM event_store.append_recorded_v1("
    "%s::text[], %s::integer[], %s::integer[], %s::text[], %s::text[], %s::text[], %s, %s, %s)"
)
_WRITTEN_BY: Final = (
    "SELECT position, metadata::text FROM event_store.events WHERE stream = %s AND version = %s"
)
_TRACK: Final = "SELECT event_store.track_v1(%s, %s, %s)"
_TRACKED: Final = (
    "SELECT notification_id FROM event_store.tracking WHERE consumer = %s AND application = %s"
)
_HEAD: Final = "SELECT max(position) FROM event_store.events"
_COLUMNS: Final = "position, stream, version, type, data::text, metadata::text"
_STREAM_UP: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE stream = %(stream)s"
    " AND version > coalesce(%(gt)s::bigint, -1)"
    " AND (%(lte)s::bigint IS NULL OR version <= %(lte)s::bigint)"
    " ORDER BY version LIMIT %(limit)s::bigint"
)
_STREAM_DOWN: Final = _STREAM_UP.replace("ORDER BY version", "ORDER BY version DESC")
_LOG: Final = (
    f"SELECT {_COLUMNS} FROM event_store.events WHERE position > %(after)s::bigint"
    " AND (%(stop)s::bigint IS NULL OR position <= %(stop)s::bigint)"
    " ORDER BY position LIMIT %(limit)s::bigint"
)
_LOG_OF_TYPES: Final = _LOG.replace(" ORDER", " AND type = ANY(%(types)s) ORDER")
_NOTIFY: Final = "SELECT pg_notify(%s, %s)"
_LISTEN: Final = f"LISTEN {CHANNEL}"

Row = tuple[int, str, int, str, str, str]
"""Position, stream, version, type, and the exact texts of data and metadata."""

Progress = tuple[str, str, int]
"""Who has processed whose events up to which one: consumer, application, notification id."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """Events to append in one transaction, column by column, in their order."""

    command_id: str
    streams: list[str]
    versions: list[int]
    types: list[str]
    data: list[str]
    metadata: list[str]
    progress: Progress | None = None

    def arguments(self) -> tuple[object, ...]:
        """Write the call as `append_recorded_v1` takes it."""
        numbers: dict[str, int] = {}
        indexes = [numbers.setdefault(each, len(numbers) + 1) for each in self.streams]
        progress = self.progress or (None, None, None)
        columns = (self.versions, self.types, self.data, self.metadata)
        return (list(numbers), indexes, *columns, *progress)


class RecordedLog:
    """The log for the threads of a process. Every method raises psycopg's errors."""

    def __init__(
        self, database_url: str, *, role: str, connections_max: int = CONNECTIONS_MAX
    ) -> None:
        """Connect when first used, under a role that may execute `append_recorded_v1`."""
        # Appends commit durably whatever the session says; a notification need not wait for that.
        self._conninfo = conninfo(
            database_url,
            role=role,
            application="ordertrail recorder",
            synchronous_commit="off",
            statement_timeout="30s",
        )
        self._pool: ConnectionPool[SyncConnection] = ConnectionPool(
            self._conninfo,
            connection_class=SyncConnection,
            kwargs={"autocommit": True},
            min_size=1,
            max_size=connections_max,
            max_waiting=WAITING_MAX,
            timeout=POOL_TIMEOUT_SECONDS,
            open=False,
        )
        self._telling = Lock()
        self._newest = 0
        self._told = 0

    def close(self) -> None:
        """Close all connections for good."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Generator[SyncConnection]:
        """Lend an autocommit connection."""
        self._pool.open()
        with self._pool.connection() as connection:
            yield connection

    def append(self, call: RecordedCall) -> range:
        """Append the events of a call, or none of them, and answer their positions.

        Raises:
            psycopg.IntegrityError: a version does not follow, or the progress was made already.
            psycopg.DataError: the database does not take these events.
            psycopg.OperationalError: the log could not be asked, or nobody knows the outcome.
        """
        sendings = 0

        def send(connection: SyncConnection) -> range:
            nonlocal sendings
            sendings += 1
            try:
                return self._append(connection, call.arguments())
            except psycopg.IntegrityError:
                positions = _written_by(connection, call) if sendings > 1 else None
                if positions is None:
                    raise
                return positions

        return self._until_answered(send)

    def track(self, progress: Progress) -> None:
        """Move the tracking of a consumer forward.

        Raises:
            psycopg.IntegrityError: it has come as far already.
        """
        with self.connection() as connection:
            connection.execute(_TRACK, progress)

    @contextmanager
    def tracking(self, progress: Progress) -> Generator[SyncConnection]:
        """Lend a transaction that moves the tracking of a consumer forward.

        Raises:
            psycopg.IntegrityError: it has come as far already.
        """
        with self.connection() as connection, connection.transaction():
            connection.execute(_TRACK, progress)
            yield connection

    def tracked(self, consumer: str, application: str) -> int | None:
        """Tell how far a consumer has processed an application; None: not at all."""
        rows = self._rows(_TRACKED, (consumer, application))
        return rows[0][0] if rows else None

    def head(self) -> int | None:
        """Tell the last position of the log; None when it is empty."""
        return self._rows(_HEAD, ())[0][0]

    def read_stream(
        self,
        stream: str,
        gt: int | None = None,
        lte: int | None = None,
        limit: int | None = None,
        *,
        descending: bool = False,
    ) -> list[Row]:
        """Read the events of a stream with versions above `gt`, up to `lte`.

        Shape: ascending or descending by version, at most `limit`.
        """
        query: LiteralString = _STREAM_DOWN if descending else _STREAM_UP
        return self._rows(query, {"stream": stream, "gt": gt, "lte": lte, "limit": limit})

    def read_log(
        self, after: int, limit: int, stop: int | None = None, types: Sequence[str] = ()
    ) -> list[Row]:
        """Read the events after a position, up to `stop`, of some types or of all.

        Shape: ascending by position, at most `limit`; dense where all types were wanted.
        """
        query: LiteralString = _LOG_OF_TYPES if types else _LOG
        values = {"after": after, "limit": limit, "stop": stop, "types": list(types)}
        return self._rows(query, values)

    def listen(self, on_growth: Callable[[], None], is_over: Callable[[], bool]) -> None:
        """Call `on_growth` when the log has grown, and at least every second, until it is over.

        A connection that cannot be made or kept costs promptness, nothing else.
        """
        while not is_over():
            with suppress(psycopg.Error), self._separate_connection() as connection:
                connection.execute(_LISTEN)
                _hear(connection, on_growth, is_over)
            on_growth()
            reconnect_at = time.monotonic() + POLL_SECONDS
            while not is_over() and time.monotonic() < reconnect_at:
                time.sleep(HEAR_SECONDS)

    def _separate_connection(self) -> SyncConnection:
        return SyncConnection.connect(self._conninfo, autocommit=True)

    def _append(self, connection: SyncConnection, arguments: tuple[object, ...]) -> range:
        row = connection.execute(_APPEND, arguments).fetchone()
        assert row is not None
        with suppress(psycopg.Error):
            self._tell(connection, row[1])
        return range(row[0], row[1] + 1)

    def _tell(self, connection: SyncConnection, position: int) -> None:
        """Wake followers, after the commit; one thread does it for all that come meanwhile."""
        self._newest = max(self._newest, position)
        while self._newest > self._told and self._telling.acquire(blocking=False):
            try:
                newest = self._newest
                connection.execute(_NOTIFY, (CHANNEL, str(newest)))
                self._told = newest
            finally:
                self._telling.release()

    def _rows(self, query: LiteralString, values: Any) -> list[Any]:  # noqa: ANN401 - parameters
        return self._until_answered(lambda connection: connection.execute(query, values).fetchall())

    def _until_answered(self, ask: Callable[[SyncConnection], Answer]) -> Answer:
        """Ask what may be asked twice on one connection after the other until there is an answer.

        Raises:
            psycopg.Error: it is the answer, or too many connections were lost.
        """
        for pause in (*RESEND_PAUSES_SECONDS, None):
            with self.connection() as connection:
                try:
                    return ask(connection)
                except psycopg.Error as error:
                    if pause is None or _is_answer(error):
                        raise
            with suppress(psycopg.Error):
                self._pool.check()  # a server that was restarted has ended the others as well
            time.sleep(pause)
        raise AssertionError("the last time answers or raises")


def _written_by(connection: SyncConnection, call: RecordedCall) -> range | None:
    """Tell where the events of a call stand, if it was this call that wrote them."""
    row = connection.execute(_WRITTEN_BY, (call.streams[0], call.versions[0])).fetchone()
    if row is None or command_id_of(row[1]) != call.command_id:
        return None
    return range(row[0], row[0] + len(call.streams))


def _is_answer(error: psycopg.Error) -> bool:
    """Tell whether the server said no, as opposed to: the connection broke."""
    code = error.sqlstate or ""
    return bool(code) and code[:2] not in ("08", "57")


def _hear(
    connection: SyncConnection, on_growth: Callable[[], None], is_over: Callable[[], bool]
) -> None:
    on_growth()  # what happened before the LISTEN was not heard
    look_at = time.monotonic() + POLL_SECONDS
    while not is_over():
        heard = list(connection.notifies(timeout=HEAR_SECONDS, stop_after=1))
        if heard or time.monotonic() >= look_at:
            on_growth()
            look_at = time.monotonic() + POLL_SECONDS
