"""What is parked, and how does it go on: by another try, or without the event at fault?

The same transaction that changes what is parked holds the lock of the generation's checkpoint, so
the one who writes the generation waits at its compare-and-set meanwhile, and counts
`checkpoints.parked_changes` up, so that it then reads anew what is parked.

Source: architecture.md §4 Poison; reliability.md DEL-08.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.errors import ProjectionFailed, UndecodableEvent
from projections.parking import ParkCode, ParkKind, Unit, resume
from projections.projection import Projection
from sql.checkpoints import Generation, GenerationState, StaleProjection, read_generations
from sql.connection import Connection
from sql.database_lost import lost_as_unavailable
from sql.generation_feed import GenerationFeed, RowsRefused, detail_of
from sql.generations import drop_generation
from sql.log import read_log_events_at
from sql.parked_keys import bounded, count_parked_change, read_parked, write_parked

PAGE_EVENTS_MAX: Final = 2_000

_LIST: Final = (
    b"SELECT k.id, k.projection, k.generation, k.kind, k.key, k.since_position, k.code, k.detail,"
    b" k.tries, (SELECT count(*) FROM read_models.parked_events e WHERE e.parked_id = k.id),"
    b" k.parked_at, k.tried_at"
    b" FROM read_models.parked_keys k JOIN read_models.generations g USING (projection, generation)"
    b" WHERE g.state = 'live' OR NOT %s ORDER BY k.projection, k.since_position, k.id"
)
_FIND: Final = b"SELECT projection, kind, key FROM read_models.parked_keys WHERE id = %s"
_LOCK: Final = (
    b"SELECT FROM read_models.checkpoints WHERE projection = %s AND shard = 0"
    b" ORDER BY generation FOR UPDATE"
)
_UNITS: Final = (
    b"SELECT k.id, k.generation, k.since_position, ARRAY(SELECT e.position"
    b" FROM read_models.parked_events e WHERE e.parked_id = k.id ORDER BY e.position)"
    b" FROM read_models.parked_keys k WHERE k.projection = %s AND k.kind = %s AND k.key = %s"
    b" ORDER BY k.generation"
)
_RELEASE: Final = b"DELETE FROM read_models.parked_keys WHERE id = %s"
_NOTE_TRY: Final = (
    b"UPDATE read_models.parked_keys SET tries = tries + 1, tried_at = clock_timestamp(),"
    b" code = %s, detail = %s WHERE id = %s"
)
_STAY: Final = (
    b"UPDATE read_models.parked_keys SET since_position = %s, code = %s, detail = %s,"
    b" tries = 0, tried_at = clock_timestamp() WHERE id = %s"
)
_FORGET: Final = (
    b"DELETE FROM read_models.parked_events WHERE parked_id = %s AND position = ANY (%s)"
)
_DISCARD: Final = (
    b"INSERT INTO read_models.discarded_events"
    b" (projection, kind, key, position, reason, discarded_by) VALUES (%s, %s, %s, %s, %s, %s)"
    b" ON CONFLICT DO NOTHING"
)


class ParkedKeyUnknown(LookupError):
    """Nothing is parked under this id (any more)."""


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """A parked row or stream of a generation.

    Units: `waiting_events` counts the culprit too; `tries` are those since it was parked.
    """

    id: int
    projection: str
    generation: int
    kind: str
    key: str
    since_position: int
    code: str
    detail: str
    tries: int
    waiting_events: int
    parked_at: datetime
    tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What a retry or a discard did; `still_parked_since` is None when nothing waits any more."""

    projection: str
    kind: str
    key: str
    applied: int
    still_parked_since: int | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class _Parked:
    """A parked unit of one generation, whose checkpoint is locked."""

    id: int
    feed: GenerationFeed
    unit: Unit
    since: int
    positions: list[int]

    def result(self, applied: int, since: int | None, detail: str | None) -> RetryResult:
        """Say what has become of it."""
        name, unit = self.feed.projection.name, self.unit
        return RetryResult(name, unit.kind, unit.key, applied, since, detail)


@dataclass(frozen=True, slots=True)
class _Failure:
    """The event that cannot be applied, and why."""

    position: int
    code: ParkCode
    detail: str


async def list_parked(connection: Connection, *, live_only: bool = True) -> list[ParkedKey]:
    """List what is parked, of the tables that queries see or of all.

    Shape: ascending by projection, since_position, id.

    Raises:
        DatabaseLost: the connection broke.
    """
    with lost_as_unavailable():
        rows = await (await connection.execute(_LIST, (live_only,))).fetchall()
    return [ParkedKey(*row) for row in rows]


async def retry_parked(
    connection: Connection, projections: Mapping[str, Projection], parked_id: int
) -> RetryResult:
    """Apply everything that waits for a parked unit, in order, or nothing.

    The same unit of another generation of the projection is tried too; the result tells of the
    one that was asked for.

    Raises:
        ParkedKeyUnknown: nothing is parked under this id.
        StaleProjection: the table was built by another fold than this code has.
        DatabaseLost: the connection broke; nothing, or all of it, was done.
    """
    with lost_as_unavailable():
        async with connection.transaction():
            parked, _ = await _lock(connection, projections, parked_id)
            results = {each.id: await _retry(connection, each) for each in parked}
            for each in parked:
                await count_parked_change(connection, each.feed.key)
    return results[parked_id]


