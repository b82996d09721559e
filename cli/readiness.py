"""Is the API ready, and if not, what is it waiting for?"""

import asyncio
from typing import Final

import httpx2

POLL_SECONDS: Final = 0.1
ANSWER_SECONDS_MAX: Final = 5.0


async def until_ready(url: str, seconds_max: float) -> None:
    """Ask the API until it says that it is ready.

    Raises:
        TimeoutError: it was not within the time; the sentence has its last words.
    """
    said = "it does not answer"
    try:
        async with (
            asyncio.timeout(seconds_max),
            httpx2.AsyncClient(timeout=ANSWER_SECONDS_MAX, trust_env=False) as client,
        ):
            while True:
                try:
                    answer = await client.get(f"{url}/readyz")
                except httpx2.HTTPError as error:
                    said = str(error) or type(error).__name__
                else:
                    if answer.is_success:
                        return
                    said = answer.text[:500]
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise TimeoutError(
            f"The API at {url} was not ready after {seconds_max:g} s: {said}"
        ) from None
