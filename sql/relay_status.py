"""How far has the relay brought the log to the broker, and does it go on?"""

from dataclasses import dataclass
from typing import Final

from sql.connection import Connection
from sql.database_lost import lost_as_unavailable
from sql.relay_session import RELAY

# One that had nothing to do has not stood still: the wait begins with the next event.
_STATUS: Final = (
    b"SELECT (SELECT coalesce(max(position), 0) FROM event_store.events) - r.position,"
    b" extract(epoch FROM clock_timestamp() - greatest(r.updated_at, next.recorded_at))::float8"
    b" FROM messaging.relay_checkpoints r"
    b" LEFT JOIN event_store.events next ON next.position = r.position + 1"
    b" WHERE r.relay = %s"
)


@dataclass(frozen=True, slots=True)
class RelayStatus:
    """How the relay stands.

    Units: `lag_events` the events of the log above its checkpoint; `idle_seconds` since the
    checkpoint moved or, if that is later, since there is something to move it for.
    """

    lag_events: int
    idle_seconds: float


async def read_relay_status(connection: Connection) -> RelayStatus:
    """Tell how the relay stands, by the database's clock.

    Raises:
        DatabaseLost: the connection broke.
    """
    with lost_as_unavailable():
        row = await (await connection.execute(_STATUS, (RELAY,))).fetchone()
    assert row is not None, "the migration makes the relay's row"
    return RelayStatus(lag_events=max(0, row[0]), idle_seconds=row[1])