async def discard_parked(
    connection: Connection,
    projections: Mapping[str, Projection],
    parked_id: int,
    *,
    reason: str,
    by: str,
) -> RetryResult:
    """Skip the event at fault for good, then apply what waits behind it, up to the next at fault.

    A rebuild under way that has not skipped the event begins anew.

    Raises:
        ParkedKeyUnknown: nothing is parked under this id.
        StaleProjection: the table was built by another fold than this code has.
        DatabaseLost: the connection broke; nothing, or all of it, was done.
    """
    with lost_as_unavailable():
        async with connection.transaction():
            parked, generations = await _lock(connection, projections, parked_id)
            asked = next(each for each in parked if each.id == parked_id)
            name, unit, culprit = asked.feed.projection.name, asked.unit, asked.since
            values = (name, unit.kind, unit.key, culprit, reason, by)
            await connection.execute(_DISCARD, values)
            results = {each.id: await _skip(connection, each, culprit) for each in parked}
            for each in generations:
                if each.state is GenerationState.BUILDING and each.position >= culprit:
                    await drop_generation(connection, *each.key)
                else:
                    await count_parked_change(connection, each.key)
    return results[parked_id]


async def _lock(
    connection: Connection, projections: Mapping[str, Projection], parked_id: int
) -> tuple[list[_Parked], list[Generation]]:
    """Lock every checkpoint of the unit's projection; answer the unit in each, and them all."""
    row = await (await connection.execute(_FIND, (parked_id,))).fetchone()
    if row is None or row[0] not in projections:
        raise ParkedKeyUnknown(f"nothing that this code knows is parked under {parked_id}")
    projection, unit = projections[row[0]], Unit(ParkKind(row[1]), row[2])
    await connection.execute(_LOCK, (projection.name,))
    generations = await read_generations(connection, [projection.name])
    fed = {each.generation: each for each in generations}
    cursor = await connection.execute(_UNITS, (projection.name, unit.kind, unit.key))
    parked: list[_Parked] = []
    for found_id, number, since, positions in await cursor.fetchall():
        each = fed[number]
        if each.fold_version == projection.fold_version:
            known = await read_parked(connection, each.key, each.position, each.parked_changes)
            feed = GenerationFeed(projection, number, each.position, known)
            parked.append(_Parked(found_id, feed, unit, since, positions))
        elif found_id == parked_id:
            raise StaleProjection(
                f"the table of {projection.name} was built by another fold than this code has:"
                f" run `ordertrail projections rebuild {projection.name}`"
            )
    if all(one.id != parked_id for one in parked):
        raise ParkedKeyUnknown(f"nothing is parked under {parked_id} any more")
    return parked, generations


async def _retry(connection: Connection, parked: _Parked) -> RetryResult:
    failure = await _try(connection, parked, parked.positions)
    if failure is None:
        await connection.execute(_RELEASE, (parked.id,))
        return parked.result(len(parked.positions), None, None)
    await connection.execute(_NOTE_TRY, (failure.code, bounded(failure.detail), parked.id))
    return parked.result(0, parked.since, failure.detail)


async def _skip(connection: Connection, parked: _Parked, culprit: int) -> RetryResult:
    """Take the culprit out of what waits, and apply what waited for it alone."""
    await connection.execute(_FORGET, (parked.id, [culprit]))
    if parked.since != culprit:
        return parked.result(0, parked.since, None)
    behind = [position for position in parked.positions if position != culprit]
    applied, failure = await _apply_by_halves(connection, parked, behind)
    if failure is None:
        await connection.execute(_RELEASE, (parked.id,))
        return parked.result(applied, None, None)
    await connection.execute(_FORGET, (parked.id, behind[:applied]))
    stay = (failure.position, failure.code, bounded(failure.detail), parked.id)
    await connection.execute(_STAY, stay)
    return parked.result(applied, failure.position, failure.detail)


async def _apply_by_halves(
    connection: Connection, parked: _Parked, positions: Sequence[int]
) -> tuple[int, _Failure | None]:
    """Apply as many of the events as can be, in order, and tell how many and what stopped it."""
    if not positions:
        return 0, None
    failure = await _try(connection, parked, positions)
    if failure is None:
        return len(positions), None
    if len(positions) == 1:
        return 0, replace(failure, position=positions[0])
    half = len(positions) // 2
    applied, failure = await _apply_by_halves(connection, parked, positions[:half])
    if failure is None:
        more, failure = await _apply_by_halves(connection, parked, positions[half:])
        applied += more
    return applied, failure


async def _try(
    connection: Connection, parked: _Parked, positions: Sequence[int]
) -> _Failure | None:
    """Apply all of the events or, with the reason, none."""
    try:
        async with connection.transaction():
            for page in _pages(positions):
                await _apply(connection, parked, page)
    except RowsRefused as error:
        return _Failure(parked.since, ParkCode.ROWS_REFUSED, detail_of(error))
    except ProjectionFailed as error:
        return _Failure(error.position, ParkCode.PROJECTION_FAILED, detail_of(error))
    except UndecodableEvent as error:
        return _Failure(parked.since, ParkCode.UNDECODABLE_EVENT, error.detail)
    return None


async def _apply(connection: Connection, parked: _Parked, positions: Sequence[int]) -> None:
    feed, unit = parked.feed, parked.unit
    others = {each: since for each, since in feed.parked.since.items() if each != unit}
    besides = replace(feed.parked, since=others)
    events = await read_log_events_at(connection, positions)
    assert len(events) == len(positions), "what waits is in the log"
    found = resume(feed.projection, unit, besides, events)
    await feed.put(connection, found.applies, late=True)
    if found.waits:
        await write_parked(connection, feed.key, (), found.waits)


def _pages(positions: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(positions), PAGE_EVENTS_MAX):
        yield positions[first : first + PAGE_EVENTS_MAX]
