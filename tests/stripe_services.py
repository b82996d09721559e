"""How does a test get a Stripe to talk to?

`localstripe` runs as a program of its own. It speaks an older Stripe than the library does, so a
bridge stands before it: it writes down every request, loses answers when a test says so, and says
in localstripe's words what only today's Stripe understands: nothing is answered that localstripe
did not say.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx2
from stripe import StripeClient

from tests.running_api import free_port
from tests.running_workers import eventually
from workers.options import StripeOptions
from workers.stripe_client import open_stripe_client

API_KEY: Final = "sk_test_of_the_tests"
CARD_OK: Final = "pm_card_visa"
CARD_DECLINED: Final = "pm_card_chargeCustomerFail"
NUMBER_TO_CONFIRM: Final = "4000002500003155"
INTENTS: Final = "/v1/payment_intents"
JOURNAL: Final = Path("/tmp/localstripe.pickle")  # noqa: S108 - where it writes, asked or not

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it left the adapter; `key` is its Idempotency-Key."""

    method: str
    path: str
    key: str | None
    form: dict[str, str]


@dataclass(slots=True)
class StripeBridge:
    """The way to localstripe; `lost` and `refused` are ends of paths that a test lays in wait for.

    Of a request that is lost the answer never comes; one that is refused is answered with a status
    and not passed on. Each happens once.
    """

    url: str
    localstripe_url: str
    client: httpx2.AsyncClient
    sent: list[Sent] = field(default_factory=list[Sent])
    lost: list[str] = field(default_factory=list[str])
    refused: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    @property
    def options(self) -> StripeOptions:
        """Tell an adapter how to come here."""
        return StripeOptions(api_key=API_KEY, api_url=self.url)

    def keys_of(self, end_of_path: str) -> list[str | None]:
        """Answer the keys of the requests to a path, in order."""
        return [each.key for each in self.sent if each.path.endswith(end_of_path)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the requests of a connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._pass_on(reader, writer):
                pass
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        form = dict(parse_qsl(body.decode() if method == "POST" else query))
        self.sent.append(Sent(method, path, headers.get("idempotency-key"), form))
        for refused in self.refused:
            if path.endswith(refused[0]):
                self.refused.remove(refused)
                _write(writer, refused[1], {"error": {"type": "api_error"}})
                return True
        status, answer = await self._ask(method, path, form)
        for end in self.lost:
            if path.endswith(end):
                self.lost.remove(end)
                return False
        _write(writer, status, answer)
        await writer.drain()
        return True

    async def _ask(self, method: str, path: str, form: dict[str, str]) -> tuple[int, Json]:
        """Ask localstripe, in its own words."""
        if path == f"{INTENTS}/search":  # it lists, but does not search
            _, name, _, payment_id, _ = form["query"].split("'")
            _, every = await self._send("GET", INTENTS, {"limit": "100"})
            found = [each for each in every["data"] if each["metadata"].get(name) == payment_id]
            return 200, {"object": "search_result", "data": found, "has_more": False}
        if path.endswith("/capture"):  # it takes metadata only by themselves, and then always
            intent = path.removesuffix("/capture")
            metadata = {name: form[name] for name in form if name.startswith("metadata[")}
            form = {name: form[name] for name in form if name not in metadata}
            if (await self._send("GET", intent, {}))[1].get("status") == "requires_capture":
                await self._send("POST", intent, metadata)
        # as it was called before
        renamed = {name.removeprefix("allowed_"): value for name, value in form.items()}
        return await self._send(method, path, renamed)

    async def _send(self, method: str, path: str, form: dict[str, str]) -> tuple[int, Json]:
        answer = await self.client.request(
            method,
            self.localstripe_url + path,
            headers={"Authorization": f"Bearer {API_KEY}"},
            data=form if method == "POST" else None,
            params=None if method == "POST" else form,
        )
        return answer.status_code, answer.json()


def _write(writer: asyncio.StreamWriter, status: int, answer: Json) -> None:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    writer.write(head.encode() + b"\r\n\r\n" + body)


@contextmanager
def a_localstripe(log: Path) -> Generator[str]:
    """Run localstripe, and answer its address; it may take a second to hear."""
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
            stdout=output,
            stderr=output,
        )
    try:
        yield f"http://localhost:{port}"
    finally:
        process.kill()
        process.wait()
        with suppress(OSError):  # somebody else's
            JOURNAL.unlink()


@asynccontextmanager
async def a_stripe(folder: Path) -> AsyncGenerator[StripeBridge]:
    """Run localstripe behind a bridge."""
    with a_localstripe(folder / "localstripe.log") as url:
        async with a_bridge(url) as bridge:
            yield bridge


@asynccontextmanager
async def a_bridge(url: str) -> AsyncGenerator[StripeBridge]:
    """Lay a bridge to a localstripe, which forgets what was there before."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:

        async def forgets() -> bool:
            with suppress(httpx2.HTTPError):
                return (await client.delete(f"{url}/_config/data")).is_success
            return False

        await eventually(forgets)
        port = free_port()
        bridge = StripeBridge(f"http://127.0.0.1:{port}", url, client)
        async with await asyncio.start_server(bridge.serve, "127.0.0.1", port):
            yield bridge


@asynccontextmanager
async def a_stripe_client(bridge: StripeBridge) -> AsyncGenerator[StripeClient]:
    """Open the library, for what a test does at Stripe by itself."""
    async with open_stripe_client(bridge.options) as client:
        yield client
