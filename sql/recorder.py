"""How do applications of the eventsourcing library read our log, and append to it beside us?

The library's recorder contract over `event_store`. `PERSISTENCE_MODULE=sql.recorder` with
`DATABASE_URL` makes an `Application` of the library use it; docs/eventsourcing.md shows how, and
says what one must not do. A notification id is a position: dense, in commit order, one sequence
for everybody. `stream` is the text of an originator's id; it is read back as a UUID where
`ORIGINATOR_ID_TYPE` is `uuid` (the default) and the stream is one, and as the text otherwise.

This is the only file that imports the library, which patches `dataclasses` when it is imported;
the API and the workers never load it.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final, TypeVar, cast

import psycopg
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DatabaseError,
    DataError,
    InfrastructureFactory,
    IntegrityError,
    InterfaceError,
    InternalError,
    ListenNotifySubscription,
    Notification,
    NotSupportedError,
    OperationalError,
    PersistenceError,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.persistence import ShutDown as QueueShutDown
from eventsourcing.utils import Environment, EnvType, resolve_topic

from domain.events import category_of
from sql.migrate import role_name
from sql.recorded_log import CONNECTIONS_MAX, RecordedCall, RecordedLog, Row, SyncConnection
from sql.recorded_state import (
    OUR_CATEGORIES,
    IdType,
    decode_state,
    encode_state,
    originator_of,
    recorded_metadata,
)

DATABASE_URL: Final = "DATABASE_URL"
ROLE_PREFIX: Final = "ORDERTRAIL_ROLE_PREFIX"
CONNECTIONS: Final = "ORDERTRAIL_RECORDER_CONNECTIONS_MAX"
ID_TYPE: Final = "ORIGINATOR_ID_TYPE"

_ERRORS: Final[tuple[tuple[type[psycopg.Error], type[PersistenceError]], ...]] = (
    (psycopg.InterfaceError, InterfaceError),
    (psycopg.DataError, DataError),
    (psycopg.OperationalError, OperationalError),
    (psycopg.IntegrityError, IntegrityError),
    (psycopg.InternalError, InternalError),
    (psycopg.ProgrammingError, ProgrammingError),
    (psycopg.NotSupportedError, NotSupportedError),
    (psycopg.DatabaseError, DatabaseError),
)

Made = TypeVar("Made", bound="LogAggregateRecorder | LogTrackingRecorder")


class LogAggregateRecorder(AggregateRecorder):
    """Stored events of one originator at a time; `insert_events` answers None."""

    def __init__(self, log: RecordedLog, *, id_type: IdType = "uuid", consumer: str = "") -> None:
        """Use the log; `consumer` is under whose name tracking is kept."""
        self.log: Final = log
        self.id_type: Final[IdType] = id_type
        self.consumer: Final = consumer

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **_: object
    ) -> Sequence[int] | None:
        """Append the events, all of them or none.

        Raises:
            IntegrityError: a version does not follow; nothing was written.
            DataError: the log does not take these events; nothing was written.
            ProgrammingError: a stream belongs to our own commands.
            OperationalError: the log could not be written, or nobody knows whether it was.
        """
        self._insert(stored_events, tracking)
        return None

    def select_events(
        self,
        originator_id: Any,  # noqa: ANN401 - UUID or str, which the library declares twice
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read the events of an originator with versions above `gt`, up to `lte`."""
        with _our_errors_as_theirs():
            rows = self.log.read_stream(str(originator_id), gt, lte, limit, descending=desc)
        return [
            StoredEvent(originator_of(stream, self.id_type), version, topic, _state(row))
            for row in rows
            for _, stream, version, topic, _, _ in (row,)
        ]

    def _insert(self, stored_events: Sequence[StoredEvent], tracking: Tracking | None) -> range:
        with _our_errors_as_theirs():
            if stored_events:
                return self.log.append(self._call(stored_events, tracking))
            if tracking is not None:
                self.log.track((self.consumer, tracking.application_name, tracking.notification_id))
        return range(0)

    def _call(
        self, stored_events: Sequence[StoredEvent], tracking: Tracking | None
    ) -> RecordedCall:
        streams = [str(event.originator_id) for event in stored_events]
        for stream in streams:
            if category_of(stream) in OUR_CATEGORIES:
                raise ProgrammingError(f"{stream} is written by commands of OrderTrail only")
        command_id, verbatim, wrapped = recorded_metadata()
        states = [encode_state(event.state) for event in stored_events]
        progress = None
        if tracking is not None:
            progress = (self.consumer, tracking.application_name, tracking.notification_id)
        return RecordedCall(
            command_id,
            streams,
            [event.originator_version for event in stored_events],
            [event.topic for event in stored_events],
            [text for text, _ in states],
            [wrapped if is_wrapped else verbatim for _, is_wrapped in states],
            progress,
        )


