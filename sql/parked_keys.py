"""How is written down what is parked of a generation, and read again?

Every statement here runs in a transaction that holds the lock of the generation's checkpoint; each
change counts that checkpoint's `parked_changes` up, which is how its writer learns of changes that
others have made. What the culprit of a unit was, and what waits behind it, are positions: the
events themselves are in the log.
"""

from collections.abc import Sequence
from typing import Final

from projections.parking import Park, Parked, ParkKind, Unit, Wait
from sql.checkpoints import GenerationKey
from sql.connection import Connection

DETAIL_CHARACTERS_MAX: Final = 300

_UNITS: Final = (
    b"SELECT kind, key, since_position FROM read_models.parked_keys"
    b" WHERE projection = %s AND generation = %s"
)
_DISCARDED: Final = (
    b"SELECT kind, key, position FROM read_models.discarded_events"
    b" WHERE projection = %s AND position > %s"
)
_PARK: Final = (
    b"INSERT INTO read_models.parked_keys"
    b" (projection, generation, kind, key, since_position, code, detail)"
    b" SELECT %s, %s, p.* FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])"
    b" AS p (kind, key, since_position, code, detail)"
)
_WAIT: Final = (
    b"INSERT INTO read_models.parked_events (parked_id, position)"
    b" SELECT k.id, w.position FROM unnest(%s::text[], %s::text[], %s::bigint[])"
    b" AS w (kind, key, position) JOIN read_models.parked_keys k"
    b" ON k.projection = %s AND k.generation = %s AND k.kind = w.kind AND k.key = w.key"
    b" ON CONFLICT DO NOTHING"
)
_COUNT_CHANGE: Final = (
    b"UPDATE read_models.checkpoints SET parked_changes = parked_changes + 1"
    b" WHERE projection = %s AND generation = %s AND shard = 0 RETURNING parked_changes"
)


async def read_parked(
    connection: Connection, key: GenerationKey, position: int, changes: int
) -> Parked:
    """Read what is parked of a generation, and which events after a position it is to skip.

    `changes` is its count, read before: when what is parked changes meanwhile, the next
    transaction of the writer meets another count and reads again.
    """
    units = await (await connection.execute(_UNITS, key)).fetchall()
    discarded = await (await connection.execute(_DISCARDED, (key[0], position))).fetchall()
    return Parked(
        changes=changes,
        since={Unit(ParkKind(kind), text): since for kind, text, since in units},
        discarded=frozenset(Wait(Unit(ParkKind(kind), text), at) for kind, text, at in discarded),
    )


async def write_parked(
    connection: Connection,
    key: GenerationKey,
    parks: Sequence[Park],
    waits: Sequence[Wait],
) -> int:
    """Park units and let events wait, and tell the new `parked_changes`."""
    if parks:
        await connection.execute(
            _PARK,
            (
                *key,
                [park.unit.kind for park in parks],
                [park.unit.key for park in parks],
                [park.position for park in parks],
                [park.code for park in parks],
                [bounded(park.detail) for park in parks],
            ),
        )
    if waits:
        await connection.execute(
            _WAIT,
            (
                [wait.unit.kind for wait in waits],
                [wait.unit.key for wait in waits],
                [wait.position for wait in waits],
                *key,
            ),
        )
    return await count_parked_change(connection, key)


async def count_parked_change(connection: Connection, key: GenerationKey) -> int:
    """Say that what is parked of a generation has changed, and tell the new `parked_changes`."""
    row = await (await connection.execute(_COUNT_CHANGE, key)).fetchone()
    assert row is not None, "whoever calls holds the lock of the checkpoint"
    return int(row[0])


def bounded(detail: str) -> str:
    """Make of any sentence one that a column can hold."""
    return (
        detail[:DETAIL_CHARACTERS_MAX]
        .encode("utf-8", "backslashreplace")
        .decode()
        .replace("\0", "\\0")
    )
