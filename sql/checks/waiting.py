"""Which events does a generation rightly not hold: because they wait, or were discarded?

The tables of migration 0006, read once. Whatever waits must be there to wait: an event of a parked
key at or above its first position waits, and nothing else does (reliability.md DEL-08, I10).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from projections.parking import key_text
from projections.projection import Key
from sql.checks.findings import Findings
from sql.connection import Connection

ROW: Final = "row"
STREAM: Final = "stream"

_PARKED: Final = (
    b"SELECT k.projection, k.generation, k.kind, k.key, k.since_position,"
    b" ARRAY(SELECT e.position FROM read_models.parked_events e WHERE e.parked_id = k.id)"
    b" FROM read_models.parked_keys k ORDER BY k.projection, k.generation, k.since_position, k.id"
)
_DISCARDED: Final = b"SELECT projection, kind, key, position FROM read_models.discarded_events"

Unit = tuple[str, str]
"""Kind and key of what is parked."""


@dataclass(slots=True)
class ParkedUnit:
    """What is parked, and which events wait; `unseen` are those that the log has not shown yet."""

    since_position: int
    waiting: frozenset[int]
    unseen: set[int] = field(default_factory=set[int])


class Waiting:
    """What one generation of a projection does not hold, for a reason that is written down."""

    def __init__(
        self, parked: dict[Unit, ParkedUnit], discarded: frozenset[tuple[str, str, int]]
    ) -> None:
        """Begin with nothing of the log seen."""
        self._parked = parked
        self._discarded = discarded
        for unit in parked.values():
            unit.unseen.update(unit.waiting)

    @property
    def is_nothing(self) -> bool:
        """Tell whether every event has to be in the table."""
        return not self._parked and not self._discarded

    def holds_stream(self, stream: str, position: int) -> bool:
        """Say whether the event of a stream waits as such, or is skipped, whatever it touches."""
        return self._holds(STREAM, stream, position)

    def holds_row(self, key: Key, position: int) -> bool:
        """Say whether the event waits, or is skipped, for a row."""
        return self._holds(ROW, key_text(key), position)

    def is_behind(self, stream: str, position: int, keys: Iterable[Key]) -> str | None:
        """Name the parked unit behind which the event should wait, as it is not held."""
        units = [(STREAM, stream), *((ROW, key_text(key)) for key in keys)]
        for unit in units:
            parked = self._parked.get(unit)
            if parked is not None and position >= parked.since_position:
                return f"{unit[0]} {unit[1]}"
        return None

    def finish(self, findings: Findings, table: str) -> None:
        """Tell what waits for nothing, now that the whole log was seen."""
        for (kind, key), parked in self._parked.items():
            place = f"{table}, parked {kind} {key}"
            if parked.unseen:
                positions = ", ".join(map(str, sorted(parked.unseen)[:5]))
                findings.add(
                    "waits_for_nothing", place, f"no event of it stands at position {positions}"
                )
            if parked.since_position != min(parked.waiting, default=None):
                findings.add(
                    "parked_without_event",
                    place,
                    f"the event at position {parked.since_position}, with which it began, does not"
                    " wait",
                )

    def _holds(self, kind: str, key: str, position: int) -> bool:
        parked = self._parked.get((kind, key))
        if parked is not None and position in parked.waiting:
            parked.unseen.discard(position)
            return True
        return (kind, key, position) in self._discarded


async def read_waiting(connection: Connection) -> dict[tuple[str, int], Waiting]:
    """Read what waits, by projection and generation; one that is not named has nothing parked.

    Shape: a projection with discarded events but nothing parked stands under generation 0.
    """
    parked: dict[tuple[str, int], dict[Unit, ParkedUnit]] = {}
    discarded: dict[str, set[tuple[str, str, int]]] = {}
    for projection, generation, kind, key, since, positions in await (
        await connection.execute(_PARKED)
    ).fetchall():
        units = parked.setdefault((projection, generation), {})
        units[kind, key] = ParkedUnit(since, frozenset(positions))
    for projection, kind, key, position in await (await connection.execute(_DISCARDED)).fetchall():
        discarded.setdefault(projection, set()).add((kind, key, position))
        parked.setdefault((projection, 0), {})
    return {
        (projection, generation): Waiting(units, frozenset(discarded.get(projection, ())))
        for (projection, generation), units in parked.items()
    }
