"""What would the row of a projection be if it stood at the head of the log?

For reads that must not wait for a projection, and for things so new that their row is not there.
Only for projections whose rows rest on one stream each.
"""

from dataclasses import dataclass, fields
from typing import Any

from domain.fold import State, evolve
from projections.projection import Key, Projection, Row
from sql.codec import to_builtins
from sql.queries.events import read_pages, read_stream
from sql.queries.reader import Page, Reader


@dataclass(frozen=True, slots=True)
class FoldedState:
    """What a stream amounts to, at which version, and where the log ended meanwhile.

    Shape: version 0 and None for a stream without events.
    """

    state: State | None
    version: int
    head_position: int


async def folded_state(reader: Reader, stream: str) -> FoldedState:
    """Fold a stream, however long it is, a page at a time.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of the stream's events.
    """
    folded = FoldedState(None, 0, 0)
    async for events, head in read_pages(reader, stream):
        state, version = folded.state, folded.version
        for event in events:
            state, version = evolve(state, event.data), event.version
        folded = FoldedState(state, version, head)
    return folded


async def folded_row(reader: Reader, projection: Projection, stream: str, key: Key) -> Page:
    """Fold a stream into the row with this key.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of the stream's events.
    """
    events, head = await read_stream(reader, stream)
    row: Any = None
    for event in events:
        if key in projection.keys(event):
            row = projection.evolve(row, event, key)
    return Page(head, [] if row is None else [_columns(projection, row)])


async def folded_rows(reader: Reader, projection: Projection, stream: str) -> Page:
    """Fold a stream into all of its rows, ascending by their keys.

    Raises:
        Unavailable: the database does not answer.
        UndecodableEvent: the code cannot read one of the stream's events.
    """
    events, head = await read_stream(reader, stream)
    rows: dict[Key, Any] = {}
    for event in events:
        for key in projection.keys(event):
            rows[key] = projection.evolve(rows.get(key), event, key)
    return Page(head, [_columns(projection, rows[key]) for key in sorted(rows)])


def _columns(projection: Projection, row: Row) -> dict[str, Any]:
    names = [field.name for field in fields(projection.row_type)]
    return {name: to_builtins(getattr(row, name)) for name in names}
