"""How does every projection stand: its tables, their folds, and how far behind the log they are?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from projections.projection import Projection
from sql.checkpoints import GenerationState
from sql.connection import Connection
from sql.database_lost import lost_as_unavailable
from sql.log import read_head

_STATUS: Final = (
    b"SELECT g.projection, g.generation, g.state, g.fold_version, c.position, c.updated_at,"
    b" (SELECT count(*) FROM read_models.parked_keys k"
    b"   WHERE k.projection = g.projection AND k.generation = g.generation),"
    b" (SELECT count(*) FROM read_models.discarded_events d WHERE d.projection = g.projection)"
    b" FROM read_models.generations g JOIN read_models.checkpoints c USING (projection, generation)"
    b" ORDER BY g.projection, g.generation, c.shard"
)


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """A generation of a projection.

    Units: `lag_events` the events of the log above its checkpoint; `updated_at` when that moved;
    `parked_keys` the rows and streams whose events wait, `discarded_events` those it skips.
    `code_fold_version` is None for a projection that this code does not know.
    """

    name: str
    generation: int
    state: GenerationState
    fold_version: str
    code_fold_version: str | None
    checkpoint: int
    head: int
    lag_events: int
    updated_at: datetime
    parked_keys: int
    discarded_events: int

    @property
    def wants_rebuild(self) -> bool:
        """Tell whether this code cannot feed the table that queries see."""
        return self.state is GenerationState.LIVE and self.fold_version != self.code_fold_version


async def list_projections(
    connection: Connection, projections: Mapping[str, Projection]
) -> list[ProjectionStatus]:
    """Tell how every generation stands, and what this code makes of it.

    Shape: ascending by name and generation.

    Raises:
        DatabaseLost: the connection broke.
    """
    with lost_as_unavailable():
        rows = await (await connection.execute(_STATUS)).fetchall()
        head = await read_head(connection)  # after the checkpoints, which never pass it
    return [
        ProjectionStatus(
            name=name,
            generation=generation,
            state=GenerationState(state),
            fold_version=fold_version,
            code_fold_version=projections[name].fold_version if name in projections else None,
            checkpoint=position,
            head=head,
            lag_events=head - position,
            updated_at=updated_at,
            parked_keys=parked,
            discarded_events=discarded,
        )
        for name, generation, state, fold_version, position, updated_at, parked, discarded in rows
    ]
