"""How far behind the log is each projection, what of it is parked, and how far is the relay?"""

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
       (SELECT count(*) FROM read_models.parked_keys AS unit
         WHERE unit.projection = generation.projection
           AND unit.generation = generation.generation)::int AS parked_keys,
       (SELECT min(unit.since_position) FROM read_models.parked_keys AS unit
         WHERE unit.projection = generation.projection
           AND unit.generation = generation.generation) AS parked_since_position,
       (SELECT count(*) FROM read_models.discarded_events AS discarded
         WHERE discarded.projection = generation.projection)::int AS discarded_events,
       max(checkpoint.updated_at) AS updated_at
  FROM read_models.generations AS generation
  JOIN read_models.checkpoints AS checkpoint USING (projection, generation)
 CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM event_store.events) AS head
 WHERE generation.state IN ('live', 'building')
 GROUP BY generation.projection, generation.generation, generation.state, head.position
 ORDER BY generation.projection, generation.generation
"""
_RELAY: Final = """
SELECT relay.position,
       head.position AS head_position,
       head.position - relay.position AS lag_events
  FROM messaging.relay_checkpoints AS relay
 CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM event_store.events) AS head
"""


async def projection_status(reader: Reader) -> list[Row]:
    """List live and building generations with their checkpoints and what is parked of them.

    Units: `lag_seconds` is the age of the oldest event that was not applied.

    Raises:
        Unavailable: the database does not answer.
    """
    return await reader.rows(_PROJECTIONS)


async def relay_status(reader: Reader) -> Row:
    """Tell how far the relay has brought the log; position 0 where none ever ran.

    Raises:
        Unavailable: the database does not answer.
    """
    (row,) = await reader.rows(_RELAY)
    return row
