"""What was parked because older code could not read it: can this code?

Asked once, when a session takes the right to write. What killed its process is tried once as well;
that it is tried is written down before, so that a process that dies of it does not try again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from projections.parking import ParkCode
from projections.projection import Projection
from projections.unreadable import UnreadableEvent
from sql.checkpoints import Generation, GenerationState
from sql.connection import Connection
from sql.log import READ_EVENTS_MAX, read_log_events_at
from sql.parked import ParkedKeyUnknown, retry_parked
from sql.parked_keys import count_parked_change

_CANDIDATES: Final = (
    b"SELECT id, projection, generation, code, since_position FROM read_models.parked_keys"
    b" WHERE (code = %s OR (code = %s AND tries = 0)) AND projection = ANY (%s)"
    b" ORDER BY since_position, id"
)
_NOTE_TRY: Final = (
    b"UPDATE read_models.parked_keys SET tries = tries + 1, tried_at = clock_timestamp()"
    b" WHERE id = %s"
)


async def retry_readable(
    connection: Connection,
    projections: Mapping[str, Projection],
    generations: Sequence[Generation],
) -> None:
    """Retry what this code can read of the live tables; what still fails stays parked."""
    live = {each.key for each in generations if each.state is GenerationState.LIVE}
    values = (ParkCode.UNDECODABLE_EVENT, ParkCode.CRASHED, list(projections))
    rows = await (await connection.execute(_CANDIDATES, values)).fetchall()
    found = [row for row in rows if (row[1], row[2]) in live]
    readable = await _readable(connection, [row[4] for row in found])
    for parked_id, projection, generation, code, since in found:
        if since in readable:
            if code == ParkCode.CRASHED:
                async with connection.transaction():
                    await count_parked_change(connection, (projection, generation))
                    await connection.execute(_NOTE_TRY, (parked_id,))
            with suppress(ParkedKeyUnknown):
                await retry_parked(connection, projections, parked_id)


async def _readable(connection: Connection, positions: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for first in range(0, len(positions), READ_EVENTS_MAX):
        page = positions[first : first + READ_EVENTS_MAX]
        found |= {
            event.position
            for event in await read_log_events_at(connection, page)
            if not isinstance(event, UnreadableEvent)
        }
    return found