class LogApplicationRecorder(LogAggregateRecorder, ApplicationRecorder):
    """Stored events and the whole log; `insert_events` answers the positions."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **_: object
    ) -> Sequence[int] | None:
        """Append the events, all of them or none, and answer their notification ids.

        Raises:
            IntegrityError: a version does not follow; nothing was written.
            DataError: the log does not take these events; nothing was written.
            ProgrammingError: a stream belongs to our own commands.
            OperationalError: the log could not be written, or nobody knows whether it was.
        """
        return list(self._insert(stored_events, tracking))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the log from `start`, or from after it, up to `stop`, which is included.

        Shape: ascending by id, at most `limit`; dense where all topics were wanted.
        """
        after = 0 if start is None else start - inclusive_of_start
        with _our_errors_as_theirs():
            rows = self.log.read_log(after, limit, stop, topics)
        return [
            Notification(originator_of(stream, self.id_type), version, topic, _state(row), position)
            for row in rows
            for position, stream, version, topic, _, _ in (row,)
        ]

    def max_notification_id(self) -> int | None:
        """Tell the last position of the log; None when it is empty."""
        with _our_errors_as_theirs():
            return self.log.head()

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follow the log after `gt`."""
        return cast("Subscription[ApplicationRecorder]", LogSubscription(self, gt, topics))


class LogTrackingRecorder(TrackingRecorder):
    """How far a consumer has processed the events of applications."""

    def __init__(self, log: RecordedLog, *, id_type: IdType = "uuid", consumer: str = "") -> None:
        """Use the log; `consumer` is under whose name tracking is kept."""
        self.log: Final = log
        self.id_type: Final[IdType] = id_type
        self.consumer: Final = consumer

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move forward.

        Raises:
            IntegrityError: the consumer has come as far, or further, already.
        """
        with _our_errors_as_theirs():
            self.log.track((self.consumer, tracking.application_name, tracking.notification_id))

    @contextmanager
    def transaction(self, tracking: Tracking) -> Generator[SyncConnection]:
        """Lend a transaction that moves forward, for a view that writes its rows in the same.

        Raises:
            IntegrityError: the consumer has come as far, or further, already.
        """
        progress = (self.consumer, tracking.application_name, tracking.notification_id)
        with _our_errors_as_theirs(), self.log.tracking(progress) as connection:
            yield connection

    def max_tracking_id(self, application_name: str) -> int | None:
        """Tell how far the consumer has come; None where it has not begun."""
        with _our_errors_as_theirs():
            return self.log.tracked(self.consumer, application_name)


class LogProcessRecorder(LogTrackingRecorder, LogApplicationRecorder, ProcessRecorder):
    """Events, and how far the consumer has come, in one transaction."""


