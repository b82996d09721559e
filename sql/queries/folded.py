"""What would the row of a projection be if it stood at the head of the log?

For reads that must not wait for a projection, and for things so new that their row is not there.
Only for projections whose row rests on one stream.
"""

from dataclasses import fields
from typing import Any

from projections.projection import Key, Projection
from sql.codec import to_builtins
from sql.queries.events import read_stream
from sql.queries.reader import Page, Reader


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
    if row is None:
        return Page(head, [])
    names = [field.name for field in fields(projection.row_type)]
    return Page(head, [{name: to_builtins(getattr(row, name)) for name in names}])
