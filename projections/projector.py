"""How does a batch of events change the rows of a projection?

The same few lines fold for the workers, for a rebuild and for the checks: first the keys that the
batch touches (so that their rows can be loaded in one query), then the fold in memory.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.projection import Key, Projection, Row

Touch = tuple[RecordedEvent, tuple[Key, ...]]
"""An event and the keys of the rows that it touches."""


def touches(projection: Projection, events: Iterable[RecordedEvent]) -> list[Touch]:
    """Tell which rows each event touches.

    Shape: in the order of the events, without those that touch nothing.

    Raises:
        ProjectionFailed: the projection cannot read an event.
    """
    handles, keys_of = projection.handles, projection.keys
    found: list[Touch] = []
    for event in events:
        if type(event.data) in handles:
            try:
                keys = keys_of(event)
            except Exception as error:
                raise failed(projection, event) from error
            if keys:
                found.append((event, keys))
    return found


def keys_touched(projection: Projection, event: RecordedEvent) -> tuple[Key, ...]:
    """Tell which rows one event touches.

    Raises:
        ProjectionFailed: the projection cannot read it.
    """
    return next((keys for _, keys in touches(projection, (event,))), ())


def stored_keys(projection: Projection, touched: Iterable[Touch]) -> list[Key]:
    """Answer every key that is touched and may have a row already.

    Shape: each once, in the order of the first touch.
    """
    begins = projection.begins
    is_stored: dict[Key, bool] = {}
    for event, keys in touched:
        for key in keys:
            is_stored.setdefault(key, type(event.data) not in begins)
    return [key for key, stored in is_stored.items() if stored]


def fold_touches(
    projection: Projection, rows: Mapping[Key, Row], touched: Iterable[Touch]
) -> dict[Key, Row | None]:
    """Fold events into the rows they touch; `rows` holds what is stored of these.

    Shape: every touched key with its new row, None where there is none any more.

    Raises:
        ProjectionFailed: an event cannot be applied, an assertion of the fold included.
    """
    evolve = projection.evolve
    changed: dict[Key, Row | None] = {}
    for event, keys in touched:
        for key in keys:
            row = changed[key] if key in changed else rows.get(key)
            try:
                changed[key] = evolve(row, event, key)
            except Exception as error:
                raise failed(projection, event) from error
    return changed


def fold(
    projection: Projection, rows: Mapping[Key, Row], events: Sequence[RecordedEvent]
) -> dict[Key, Row]:
    """Answer all rows of a read model after the events, given all rows before them.

    Raises:
        ProjectionFailed: an event cannot be applied.
    """
    after = {**rows, **fold_touches(projection, rows, touches(projection, events))}
    return {key: row for key, row in after.items() if row is not None}


def failed(projection: Projection, event: RecordedEvent) -> ProjectionFailed:
    """Say that a projection cannot apply an event; raise it from the cause."""
    return ProjectionFailed(
        projection=projection.name,
        position=event.position,
        stream=event.stream,
        event_type=event.type,
    )
