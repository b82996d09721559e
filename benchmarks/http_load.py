"""How many requests per second does a server answer, and how soon?

`closed_loop` keeps 64 connections busy: wrk does it where it is installed, else the small client
below, and the same one for both sides of a ratio. `open_loop` sends at a fixed rate whatever comes
back, so that a slow server cannot hide its queue.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

import uvloop

from benchmarks.order_requests import OrderRequest

CONNECTIONS: Final = 64
WRK_SCRIPT: Final = Path(__file__).parent / "orders.lua"
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_POSITION: Final = re.compile(rb"event-position: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Load:
    """What a closed loop brought. Units: requests, requests per second."""

    answered: int
    failed: int
    requests_per_second: float
    generator: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of an open loop. Units: `time.perf_counter` seconds."""

    sent_at: float
    answered_at: float
    status: int
    position: int


def closed_loop(url: str, orders: Sequence[OrderRequest], seconds: int) -> Load:
    """Send as fast as the server answers, on 64 connections, for some seconds."""
    if shutil.which("wrk"):
        return _wrk(url, orders, seconds)
    return uvloop.run(own_closed_loop([url], orders, seconds))


async def open_loop(
    url: str, orders: Sequence[OrderRequest], requests_per_second: float
) -> list[Answered]:
    """Send the orders at a fixed rate; an order waits only when all connections are busy."""
    host, port = address_of(url)
    connections = [await Connection.open(host, port) for _ in range(CONNECTIONS)]
    free = deque(connections)
    waiting: deque[bytes] = deque()
    answers: list[Answered] = []
    done = asyncio.Event()

    def answered(connection: Connection, answer: Answered) -> None:
        answers.append(answer)
        if waiting:
            connection.send(waiting.popleft(), answered)
        else:
            free.append(connection)
        if len(answers) == len(orders):
            done.set()

    requests = [order.raw(f"{host}:{port}") for order in orders]
    started = time.perf_counter()
    for number, raw in enumerate(requests):
        pause = started + number / requests_per_second - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        if free:
            free.popleft().send(raw, answered)
        else:
            waiting.append(raw)
    await asyncio.wait_for(done.wait(), 60)
    for connection in connections:
        connection.close()
    return answers


class Connection(asyncio.Protocol):
    """One kept-alive connection that has at most one request under way."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._sent_at = 0.0
        self._answered: Callable[[Connection, Answered], None] | None = None
        self._transport: asyncio.Transport | None = None
        self.body = b""

    @classmethod
    async def open(cls, host: str, port: int) -> "Connection":
        """Connect."""
        _, protocol = await asyncio.get_running_loop().create_connection(cls, host, port)
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def send(self, raw: bytes, answered: "Callable[[Connection, Answered], None]") -> None:
        """Send a request; `answered` is called with its answer, whose body is in `body`."""
        assert self._transport is not None
        self._answered = answered
        self._sent_at = time.perf_counter()
        self._transport.write(raw)

    def close(self) -> None:
        """Disconnect."""
        assert self._transport is not None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Gather an answer, and tell of it when it is there."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = _LENGTH.search(head)
        if len(self._received) < end + 4 + (int(length[1]) if length else 0):
            return
        position = _POSITION.search(head)
        answer = Answered(
            self._sent_at,
            time.perf_counter(),
            int(head[9:12]),
            int(position[1]) if position else 0,
        )
        self.body = bytes(self._received[end + 4 :])
        self._received.clear()
        assert self._answered is not None
        self._answered(self, answer)


def _wrk(url: str, orders: Sequence[OrderRequest], seconds: int) -> Load:
    with tempfile.NamedTemporaryFile("wb", suffix=".tsv") as file:
        file.writelines(order.key.encode() + b"\t" + order.body + b"\n" for order in orders)
        file.flush()
        command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
        command += [f"--script={WRK_SCRIPT}", url, "--", file.name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
    total = re.search(r"(\d+) requests in", done.stdout)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    assert rate, done.stdout
    assert total, done.stdout
    return Load(int(total[1]), int(failed[1]) if failed else 0, float(rate[1]), "wrk")


async def own_closed_loop(
    urls: Sequence[str], orders: Sequence[OrderRequest], seconds: float
) -> Load:
    """Do what `closed_loop` does without wrk, on connections spread over several servers.

    Ends sooner when every order was sent.
    """
    addresses = [address_of(url) for url in urls]
    connections = [
        await Connection.open(*addresses[number % len(addresses)]) for number in range(CONNECTIONS)
    ]
    requests = iter([order.raw("localhost") for order in orders])
    answers: list[Answered] = []
    stopped = asyncio.Event()
    started = time.perf_counter()
    busy = 0

    def send_next(connection: Connection) -> None:
        nonlocal busy
        raw = next(requests, None) if time.perf_counter() - started < seconds else None
        if raw is not None:
            busy += 1
            connection.send(raw, answered)
        elif busy == 0:
            stopped.set()

    def answered(connection: Connection, answer: Answered) -> None:
        nonlocal busy
        busy -= 1
        answers.append(answer)
        send_next(connection)

    for connection in connections:
        send_next(connection)
    await stopped.wait()
    elapsed = time.perf_counter() - started
    for connection in connections:
        connection.close()
    failed = sum(answer.status >= 300 for answer in answers)  # noqa: PLR2004
    return Load(len(answers), failed, len(answers) / elapsed, "benchmarks/http_load.py")


def address_of(url: str) -> tuple[str, int]:
    """Take a URL of a server apart: its host and port."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port
