"""How do many commands reach the API, fast or at a given rate, and each of them exactly once?

Batches travel several at a time. Whatever may be tried again is: a server that is busy (503, 429)
says when, one that does not answer is asked again after a growing pause, for some minutes: long
enough for a database or an API that is started again. Repeating is safe because every command has
its own idempotency key. What was refused for good is handed back.
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
SILENCE_SECONDS_MAX: Final = 180.0
"""How long nothing of a batch may be taken before the work is given up."""

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


class Pace:
    """Lets commands out at a steady rate."""

    def __init__(
        self,
        commands_per_second: float | None = None,
        *,
        commands_max: int = COMMANDS_PER_BATCH_MAX,
    ) -> None:
        """Let them out at once when there is no rate, at most `commands_max` together."""
        self._commands_per_second = commands_per_second
        self._commands_max = commands_max
        self._next_at = 0.0

    @property
    def batch_max(self) -> int:
        """How many commands to send together: at a rate, what is due within a second."""
        if self._commands_per_second is None:
            return self._commands_max
        return max(1, min(self._commands_max, int(self._commands_per_second)))

    async def turn(self, commands: int) -> None:
        """Wait until so many commands are due; a delay is not made up for afterwards."""
        if self._commands_per_second is None:
            return
        now = asyncio.get_running_loop().time()
        due_at = max(now, self._next_at)
        self._next_at = due_at + commands / self._commands_per_second
        await asyncio.sleep(due_at - now)


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
    pace: Pace | None = None,
) -> None:
    """Send commands in batches, `concurrency` of them at a time; `progress` hears how many ended.

    When it is cancelled, the batches that are under way are waited for first.

    Raises:
        CommandFailed: the API does not answer any more, or refuses the batch itself.
    """
    pace = pace or Pace()
    batches = in_batches(items, commands_max=pace.batch_max, bytes_max=BATCH_BYTES_MAX)
    senders = [
        asyncio.create_task(_send_batches(client, batches, sent, progress, pace))
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
    pace: Pace,
) -> None:
    for batch in batches:
        await pace.turn(len(batch))
        waiting, patience = batch, _Patience(client)
        while True:
            results = await _post(client, waiting, sent, patience)
            again: list[BatchItem] = []
            for item, result in zip(waiting, results, strict=True):
                if result.may_be_repeated:
                    again.append(item)
                else:
                    sent.take(item, result)
            progress(len(waiting) - len(again))
            if not again:
                break
            if len(again) < len(waiting):
                patience = _Patience(client)
            waiting = again
            sent.repeated += 1
            await patience.pause(f"puts off {len(again)} commands: {results[-1].code}")


class _Patience:
    """How much longer to wait for the API: pauses double, until nothing came for too long."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self._pause_seconds = PAUSE_SECONDS_MIN
        self._deadline = asyncio.get_running_loop().time() + SILENCE_SECONDS_MAX

    async def pause(self, said: str, seconds_min: float = 0.0) -> None:
        """Wait before the next try.

        Raises:
            CommandFailed: it was the last one.
        """
        if asyncio.get_running_loop().time() > self._deadline:
            raise CommandFailed(
                f"The API at {self._client.base_url} {said}. Run the same command again to go on."
            )
        await asyncio.sleep(max(self._pause_seconds, seconds_min))
        self._pause_seconds = min(self._pause_seconds * 2, PAUSE_SECONDS_MAX)


async def _post(
    client: httpx2.AsyncClient, batch: list[BatchItem], sent: Sent, patience: _Patience
) -> list[BatchResult]:
    """Send one batch until it is answered.

    Raises:
        CommandFailed: no answer for too long, or the batch itself is refused.
    """
    body = b"[%s]" % b",".join(item.body for item in batch)
    while True:
        seconds_min = 0.0
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
            seconds_min = _retry_after(answer)
        sent.repeated += 1
        await patience.pause(said, seconds_min)


def _retry_after(answer: httpx2.Response) -> float:
    """Read how many seconds the server asks to wait."""
    try:
        return min(max(float(answer.headers["retry-after"]), 0.0), ANSWER_SECONDS_MAX)
    except (KeyError, ValueError):
        return 0.0