class LogSubscription(ListenNotifySubscription[LogApplicationRecorder]):
    """Follows the log: told by whoever appends, and looking every second anyway."""

    def __init__(
        self, recorder: LogApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        """Begin to read after `gt`; use it as `with`, which ends its threads."""
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listening = Thread(
            target=recorder.log.listen,
            args=(self._has_been_notified.set, lambda: self._has_been_stopped),
            name="log subscription",
        )
        self._listening.start()

    def __exit__(self, *args: object, **kwargs: object) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listening.join()

    def _pull(self) -> None:
        """Read to the end of the log, and remember how far was looked, whatever the topics."""
        self._has_been_notified.clear()
        head = self._recorder.max_notification_id() or 0
        after = self._last_notification_id or 0
        while after < head and not self._has_been_stopped:
            found = self._recorder.select_notifications(
                after, self._select_limit, head, self._topics, inclusive_of_start=False
            )
            if found:
                try:
                    self._notifications_queue.put(found)
                except QueueShutDown:
                    return
            after = found[-1].id if len(found) == self._select_limit else head
            self._last_notification_id = after


class LogFactory(InfrastructureFactory[LogTrackingRecorder]):
    """Makes the recorders that the environment of an application asks for."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read `DATABASE_URL`, `ORDERTRAIL_ROLE_PREFIX`, `ORIGINATOR_ID_TYPE` and the pool's size.

        Raises:
            OSError: one of them is missing or makes no sense.
        """
        super().__init__(env)
        url = self.env.get(DATABASE_URL)
        if not url:
            raise OSError(f"{DATABASE_URL} names no database: postgresql://user:password@host/name")
        id_type = self.env.get(ID_TYPE, "uuid").lower()
        if id_type not in ("uuid", "text"):
            raise OSError(f"{ID_TYPE} is 'uuid' or 'text', not {id_type!r}")
        connections = self.env.get(CONNECTIONS, str(CONNECTIONS_MAX))
        if not connections.isdecimal() or int(connections) == 0:
            raise OSError(f"{CONNECTIONS} is a number above 0, not {connections!r}")
        role = role_name(self.env.get(ROLE_PREFIX, "ordertrail"), "api")
        self._id_type: Final[IdType] = id_type
        self.log: Final = RecordedLog(url, role=role, connections_max=int(connections))

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Make a recorder of events.

        Raises:
            NotSupportedError: snapshots are wanted, which are no events of the log.
        """
        if purpose != "events":
            raise NotSupportedError(f"{purpose} are no events; the log takes nothing else")
        return LogAggregateRecorder(self.log, id_type=self._id_type, consumer=self.env.name)

    def application_recorder(self) -> ApplicationRecorder:
        """Make the recorder of an application."""
        return self._make(self.APPLICATION_RECORDER_TOPIC, LogApplicationRecorder)

    def tracking_recorder(
        self, tracking_recorder_class: type[LogTrackingRecorder] | None = None
    ) -> LogTrackingRecorder:
        """Make the recorder of a projection."""
        if tracking_recorder_class is not None:
            return tracking_recorder_class(self.log, id_type=self._id_type, consumer=self.env.name)
        return self._make(self.TRACKING_RECORDER_TOPIC, LogTrackingRecorder)

    def process_recorder(self) -> ProcessRecorder:
        """Make the recorder of an application that follows another."""
        return self._make(self.PROCESS_RECORDER_TOPIC, LogProcessRecorder)

    def close(self) -> None:
        """Close all connections."""
        self.log.close()

    def _make(self, topic_variable: str, default: type[Made]) -> Made:
        """Make a recorder of the class that the environment names, or of the default one."""
        topic = self.env.get(topic_variable)
        recorder_class = resolve_topic(topic) if topic else default
        assert issubclass(recorder_class, default), f"{topic} is no {default.__name__}"
        return recorder_class(self.log, id_type=self._id_type, consumer=self.env.name)


@contextmanager
def _our_errors_as_theirs() -> Generator[None]:
    try:
        yield
    except psycopg.Error as error:
        for ours, theirs in _ERRORS:
            if isinstance(error, ours):
                raise theirs(str(error)) from error
        raise PersistenceError(str(error)) from error
    except UnicodeEncodeError as error:
        raise DataError(f"half a character has no form in the log: {error}") from error


def _state(row: Row) -> bytes:
    try:
        return decode_state(row[4], row[5])
    except ValueError as error:
        raise DataError(f"position {row[0]}: {error}") from error
