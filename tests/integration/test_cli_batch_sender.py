"""Does every command of an import arrive, however busy or absent the API is meanwhile?"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from cli.batch_sender import (
    COMMANDS_PER_BATCH_MAX,
    BatchResult,
    Pace,
    Sent,
    api_client,
    send_all,
)
from cli.failures import CommandFailed
from cli.retail_commands import BatchItem

Reply = tuple[int, dict[str, str], dict[str, Any]]
Replies = Callable[[list[dict[str, Any]]], Reply | None]


def an_item(key: str) -> BatchItem:
    body = json.dumps({"type": "add-note", "idempotency_key": key, "payload": {}})
    return BatchItem("add-note", key, body.encode())


def taken(position: int, *, replayed: bool = False) -> dict[str, Any]:
    return {
        "status": 200,
        "replayed": replayed,
        "body": {"id": "x", "version": 1, "position": position},
    }


def refused(status: int, code: str) -> dict[str, Any]:
    return {"status": status, "problem": {"code": code, "title": code}}


@asynccontextmanager
async def answering(reply: Replies) -> AsyncGenerator[str]:
    """Serve HTTP on a port; a reply of None cuts the connection."""

    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError):
            while await answer(reader, writer):
                pass
        writer.close()
        await writer.wait_closed()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        (length,) = re.findall(rb"content-length: (\d+)", head)
        replied = reply(json.loads(await reader.readexactly(int(length))))
        if replied is None:
            return False
        status, headers, document = replied
        body = json.dumps(document).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        return True

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.close()
        await asyncio.gather(*filter(None, serving))


async def send(
    reply: Replies, items: list[BatchItem], concurrency: int = 1, pace: Pace | None = None
) -> tuple[Sent, int]:
    sent, steps = Sent(), list[int]()
    async with answering(reply) as url, api_client(url, connections=concurrency) as client:
        await send_all(
            client, items, concurrency=concurrency, sent=sent, progress=steps.append, pace=pace
        )
    return sent, sum(steps)


async def test_counts_what_is_new_known_and_refused() -> None:
    results = [taken(7), taken(3, replayed=True), refused(422, "price_changed")]

    sent, steps = await send(lambda _: (200, {}, {"results": results}), [*map(an_item, "abc")])

    assert (sent.accepted, sent.replayed, sent.position, sent.repeated) == (1, 1, 7, 0)
    assert [(item.subject, result.code) for item, result in sent.refused] == [
        ("c", "price_changed")
    ]
    assert steps == 3


async def test_waits_as_long_as_a_busy_server_asks_and_sends_again() -> None:
    asked: list[float] = []
    loop = asyncio.get_running_loop()

    def reply(_: list[dict[str, Any]]) -> Reply:
        asked.append(loop.time())
        if len(asked) == 1:
            return 503, {"Retry-After": "1"}, {"code": "unavailable"}
        return 200, {}, {"results": [taken(1)]}

    sent, _ = await send(reply, [an_item("a")])

    assert (sent.accepted, sent.repeated) == (1, 1)
    assert asked[1] - asked[0] >= 1.0


async def test_sends_again_after_a_connection_that_was_cut() -> None:
    bodies: list[list[dict[str, Any]]] = []

    def reply(items: list[dict[str, Any]]) -> Reply | None:
        bodies.append(items)
        return None if len(bodies) == 1 else (200, {}, {"results": [taken(1, replayed=True)]})

    sent, _ = await send(reply, [an_item("a")])

    assert bodies[0] == bodies[1]
    assert (sent.replayed, sent.repeated) == (1, 1)


async def test_sends_again_only_those_of_a_batch_that_found_the_server_busy() -> None:
    batches: list[list[str]] = []

    def reply(items: list[dict[str, Any]]) -> Reply:
        batches.append([item["idempotency_key"] for item in items])
        if len(batches) == 1:
            results = [
                taken(1),
                refused(503, "unavailable"),
                refused(409, "idempotency_in_progress"),
            ]
        else:
            results = [taken(2), taken(3)]
        return 200, {}, {"results": results}

    sent, steps = await send(reply, [*map(an_item, "abc")])

    assert batches == [["a", "b", "c"], ["b", "c"]]
    assert (sent.accepted, sent.refused, steps) == (3, [], 3)


async def test_sends_every_command_once_over_several_connections() -> None:
    count = COMMANDS_PER_BATCH_MAX * 6 + 1
    seen: list[str] = []

    def reply(items: list[dict[str, Any]]) -> Reply:
        assert len(items) <= COMMANDS_PER_BATCH_MAX
        seen.extend(item["idempotency_key"] for item in items)
        return 200, {}, {"results": [taken(1) for _ in items]}

    items = [an_item(str(number)) for number in range(count)]
    sent, steps = await send(reply, items, concurrency=3)

    assert sorted(seen, key=int) == [str(number) for number in range(count)]
    assert sent.accepted == steps == count


@pytest.mark.parametrize(("rate", "batches"), [(40.0, [20, 20]), (8.5, [8, 4]), (2.5, [2, 1])])
async def test_keeps_to_a_rate(rate: float, batches: list[int]) -> None:
    """Batches hold what is due within a second, at most what a batch may hold."""
    loop = asyncio.get_running_loop()
    came_at: list[float] = []
    sizes: list[int] = []

    def reply(items: list[dict[str, Any]]) -> Reply:
        came_at.append(loop.time())
        sizes.append(len(items))
        return 200, {}, {"results": [taken(1) for _ in items]}

    items = [an_item(str(number)) for number in range(sum(batches))]
    sent, _ = await send(reply, items, concurrency=3, pace=Pace(rate, commands_max=20))

    assert (sent.accepted, sizes) == (len(items), batches)
    assert came_at[-1] - came_at[0] >= sum(batches[:-1]) / rate - 0.1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (None, "does not answer"),
        ((503, {}, {"code": "unavailable"}), "answers 503"),
        ((200, {}, {"results": [refused(503, "unavailable")]}), "puts off 1 commands: unavailable"),
    ],
)
async def test_gives_up_when_nothing_is_taken_for_too_long(
    monkeypatch: pytest.MonkeyPatch, reply: Reply | None, said: str
) -> None:
    monkeypatch.setattr("cli.batch_sender.SILENCE_SECONDS_MAX", 0.3)
    with pytest.raises(CommandFailed, match=f"{said}.* Run the same command again to go on"):
        await send(lambda _: reply, [an_item("a")])


async def test_goes_on_as_long_as_anything_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.batch_sender.SILENCE_SECONDS_MAX", 0.3)

    def reply(items: list[dict[str, Any]]) -> Reply:
        return 200, {}, {"results": [taken(1), *([refused(503, "unavailable")] * len(items[1:]))]}

    sent, _ = await send(reply, [*map(an_item, "abcde")])

    assert (sent.accepted, sent.repeated) == (5, 4)


async def test_a_batch_that_is_refused_itself_ends_the_work() -> None:
    with pytest.raises(CommandFailed, match=r"answers 413: .*payload_too_large"):
        await send(lambda _: (413, {}, {"code": "payload_too_large"}), [an_item("a")])


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (503, "unavailable", True),
        (429, "too_many_requests", True),
        (409, "idempotency_in_progress", True),
        (409, "concurrent_modification", True),
        (409, "order_already_exists", False),
        (422, "price_changed", False),
        (500, "append_refused", False),
    ],
)
def test_knows_what_may_be_sent_again(status: int, code: str, *, again: bool) -> None:
    assert BatchResult(status, problem={"code": code}).may_be_repeated is again
