"""How does the demo talk to the API: once per command, and as long as it takes for an answer?"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from cli.failures import CommandFailed
from cli.sales_report import ask

ACTOR_HEADER: Final = "X-OrderTrail-Actor"
TRIES_MAX: Final = 8
UNAVAILABLE: Final = frozenset({429, 503})
PAUSE_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 120.0
"""How long something of which nobody knows when it happens may take."""
PAGE_ROWS: Final = "200"

_ENCODE: Final = msgspec.json.Encoder().encode
_NEW: Final[Mapping[str, str]] = MappingProxyType({})
T = TypeVar("T")


def acting(actor: str) -> Mapping[str, str]:
    """Name who asks, for a command about something that is there, at whatever version."""
    return {ACTOR_HEADER: actor, "If-Match": "*"}


@dataclass(slots=True)
class Sender:
    """A client of the API. `position`: the last place in the log that any command took."""

    client: httpx2.AsyncClient
    position: int = 0

    async def post(
        self, path: str, body: dict[str, Any], key: str, headers: Mapping[str, str] = _NEW
    ) -> httpx2.Response:
        """Send one command, again and again under its key while the server is busy.

        Raises:
            CommandFailed: the API refuses it, or stays away.
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **headers}
        said = ""
        for attempt in range(TRIES_MAX):
            try:
                answer = await self.client.post(path, content=_ENCODE(body), headers=headers)
            except httpx2.TransportError as error:
                said = str(error) or type(error).__name__
            else:
                if answer.is_success:
                    position = int(answer.headers["event-position"])
                    self.position = max(self.position, position)
                    return answer
                said = f"{answer.status_code}: {answer.text[:400]}"
                if answer.status_code not in UNAVAILABLE:
                    break
            await asyncio.sleep(PAUSE_SECONDS * 2**attempt)
        raise CommandFailed(f"POST {path} failed: {said}")

    async def read(self, path: str, **parameters: str) -> dict[str, Any]:
        """Ask a query.

        Raises:
            CommandFailed: the API refuses to answer, or stays away.
        """
        return await ask(self.client, path, parameters, PATIENCE_SECONDS)

    async def until(
        self, is_so: Callable[[dict[str, Any]], bool], path: str, **parameters: str
    ) -> dict[str, Any]:
        """Ask a query until its answer is so, and answer that.

        Raises:
            CommandFailed: that takes too long, or the API refuses to answer.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = await self.read(path, **parameters)
            if is_so(answer):
                return answer
            if time.monotonic() > deadline:
                raise CommandFailed(
                    f"GET {path} did not become what it should in {PATIENCE_SECONDS:.0f} s"
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def list_all(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """Ask for all pages of a list.

        Raises:
            CommandFailed: the API refuses to answer, or stays away.
        """
        name = path.rpartition("/")[2]
        wanted = {**parameters, "limit": PAGE_ROWS}
        rows: list[dict[str, Any]] = []
        while True:
            page = await self.read(path, **wanted)
            rows += page[_LISTS.get(name, name)]
            if page["next_cursor"] is None:
                return rows
            wanted["cursor"] = page["next_cursor"]


_LISTS: Final = {"payments": "operations"}
"""The last word of a path -> the member with the rows, where it is another word."""


async def side_by_side(
    items: Iterable[T], work: Callable[[Iterator[T]], Any], workers: int
) -> None:
    """Let several workers take items from one pile until none is left.

    Raises:
        CommandFailed: what the first of them that fails raises.
    """
    pile = iter(items)
    tasks = [asyncio.create_task(work(pile)) for _ in range(workers)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        task.result()
