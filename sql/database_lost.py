"""What does a lost database look like to those who may not know psycopg?

The workers retry what failed because PostgreSQL went away, and stop at anything else. Every
function of this folder that they await runs under `lost_as_unavailable()`.
"""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import psycopg_pool

from domain.errors import Unavailable


class DatabaseLost(Unavailable):
    """The connection broke, could not be made, or was ended by the server: open a new one."""

    code = "unavailable"


LOST = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
    psycopg_pool.TooManyRequests,
    OSError,
)
"""What psycopg raises when it is the connection, not the question, that is at fault."""


@contextmanager
def lost_as_unavailable() -> Generator[None]:
    """Translate every sign of a lost connection.

    Raises:
        DatabaseLost: in place of each error of `LOST`.
    """
    try:
        yield
    except LOST as error:
        raise DatabaseLost(str(error).strip() or type(error).__name__) from error
