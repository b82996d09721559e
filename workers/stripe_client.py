"""How does Stripe's library send its requests, and what do its errors mean for an operation?

Over the HTTP client that all other calls use, each request once: what is tried again is decided by
`stripe_provider.py`.
"""

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import stripe

from workers.http_client import open_client
from workers.options import StripeOptions

DEADLINE_SECONDS: Final = 20.0
"""A bank may take its time to vouch for a card."""


class AiohttpTransport(stripe.HTTPClient):
    """Stripe's way out of its library."""

    name = "aiohttp"

    def __init__(self, client: aiohttp.ClientSession) -> None:
        """Use an open client."""
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - not all typed
        self._client = client

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401 - as the library has it
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send a request, and answer body, status and headers.

        Raises:
            stripe.APIConnectionError: no answer came.
        """
        try:
            async with self._client.request(
                method, url, headers=headers, data=post_data, allow_redirects=False
            ) as answer:
                return await answer.read(), answer.status, answer.headers
        except (TimeoutError, aiohttp.ClientError) as error:
            raise stripe.APIConnectionError(repr(error)) from error


@asynccontextmanager
async def open_stripe_client(options: StripeOptions) -> AsyncGenerator[stripe.StripeClient]:
    """Make the client of Stripe's library."""
    # Of its own accord it writes what is sent and answered: who pays, with what.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    async with open_client(DEADLINE_SECONDS) as client:
        yield stripe.StripeClient(
            options.api_key,
            base_addresses={"api": options.api_url.rstrip("/")},
            max_network_retries=0,
            http_client=AiohttpTransport(client),
        )


def error_object(error: stripe.StripeError) -> Mapping[str, Any]:
    """Answer Stripe's own description of an error; without one, what the library knows."""
    described = None if error.error is None else error.error.to_dict()
    return described or {"code": error.code}


def is_soon_over(error: stripe.StripeError) -> bool:
    """Tell whether the same request may go well in a moment: it was not even begun."""
    return (
        isinstance(error, stripe.RateLimitError)
        or error.http_status == HTTPStatus.CONFLICT  # the same key is being worked on
        or isinstance(error.__cause__, aiohttp.ClientConnectorError)
    )


def in_words(error: stripe.StripeError) -> str:
    """Name an error for the log: nothing of what was sent."""
    status = "no answer" if error.http_status is None else f"status {error.http_status}"
    return f"{type(error).__name__}, {status}, code {error.code}, request {error.request_id}"
