"""What do the tests of the recorder talk about: raw calls of its function, stored events, a log?"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import uuid_utils
from eventsourcing.persistence import StoredEvent

from sql.connection import Connection
from sql.recorded_log import RecordedLog
from sql.recorder import LogApplicationRecorder
from tests.examples_log import METADATA

CALL: Final = """
SELECT first_position, last_position FROM event_store.append_recorded_v1(
    %s::text[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s, %s, %s)
"""
RawEvent = tuple[str, int]
"""A stream and a version."""


async def append_raw(
    connection: Connection,
    *events: RawEvent,
    data: str | None = '{"n":1}',
    metadata: str | None = METADATA,
    event_type: str = "module:Type",
    tracking: tuple[str, str, int] | None = None,
) -> tuple[int, int]:
    """Call `append_recorded_v1` in whatever transaction the connection is in."""
    streams = list(dict.fromkeys(stream for stream, _ in events))
    return await call_raw(
        connection,
        streams,
        [streams.index(stream) + 1 for stream, _ in events],
        [version for _, version in events],
        [event_type] * len(events),
        [data] * len(events),
        [metadata] * len(events),
        *(tracking or (None, None, None)),
    )


async def call_raw(connection: Connection, *arguments: Any) -> tuple[int, int]:  # noqa: ANN401
    """Call `append_recorded_v1` with these very arguments."""
    row = await (await connection.execute(CALL, arguments)).fetchone()
    assert row is not None
    return row[0], row[1]


def new_id() -> UUID:
    """Make an originator's id."""
    return UUID(str(uuid_utils.uuid7()))


def stored(
    originator: UUID | str, versions: Sequence[int], state: bytes = b'{"n":1}'
) -> list[StoredEvent]:
    """Make stored events of an originator."""
    return [StoredEvent(originator, version, "module:Type", state) for version in versions]


@contextmanager
def a_log(database_url: str, **options: Any) -> Generator[RecordedLog]:  # noqa: ANN401
    """Open the log as a process of the library does."""
    log = RecordedLog(database_url, role="ordertrail_api", **options)
    try:
        yield log
    finally:
        log.close()


@contextmanager
def a_recorder(database_url: str) -> Generator[LogApplicationRecorder]:
    """Open the recorder of an application."""
    with a_log(database_url) as log:
        yield LogApplicationRecorder(log)
