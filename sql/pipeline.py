"""How are statements sent without waiting for each, so that the server still notices silence?

psycopg ends a pipeline with Sync and Flush. PostgreSQL starts its timeout for idle sessions when it
answers the Sync and stops it when the next message comes, which the Flush is: nothing starts it
again, and a client that falls silent then keeps its session, and every lock of it, for ever. A
pipeline made here ends with its Sync. Inside a pipeline the server takes a silent client for a
busy one; only `transaction_timeout` ends it there (ADR 8).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from psycopg import AsyncPipeline
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus

from sql.connection import Connection


class _EndedBySync(AsyncPipeline):
    """A pipeline without the Flush at its end: the Sync makes the server send everything."""

    def _exit_gen(self) -> PQGen[None]:
        try:
            self._enqueue_sync()
            yield from self._communicate_gen()
        finally:
            if self.pgconn.status == ConnStatus.OK:
                yield from self._fetch_gen(flush=False)


@asynccontextmanager
async def pipelined(connection: Connection) -> AsyncGenerator[None]:
    """Send the statements of the block without waiting, but where an answer is fetched."""
    async with connection.pipeline() as pipeline:
        pipeline.__class__ = _EndedBySync
        yield
