"""How are many connections to one party kept without looking at all of them for every request?

A pool of the HTTP library looks at each of its connections, and asks the operating system about
most, whenever a request comes or goes: with 64 connections that was half of what a call costs us
(docs/performance.md). Several small pools do the same work at a fraction of it.
"""

from typing import Final

import httpx2

POOLS: Final = 8
CONNECTIONS_PER_POOL: Final = 8
CONNECTIONS_MAX: Final = POOLS * CONNECTIONS_PER_POOL
IDLE_SECONDS_MAX: Final = 2.0
"""How long a connection is kept that nobody uses: less than servers do, which drop it after 5 s."""


class ConnectionPools(httpx2.AsyncBaseTransport):
    """Sends each request through the pool that has least to do."""

    def __init__(self) -> None:
        """Connect when there is something to send."""
        limits = httpx2.Limits(
            max_connections=CONNECTIONS_PER_POOL,
            max_keepalive_connections=CONNECTIONS_PER_POOL,
            keepalive_expiry=IDLE_SECONDS_MAX,
        )
        self._pools = [httpx2.AsyncHTTPTransport(limits=limits) for _ in range(POOLS)]
        self._under_way = [0] * POOLS

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        index = min(range(POOLS), key=self._under_way.__getitem__)
        self._under_way[index] += 1
        try:
            return await self._pools[index].handle_async_request(request)
        finally:
            self._under_way[index] -= 1

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            await pool.aclose()
