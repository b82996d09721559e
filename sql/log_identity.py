"""Which log is this: the one that a message claims to come from, or another?

Positions mean something within one log only. A restored or promoted copy, or another database of
the same server, counts on its own.
"""

from sql.connection import Connection
from sql.database_lost import lost_as_unavailable


async def log_identity(connection: Connection) -> str:
    """Name the log: system identifier, timeline and database, joined by slashes.

    Raises:
        DatabaseLost: the connection broke, or leads to a standby.
    """
    with lost_as_unavailable():
        cursor = await connection.execute("SELECT messaging.log_identity_v1()")
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])
