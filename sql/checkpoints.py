"""How far has each generation of a projection read the log, and how does that move?

A checkpoint moves by compare-and-set, as the first statement of the transaction that writes the
rows. Having moved it, the transaction holds its lock: generations change only under the lock of the
live one's checkpoint, so what `read_generations` then tells holds until the commit. What is parked
changes under the same lock, and is counted beside the position.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sql.connection import Connection

_MOVE: Final = (
    b"UPDATE read_models.checkpoints c SET position = m.new, updated_at = clock_timestamp(),"
    b" begun_position = NULL, begun_count = 0"
    b" FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[])"
    b"   AS m (projection, generation, old, new)"
    b" WHERE c.projection = m.projection AND c.generation = m.generation AND c.shard = 0"
    b"   AND c.position = m.old"
    b" RETURNING c.projection, c.generation, c.parked_changes"
)
_GENERATIONS: Final = (
    b"SELECT g.projection, g.generation, g.state, g.fold_version, c.position, c.parked_changes,"
    b" c.begun_position, c.begun_count"
    b" FROM read_models.generations g JOIN read_models.checkpoints c USING (projection, generation)"
    b" WHERE g.projection = ANY (%s) AND c.shard = 0 ORDER BY g.projection, g.generation"
)
_LOCK: Final = (
    b"SELECT position FROM read_models.checkpoints"
    b" WHERE projection = %s AND generation = %s AND shard = 0 FOR UPDATE"
)

GenerationKey = tuple[str, int]
"""A generation's place in the table of generations: its projection and its number."""


class StaleProjection(Exception):
    """A table was built by another fold; the sentence names the command that helps."""


class GenerationState(StrEnum):
    """What a generation is for."""

    BUILDING = "building"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of a projection; its rows are the fold of the log up to `position`.

    `parked_changes` counts the changes of what is parked, `begun_position` and `begun_count` are
    explained in `sql/begun.py`.
    """

    projection: str
    generation: int
    state: GenerationState
    fold_version: str
    position: int
    parked_changes: int = 0
    begun_position: int | None = None
    begun_count: int = 0

    @property
    def key(self) -> GenerationKey:
        """Its place in the table of generations."""
        return self.projection, self.generation


@dataclass(frozen=True, slots=True)
class Move:
    """A checkpoint's way from one position to another."""

    projection: str
    generation: int
    old: int
    new: int


async def read_generations(connection: Connection, names: Collection[str]) -> list[Generation]:
    """Read every generation of the projections.

    Shape: ascending by projection and generation.
    """
    cursor = await connection.execute(_GENERATIONS, (list(names),))
    return [
        Generation(projection, generation, GenerationState(state), *others)
        for projection, generation, state, *others in await cursor.fetchall()
    ]


async def move_checkpoints(
    connection: Connection, moves: Sequence[Move]
) -> Mapping[GenerationKey, int] | None:
    """Move checkpoints by compare-and-set, and tell the `parked_changes` of each.

    None when one of them stood elsewhere. Then the caller must roll back: others may have moved.
    """
    values = (
        [move.projection for move in moves],
        [move.generation for move in moves],
        [move.old for move in moves],
        [move.new for move in moves],
    )
    moved = await (await connection.execute(_MOVE, values)).fetchall()
    if len(moved) != len(moves):
        return None
    return {(projection, generation): changes for projection, generation, changes in moved}


async def lock_position(connection: Connection, projection: str, generation: int) -> int:
    """Keep a checkpoint where it is until the transaction ends, and tell where that is."""
    row = await (await connection.execute(_LOCK, (projection, generation))).fetchone()
    assert row is not None, "only a rebuild drops a generation, and only one runs at a time"
    return int(row[0])
