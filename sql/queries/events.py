"""What does the log say, as a feed and as the history of one order?

Payloads come as they are stored, so events that this code does not know are read too, and so are
events whose payload or metadata nobody can read. Positions are dense: a page that was filtered says
up to which position it has looked.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final

from domain.envelope import RecordedEvent
from sql.log import recorded_event
from sql.queries.reader import Reader, Row
from sql.stored_json import UnreadableJson, read_json

SCANNED_EVENTS_MAX: Final = 10_000
"""How much of the log one page of the feed looks at; a rare type takes several pages."""

STREAM_EVENTS_MAX: Final = 5_000

_COLUMNS: Final = (
    "position, stream, version, type, schema_version, data::text, metadata::text,"
    " occurred_at, recorded_at"
)
_HEAD: Final = "(SELECT coalesce(max(position), 0) FROM event_store.events)"
_FEED: Final = (
    f"WITH head AS (SELECT {_HEAD} AS position), page AS ("
    f" SELECT {_COLUMNS} FROM event_store.events"
    " WHERE position > %(after)s AND position <= %(last)s"
    " AND (%(category)s::text IS NULL OR split_part(stream, '-', 1) = %(category)s::text)"
    " AND (%(type)s::text IS NULL OR type = %(type)s::text)"
    " ORDER BY position LIMIT %(limit)s)"
    " SELECT head.position AS head_position, page.* FROM head LEFT JOIN page ON true"
    " ORDER BY page.position"
)
_STREAM: Final = (
    f"WITH head AS (SELECT {_HEAD} AS position), page AS ("
    f" SELECT {_COLUMNS} FROM event_store.events"
    " WHERE stream = %(stream)s AND version > %(after)s ORDER BY version LIMIT %(limit)s)"
    " SELECT head.position AS head_position, page.* FROM head LEFT JOIN page ON true"
    " ORDER BY page.version"
)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Stored events, and where the log ended when they were read.

    Shape: `events` ascend; `looked_up_to` is the position after which nothing was looked at. In an
    event `data` and `metadata` are None where they cannot be read; `unreadable` then says why,
    without quoting them, and is None otherwise. `data_text` is the payload as it is stored.
    """

    events: list[Row]
    head_position: int
    looked_up_to: int


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which events of the log to answer; None leaves a thing open."""

    category: str | None = None
    type: str | None = None


async def read_feed(reader: Reader, wanted: FeedFilter, after: int, limit: int) -> EventPage:
    """Read the log after a position.

    Raises:
        Unavailable: the database does not answer.
    """
    last = after + SCANNED_EVENTS_MAX
    values = {
        "after": after,
        "last": last,
        "category": wanted.category,
        "type": wanted.type,
        "limit": limit,
    }
    events, head = _split(await reader.rows(_FEED, values))
    looked = events[-1]["position"] if len(events) == limit else max(after, min(head, last))
    return EventPage([_read(event) for event in events], head, looked)


async def read_history(reader: Reader, stream: str, after_version: int, limit: int) -> EventPage:
    """Read the stored events of a stream after a version.

    Raises:
        Unavailable: the database does not answer.
    """
    values = {"stream": stream, "after": after_version, "limit": limit}
    events, head = _split(await reader.rows(_STREAM, values))
    return EventPage([_read(event) for event in events], head, head)


async def read_stream(reader: Reader, stream: str) -> tuple[list[RecordedEvent], int]:
    """Read a stream whole, decoded, with the head of the log, for a fold.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of its events.
    """
    whole: list[RecordedEvent] = []
    head = 0
    async for events, head in read_pages(reader, stream):  # noqa: B007 - the last one counts
        whole += events
    return whole, head


async def read_pages(
    reader: Reader, stream: str
) -> AsyncGenerator[tuple[list[RecordedEvent], int]]:
    """Read a stream whole, decoded, in pages, each with the head of the log.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of its events.
    """
    after = -1
    while True:
        values = {"stream": stream, "after": after, "limit": STREAM_EVENTS_MAX}
        rows, head = _split(await reader.rows(_STREAM, values))
        events = [recorded_event(tuple(row.values())) for row in rows]
        yield events, head
        if len(events) < STREAM_EVENTS_MAX:
            return
        after = events[-1].version


def _split(rows: list[dict[str, Any]]) -> tuple[list[Row], int]:
    """Take the head off the rows; a page without events has one row with nothing else in it."""
    head = int(rows[0]["head_position"])
    for row in rows:
        del row["head_position"]
    return [row for row in rows if row["position"] is not None], head


def _read(event: Row) -> Row:
    """Read the stored texts of an event as well as they can be read."""
    read: Row = {**event, "data_text": event["data"]}
    reasons: list[str] = []
    for name in ("data", "metadata"):
        try:
            read[name] = read_json(event[name])
        except UnreadableJson as error:
            read[name] = None
            reasons.append(f"{name}: {error}")
    return {**read, "unreadable": "; ".join(reasons) or None}
