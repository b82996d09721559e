"""How are the parties outside spoken to over HTTP?

aiohttp's client, because a call to the provider is made for every order: it costs us a fifth of
what httpx2's does (docs/performance.md).
"""

from typing import Final

import aiohttp

CONNECTIONS_MAX: Final = 64
"""To one party, at the same time."""

IDLE_SECONDS_MAX: Final = 2.0
"""How long a connection is kept that nobody uses: less than servers do, which drop it after 5 s."""


def open_client(deadline_seconds: float, base_url: str | None = None) -> aiohttp.ClientSession:
    """Open a client, to be used as `async with`, in a running loop.

    It keeps no cookies; a request without an answer after `deadline_seconds` raises TimeoutError.
    """
    return aiohttp.ClientSession(
        base_url,
        timeout=aiohttp.ClientTimeout(total=deadline_seconds),
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_SECONDS_MAX),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
