"""How does a test make a projection stumble, and see what is parked then?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.envelope import RecordedEvent
from domain.errors import ProjectionFailed
from projections.projection import Key, Projection, Row
from projections.unreadable import LogEvent
from sql.log import read_log_events
from sql.parked import ParkedKey, list_parked
from sql.projector_session import ProjectorSession
from tests import examples
from tests.examples_log import superuser
from tests.histories import History
from tests.projecting import generations, rows_of, worker_connection

X: Final = "00000000-0000-4000-8000-00000000000a"
Y: Final = "00000000-0000-4000-8000-00000000000b"
WAITING: Final = (
    "SELECT k.projection, k.generation, k.kind, k.key, e.position"
    " FROM read_models.parked_keys k JOIN read_models.parked_events e ON e.parked_id = k.id"
)


def two_orders() -> tuple[History, int, int]:
    """Place the orders X and Y and answer at which positions."""
    history = History()
    for command in examples.a_shop():
        history.do(command)
    for number, order_id in enumerate((X, Y), 1):
        order = examples.an_order(
            order_id=order_id, fingerprint=order_id, order_number=f"W-26-{number}"
        )
        history.do(order)
    return history, len(history.events) - 1, len(history.events)


def noted_orders(notes: str = "XYXYX") -> tuple[list[RecordedEvent], list[int], list[int]]:
    """Make a log with two orders and notes on them.

    Shape: the log, the positions of X's events and those of Y's, the placing first.
    """
    history, x, y = two_orders()
    positions = {"X": [x], "Y": [y]}
    for number, order in enumerate(notes):
        history.do(
            examples.a_note(
                order_id=X if order == "X" else Y, note_id=f"note-{number}", text=f"Note {number}"
            )
        )
        positions[order].append(len(history.events))
    return history.events, positions["X"], positions["Y"]


def stumbling(projection: Projection, *positions: int) -> Projection:
    """Make a copy of a projection that cannot apply the events at these positions."""

    def evolve(row: Row | None, event: RecordedEvent, key: Key) -> Row | None:
        assert event.position not in positions, f"no way at {event.position}"
        return projection.evolve(row, event, key)

    return replace(projection, evolve=evolve)


async def follow(session: ProjectorSession, events: Sequence[LogEvent]) -> None:
    """Apply everything as a follower does: what cannot be applied is parked."""
    rest = list(events)
    while rest:
        try:
            await session.apply(rest)
        except ProjectionFailed as failed:
            (culprit,) = (event for event in rest if event.position == failed.position)
            await session.apply_or_park(culprit)
            rest = [event for event in rest if event.position > failed.position]
        else:
            return


async def log_of(database_url: str) -> list[LogEvent]:
    """Read the log as a follower does."""
    async with worker_connection(database_url) as connection:
        return await read_log_events(connection, 0, 5_000)


async def parked_of(database_url: str, *, live_only: bool = True) -> list[ParkedKey]:
    """Answer what is parked."""
    async with worker_connection(database_url) as connection:
        return await list_parked(connection, live_only=live_only)


async def waiting_of(database_url: str, projection: Projection) -> dict[tuple[int, str], list[int]]:
    """Answer (generation, key) -> the positions that wait for it."""
    async with superuser(database_url) as connection:
        query = f"{WAITING} WHERE k.projection = %s ORDER BY e.position"
        cursor = await connection.execute(query.encode(), (projection.name,))
        found: dict[tuple[int, str], list[int]] = {}
        for _, generation, _, key, position in await cursor.fetchall():
            found.setdefault((generation, key), []).append(position)
    return found


async def notes_of(
    database_url: str, projection: Projection, generation: int | None = None
) -> dict[str, list[str]]:
    """Answer which notes order_detail shows of every order, in their order."""
    number = generation or (await generations(database_url, projection))[-1].generation
    rows = await rows_of(database_url, projection, number)
    return {order_id: [note.note_id for note in row.notes] for (order_id,), row in rows.items()}
