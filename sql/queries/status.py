"""How far behind the log is each projection?"""

from typing import Final

from sql.queries.reader import Reader, Row

_PROJECTIONS: Final = """
SELECT generation.projection AS name,
       generation.generation,
       generation.state,
       min(checkpoint.position) AS position,
       head.position AS head_position,
       head.position - min(checkpoint.position) AS lag_events,
       coalesce(greatest(extract(epoch FROM clock_timestamp() - (
           SELECT waiting.recorded_at FROM event_store.events AS waiting
            WHERE waiting.position = min(checkpoint.position) + 1)), 0), 0)::float8 AS lag_seconds,
       max(checkpoint.updated_at) AS updated_at
  FROM read_models.generations AS generation
  JOIN read_models.checkpoints AS checkpoint USING (projection, generation)
 CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM event_store.events) AS head
 WHERE generation.state IN ('live', 'building')
 GROUP BY generation.projection, generation.generation, generation.state, head.position
 ORDER BY generation.projection, generation.generation
"""


async def projection_status(reader: Reader) -> list[Row]:
    """List live and building generations with their checkpoints.

    Units: `lag_seconds` is the age of the oldest event that was not applied.

    Raises:
        Unavailable: the database does not answer.
    """
    return await reader.rows(_PROJECTIONS)
