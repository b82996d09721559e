"""Which event kills the process that applies it?

A process that dies says nothing, so a writer writes down what it begins: before the first batch of
its term, in `begun_position` and `begun_count` of the checkpoints; later batches cost nothing. The
statement that moves a checkpoint takes the mark away. Whoever finds a batch that was begun twice
and never finished goes on carefully: one event at a time, one projection at a time, each marked
before it is begun. An event that was begun twice alone is not begun again: it is parked.

    begun_count 1, 2   a batch from begun_position on was begun so often
                3, 4   the event at begun_position was begun alone, once or twice

So an event that kills its process does so six times at most: in the batch in which it comes, which
may be a later one of a term and bear no mark, in two marked batches, twice alone, and once parked,
when the next process to take the right to write tries it again (`sql/parked_retry.py`).

A mark means a death only if the process that made it is dead. One that only lost its connection
knows its own marks and takes them back before it begins again.

Source: architecture.md §4 Poison; reliability.md FI-20.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sql.checkpoints import Generation, GenerationKey
from sql.connection import Connection

BATCHES_BEGUN_MAX: Final = 2
ALONE_BEGUN_MAX: Final = 2
CAREFUL_EVENTS_MAX: Final = 2_000
"""A batch that was begun is no longer than that."""

_BEGIN: Final = (
    b"UPDATE read_models.checkpoints c SET begun_position = c.position + 1, begun_count ="
    b" CASE WHEN c.begun_position = c.position + 1 THEN c.begun_count + 1 ELSE 1 END"
    b" FROM unnest(%s::text[], %s::int[]) AS g (projection, generation)"
    b" WHERE c.projection = g.projection AND c.generation = g.generation AND c.shard = 0"
    b" RETURNING c.projection, c.generation, c.begun_position"
)
_BEGIN_ALONE: Final = (
    b"UPDATE read_models.checkpoints SET begun_position = %(position)s, begun_count ="
    b" greatest(CASE WHEN begun_position = %(position)s THEN begun_count END, %(batches)s) + 1"
    b" WHERE projection = %(projection)s AND generation = %(generation)s AND shard = 0"
    b" RETURNING begun_count"
)
_TAKE_BACK: Final = (
    b"UPDATE read_models.checkpoints c SET begun_count = greatest(c.begun_count - b.times, 0)"
    b" FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::int[])"
    b"   AS b (projection, generation, position, times)"
    b" WHERE c.projection = b.projection AND c.generation = b.generation AND c.shard = 0"
    b"   AND c.begun_position = b.position"
)


class BegunMarks:
    """The marks that this process has made and nobody has taken away yet."""

    def __init__(self) -> None:
        self._own: dict[GenerationKey, tuple[int, int]] = {}

    async def begin(self, connection: Connection, keys: Sequence[GenerationKey]) -> None:
        """Mark that a batch is begun from the checkpoints on."""
        values = ([name for name, _ in keys], [generation for _, generation in keys])
        for projection, generation, position in await (
            await connection.execute(_BEGIN, values)
        ).fetchall():
            self._made((projection, generation), position)

    async def begin_alone(self, connection: Connection, key: GenerationKey, position: int) -> bool:
        """Mark that an event is begun alone; False when it has been begun too often before."""
        values = {
            "position": position,
            "batches": BATCHES_BEGUN_MAX,
            "projection": key[0],
            "generation": key[1],
        }
        row = await (await connection.execute(_BEGIN_ALONE, values)).fetchone()
        assert row is not None, "a generation that is fed has a checkpoint"
        self._made(key, position)
        return int(row[0]) <= BATCHES_BEGUN_MAX + ALONE_BEGUN_MAX

    def finished(self, keys: Iterable[GenerationKey]) -> None:
        """Take note that these checkpoints have moved, which took their marks away."""
        for key in keys:
            self._own.pop(key, None)

    async def take_back(self, connection: Connection) -> None:
        """Take back the marks of this process: it lives."""
        if self._own:
            own = [(*key, *mark) for key, mark in self._own.items()]
            await connection.execute(
                _TAKE_BACK, [list(column) for column in zip(*own, strict=True)]
            )
            self._own.clear()

    def _made(self, key: GenerationKey, position: int) -> None:
        marked, times = self._own.get(key, (position, 0))
        self._own[key] = (position, times + 1 if marked == position else 1)


def careful_through(generations: Iterable[Generation]) -> int:
    """Tell up to which position one event at a time is to be applied; 0 when all is well."""
    return max(
        (
            each.position + CAREFUL_EVENTS_MAX
            for each in generations
            if each.begun_position == each.position + 1 and each.begun_count >= BATCHES_BEGUN_MAX
        ),
        default=0,
    )
