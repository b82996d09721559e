"""How does a fault test break the line between a process and its server, in the ways lines break?

A TCP proxy stands before the server and `link.url` leads through it. What a test broke stays broken
until `mend()`; then everything passes again on what is still connected.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

CHUNK_BYTES: Final = 64 * 1024
LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing says RST instead of FIN and forgets what was not sent yet."""


@dataclass(slots=True)
class Cut:
    """Ends a connection inside what one of its ends says: so many bytes after a pattern."""

    pattern: bytes
    bytes_after: int
    by_server: bool
    happened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class _Connection:
    """One connection through the proxy, with its two ends."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    passes: asyncio.Event

    def close(self) -> None:
        """End it as programs do, everything said before being heard."""
        self.client.close()
        self.server.close()

    def reset(self) -> None:
        """End it at once, with a RST at both ends."""
        _reset(self.client)
        _reset(self.server)


class FaultyLink:
    """The way to one server, which a test breaks and mends."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)
        self.url = url
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[object]] = set()
        self._accepts = asyncio.Event()
        self._accepts.set()
        self._piece_bytes = CHUNK_BYTES
        self._pause_seconds = 0.0
        self._cut: Cut | None = None

    def mend(self) -> None:
        """Let everything pass, on what is still connected and on new connections."""
        self._piece_bytes, self._pause_seconds, self._cut = CHUNK_BYTES, 0.0, None
        self._accepts.set()
        for connection in self._connections:
            connection.passes.set()

    def freeze(self) -> None:
        """Bring nothing over the open connections any more, without a word; new ones are fine."""
        for connection in self._connections:
            connection.passes.clear()

    def black_hole(self) -> None:
        """Bring nothing over any connection, without a word: open ones and new ones."""
        self._accepts.clear()
        self.freeze()

    def half_open(self) -> None:
        """Let the server lose its open connections, of which the clients hear nothing."""
        self.freeze()
        for connection in self._connections:
            _reset(connection.server)

    def reset(self) -> None:
        """End the open connections with a RST at both ends."""
        for connection in self._connections:
            connection.reset()

    def trickle(self, piece_bytes: int, bytes_per_second: float | None = None) -> None:
        """Bring so many bytes at a time, at a rate if one is given."""
        self._piece_bytes = piece_bytes
        self._pause_seconds = piece_bytes / bytes_per_second if bytes_per_second else 0.0

    def cut_after(self, pattern: bytes, bytes_after: int = 0, *, by_server: bool = True) -> Cut:
        """End the first connection on which an end says this, in one piece, right after it."""
        self._cut = Cut(pattern, bytes_after, by_server)
        return self._cut

    async def serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._accepts.wait()
            answers, server = await asyncio.open_connection(self.parts.hostname, self.parts.port)
        except (OSError, asyncio.CancelledError):
            _reset(client)
            return
        connection = _Connection(client, server, asyncio.Event())
        connection.passes.set()
        self._connections.add(connection)
        try:
            await asyncio.gather(
                self._pump(connection, reader, server), self._pump(connection, answers, client)
            )
        except asyncio.CancelledError:
            connection.reset()
        finally:
            self._connections.discard(connection)

    async def close(self) -> None:
        """End whatever is still connected."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)

    async def _pump(
        self, connection: _Connection, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        """Carry one direction to its end, which is the end of the other one too."""
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await connection.passes.wait()
                heard, is_cut = self._heard(data, by_server=sink is connection.client)
                await self._bring(heard, sink)
                if is_cut:
                    _reset(connection.server if sink is connection.client else connection.client)
        await connection.passes.wait()
        connection.close()

    def _heard(self, data: bytes, *, by_server: bool) -> tuple[bytes, bool]:
        """Tell how much of what was said still passes, and whether the connection ends with it."""
        cut = self._cut
        if cut is None or cut.by_server != by_server or cut.pattern not in data:
            return data, False
        self._cut = None
        cut.happened.set()
        return data[: data.index(cut.pattern) + len(cut.pattern) + cut.bytes_after], True

    async def _bring(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        brought = 0
        while brought < len(data):
            piece = data[brought : brought + self._piece_bytes]
            brought += len(piece)
            sink.write(piece)
            await sink.drain()
            await asyncio.sleep(self._pause_seconds)


def _reset(end: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    end.transport.abort()


@asynccontextmanager
async def a_faulty_link(url: str) -> AsyncGenerator[FaultyLink]:
    """Put a link before the server of an address."""
    link = FaultyLink(url)
    async with await asyncio.start_server(link.serve, "127.0.0.1", 0) as listener:
        login, port = link.parts.netloc.rpartition("@")[0], listener.sockets[0].getsockname()[1]
        link.url = link.parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()
        try:
            yield link
        finally:
            await link.close()
