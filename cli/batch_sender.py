"""How do many commands reach the API, fast, and each of them exactly once?

Batches travel several at a time. Whatever may be tried again is: a server that is busy (503, 429)
says when, one that does not answer is asked again after a growing pause. Repeating is safe because
every command has its own idempotency key. What was refused for good is handed back.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import msgspec

from cli.failures import CommandFailed
from cli.retail_commands import BatchItem, in_batches

COMMANDS_PER_BATCH_MAX: Final = 100
BATCH_BYTES_MAX: Final = 1024 * 1024
ANSWER_SECONDS_MAX: Final = 60.0
SILENCE_SECONDS_MAX: Final = 60.0
PAUSE_SECONDS_MIN: Final = 0.2
PAUSE_SECONDS_MAX: Final = 5.0
TOO_MANY_REQUESTS: Final = 429
SERVER_ERROR: Final = 500
UNAVAILABLE: Final = 503
CONFLICT: Final = 409
IN_PROGRESS_CODES: Final = frozenset({"idempotency_in_progress", "concurrent_modification"})


class BatchResult(msgspec.Struct, frozen=True):
    """The outcome of one command, as the API tells it."""

    status: int
    replayed: bool = False
    body: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None

    @property
    def code(self) -> str:
        """The code of the problem."""
        return str((self.problem or {}).get("code", "unknown"))

    @property
    def may_be_repeated(self) -> bool:
        """Say whether the same command may succeed in a moment."""
        if self.status in {TOO_MANY_REQUESTS, UNAVAILABLE}:
            return True
        return self.status == CONFLICT and self.code in IN_PROGRESS_CODES


class _Answer(msgspec.Struct, frozen=True):
    results: list[BatchResult]


@dataclass(slots=True)
class Sent:
    """What came of the commands so far. `position`: the last place in the log that any took."""

    accepted: int = 0
    replayed: int = 0
    position: int = 0
    repeated: int = 0
    refused: list[tuple[BatchItem, BatchResult]] = field(
        default_factory=list[tuple[BatchItem, BatchResult]]
    )

    def take(self, item: BatchItem, result: BatchResult) -> None:
        """Count one outcome."""
        if result.body is None:
            self.refused.append((item, result))
            return
        self.position = max(self.position, int(result.body["position"]))
        if result.replayed:
            self.replayed += 1
        else:
            self.accepted += 1


@asynccontextmanager
async def api_client(
    url: str, *, connections: int, headers: dict[str, str] | None = None
) -> AsyncGenerator[httpx2.AsyncClient]:
    """Open a client of the API; proxies of the environment are none of its business."""
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx2.AsyncClient(
        base_url=url, limits=limits, timeout=ANSWER_SECONDS_MAX, trust_env=False, headers=headers
    ) as client:
        yield client


async def send_all(
    client: httpx2.AsyncClient,
    items: Iterable[BatchItem],
    *,
    concurrency: int,
    sent: Sent,
    progress: Callable[[int], None],
) -> None:
    """Send commands in batches, `concurrency` of them at a time; `progress` hears how many ended.

    When it is cancelled, the batches that are under way are waited for first.

    Raises:
        CommandFailed: the API does not answer any more, or refuses the batch itself.
    """
    batches = in_batches(items, commands_max=COMMANDS_PER_BATCH_MAX, bytes_max=BATCH_BYTES_MAX)
    senders = [
        asyncio.create_task(_send_batches(client, batches, sent, progress))
        for _ in range(concurrency)
    ]
    try:
        await asyncio.wait(senders, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        batches.close()  # nothing more is begun
        await asyncio.gather(*senders, return_exceptions=True)
    for sender in senders:
        sender.result()


async def _send_batches(
    client: httpx2.AsyncClient,
    batches: Iterator[list[BatchItem]],
    sent: Sent,
    progress: Callable[[int], None],
) -> None:
    for batch in batches:
        waiting = batch
        while waiting:
            results = await _post(client, waiting, sent)
            again: list[BatchItem] = []
            for item, result in zip(waiting, results, strict=True):
                if result.may_be_repeated:
                    again.append(item)
                else:
                    sent.take(item, result)
            progress(len(waiting) - len(again))
            waiting = again
            if again:
                sent.repeated += 1
                await asyncio.sleep(PAUSE_SECONDS_MIN)


async def _post(
    client: httpx2.AsyncClient, batch: list[BatchItem], sent: Sent
) -> list[BatchResult]:
    """Send one batch until it is answered.

    Raises:
        CommandFailed: no answer for too long, or the batch itself is refused.
    """
    body = b"[%s]" % b",".join(item.body for item in batch)
    pause_seconds = PAUSE_SECONDS_MIN
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SILENCE_SECONDS_MAX
    while True:
        try:
            answer = await client.post(
                "/v1/commands/batch", content=body, headers={"Content-Type": "application/json"}
            )
        except httpx2.TransportError as error:
            said = f"does not answer: {str(error) or type(error).__name__}"
        else:
            if answer.is_success:
                return msgspec.json.decode(answer.content, type=_Answer).results
            said = f"answers {answer.status_code}: {answer.text[:500]}"
            if answer.status_code < SERVER_ERROR and answer.status_code != TOO_MANY_REQUESTS:
                raise CommandFailed(f"The API at {client.base_url} {said}")
            pause_seconds = max(pause_seconds, _retry_after(answer))
        if loop.time() > deadline:
            raise CommandFailed(
                f"The API at {client.base_url} {said}. Run the same command again to go on."
            )
        sent.repeated += 1
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, PAUSE_SECONDS_MAX)


def _retry_after(answer: httpx2.Response) -> float:
    """Read how many seconds the server asks to wait."""
    try:
        return min(max(float(answer.headers["retry-after"]), 0.0), ANSWER_SECONDS_MAX)
    except (KeyError, ValueError):
        return 0.0
