"""How do clients keep an API busy while a test breaks it, and what became of what they asked for?

Several clients at a time over real HTTP: notes on one hot order, new orders, and changes of address
with If-Match, each request under a key of its own. A request without a final answer stays in doubt
and its client goes on; an address is asked for again at once, because the next one needs its
version. Afterwards `settle` compares the clients' log with the events, sends again what is in doubt
and counts what was lost, unexpected, duplicated and recovered.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx2

from tests.api_client import AS_STAFF, ApiClient, Json, an_address_body, an_order_body, new_id
from tests.examples_log import assert_dense, rows, superuser
from tests.fault_report import FaultReport

CLIENTS: Final = 8
PAUSE_SECONDS: Final = 0.004
PAUSE_IN_DOUBT_SECONDS: Final = 0.05
RETRIES_AT_ONCE: Final = 16
RETRY_TRIES_MAX: Final = 60
REPLAYS_OF_ANSWERED: Final = 100
DOUBTFUL_CODES: Final = frozenset({"idempotency_in_progress", "concurrent_modification"})
UNREACHED: Final = "no answer"
EVENTS: Final = """
SELECT metadata ->> 'command_id', position, version, type,
       CASE type WHEN 'order-note-added' THEN data ->> 'note_id'
                 WHEN 'order-shipping-address-changed'
                 THEN data -> 'personal' -> 'shipping_address' ->> 'line1'
                 ELSE data ->> 'order_id' END
  FROM event_store.events WHERE position > %s ORDER BY position
"""
END_SESSIONS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name LIKE %s
"""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A request of a client: what it was told, if it was told; `mark` is to be found in its event.

    `heard` lists every answer: a status, a problem's code, or that there was none.
    """

    path: str
    body: Json
    mark: str
    if_match: int | None = None
    answer: Json | None = None
    heard: list[int | str] = field(default_factory=list[int | str])
    seconds: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class ClientLog:
    """What clients asked for since the log stood at `before`; `answers` counts successes."""

    before: int
    attempts: dict[str, Attempt] = field(default_factory=dict[str, Attempt])
    answers: int = 0

    @property
    def answered(self) -> dict[str, Attempt]:
        """What was answered with success."""
        return {key: each for key, each in self.attempts.items() if each.answer is not None}

    @property
    def in_doubt(self) -> dict[str, Attempt]:
        """What may or may not have had its effect."""
        return {key: each for key, each in self.attempts.items() if each.answer is None}

    @property
    def histogram(self) -> Counter[int | str]:
        """How often each answer was heard."""
        return Counter(what for each in self.attempts.values() for what in each.heard)

    @property
    def slowest_seconds(self) -> float:
        """How long the longest answer took."""
        return max(seconds for each in self.attempts.values() for seconds in each.seconds)


@dataclass(slots=True)
class Shop:
    """What the clients share: an API, a customer, a product and an order that all write notes on.

    `api` may be exchanged for another process of the same system.
    """

    api: ApiClient
    customer_id: str
    sku: str
    hot_order: str
    log: ClientLog

    @classmethod
    async def open(cls, api: ApiClient) -> "Shop":
        """Register what the load needs."""
        order = await api.an_order()
        log = ClientLog(await api.head())
        return cls(api, order["customer_id"], order["lines"][0]["sku"], order["order_id"], log)

    def a_note(self) -> Attempt:
        """Write a note on the order that everybody writes notes on."""
        note_id = new_id()
        path = f"/v1/orders/{self.hot_order}/notes"
        return Attempt(path=path, body={"note_id": note_id, "text": "busy"}, mark=note_id)

    def an_order(self) -> Attempt:
        """Place an order."""
        body = an_order_body(self.customer_id, self.sku)
        return Attempt(path="/v1/orders", body=body, mark=body["order_id"])

    def an_address(self, order: Attempt, version: int) -> Attempt:
        """Send an order elsewhere, if it still has that version."""
        line1 = f"{new_id()} Road"
        return Attempt(
            path=f"/v1/orders/{order.mark}/change-shipping-address",
            body={"address": an_address_body(line1=line1)},
            mark=line1,
            if_match=version,
        )

    async def ask(self, key: str, attempt: Attempt) -> bool:
        """Send a request, and say whether it was answered for good.

        Raises:
            AssertionError: the answer is none that a fault excuses.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            answer = await self.api.command(
                attempt.path, attempt.body, key=key, if_match=attempt.if_match, headers=AS_STAFF
            )
        except httpx2.TransportError:
            attempt.heard.append(UNREACHED)
            return False
        attempt.seconds.append(loop.time() - asked_at)
        attempt.heard.append(answer.status_code)
        if not answer.is_success:
            assert is_doubtful(answer), f"{answer.status_code} to {attempt.path}: {answer.text}"
            return False
        attempt.answer = answer.json()
        self.log.answers += 1
        return True


def is_doubtful(answer: httpx2.Response) -> bool:
    """Say whether an answer leaves open what became of the request."""
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) >= 1
        return True
    return answer.status_code == 409 and answer.json()["code"] in DOUBTFUL_CODES


@asynccontextmanager
async def busy_clients(shop: Shop, clients: int = CLIENTS) -> AsyncGenerator[ClientLog]:
    """Keep clients asking while the block runs; each ends with an answer, or with none."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_shop_until(shop, over))
        try:
            yield shop.log
        finally:
            over.set()


async def _shop_until(shop: Shop, over: asyncio.Event) -> None:
    """Be one client: an order, three addresses for it, notes between them, and again."""
    while not over.is_set():
        order = shop.an_order()
        if not await _ask_once(shop, order):
            continue
        assert order.answer is not None
        version: int = order.answer["version"]
        for _ in range(3):
            await _ask_once(shop, shop.a_note())
            address = shop.an_address(order, version)
            if not await _ask_again_and_again(shop, address, over):
                return
            assert address.answer is not None
            version = address.answer["version"]


async def _ask_once(shop: Shop, attempt: Attempt) -> bool:
    key = new_id()
    shop.log.attempts[key] = attempt
    is_answered = await shop.ask(key, attempt)
    await asyncio.sleep(PAUSE_SECONDS if is_answered else PAUSE_IN_DOUBT_SECONDS)
    return is_answered


async def _ask_again_and_again(shop: Shop, attempt: Attempt, over: asyncio.Event) -> bool:
    """Repeat a request until it is answered; False when the load ended before that."""
    key = new_id()
    shop.log.attempts[key] = attempt
    while not await shop.ask(key, attempt):
        if over.is_set():
            return False
        await asyncio.sleep(PAUSE_IN_DOUBT_SECONDS)
    await asyncio.sleep(PAUSE_SECONDS)
    return True


async def end_sessions(database_url: str, application: str) -> int:
    """End the sessions of a database whose application's name is like this; tell how many."""
    async with superuser(database_url) as connection:
        ended = await rows(connection, END_SESSIONS, application)
    return len(ended)


# Afterwards --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """An event of the log."""

    position: int
    version: int
    type: str
    mark: str


Effects = dict[str, list[Effect]]


async def effects_of(database_url: str, after: int) -> Effects:
    """Read what is in the log after a position, by the key of the request that it comes from."""
    found: Effects = defaultdict(list)
    async with superuser(database_url) as connection:
        for key, *event in await rows(connection, EVENTS, after):
            found[key].append(Effect(*event))
    return dict(found)


async def settle(shop: Shop, database_url: str, report: FaultReport) -> None:
    """Send again what is in doubt, and count into the report what became of every request.

    What is counted comes from the events, but for `recovered`: what was in doubt and whose repeat
    was answered as a replay. What was in the log before the repeat has to be among that.
    """
    log = shop.log
    before_retry = await effects_of(database_url, log.before)
    answered, in_doubt = log.answered, log.in_doubt
    report.attempts = len(log.attempts)
    report.acknowledged = len(answered)
    report.notes["heard"] = {str(what): count for what, count in log.histogram.items()}
    lost_before = answered.keys() - before_retry.keys()
    sample = random.Random(len(answered)).sample(
        sorted(answered), min(len(answered), REPLAYS_OF_ANSWERED)
    )
    report.recovered = await _retry(shop, in_doubt.keys(), before_retry)
    assert await _retry(shop, sample, before_retry) == len(sample)
    effects = await effects_of(database_url, log.before)
    lost = {key for key, each in log.attempts.items() if not _is_there(each, effects.get(key))}
    report.lost = len(lost | lost_before)
    report.unexpected = sum(
        len(events) if key not in log.attempts else _foreign(log.attempts[key], events)
        for key, events in effects.items()
    )
    report.duplicated = sum(_repeated(events) for events in effects.values())
    report.ok = report.attempts - report.lost
    await assert_dense(database_url)


async def _retry(shop: Shop, keys: Iterable[str], effects: Effects) -> int:
    """Send requests again under their keys, some at a time; count how many had been carried out."""
    waiting = iter(keys)
    replayed: list[str] = []

    async def send_some() -> None:
        replayed.extend(
            [key for key in waiting if await _is_replayed(shop, key, is_there=key in effects)]
        )

    async with asyncio.TaskGroup() as group:
        for _ in range(RETRIES_AT_ONCE):
            group.create_task(send_some())
    return len(replayed)


async def _is_replayed(shop: Shop, key: str, *, is_there: bool) -> bool:
    """Repeat a request until it is answered, and say whether that is the answer of before."""
    attempt = shop.log.attempts[key]
    known = attempt.answer
    for _ in range(RETRY_TRIES_MAX):
        answer = await shop.api.command(
            attempt.path, attempt.body, key=key, if_match=attempt.if_match, headers=AS_STAFF
        )
        if answer.is_success:
            is_replay = answer.headers.get("idempotent-replayed") == "true"
            assert is_replay or not is_there, (key, attempt, answer.json())
            attempt.answer = answer.json()
            assert known in (None, attempt.answer), (key, attempt, known)
            return is_replay
        assert is_doubtful(answer), (answer.status_code, answer.text, attempt)
        await asyncio.sleep(PAUSE_IN_DOUBT_SECONDS)
    raise AssertionError(f"never answered: {attempt}")


def _is_there(attempt: Attempt, events: list[Effect] | None) -> bool:
    """Say whether a request has its effect, at the version and position that were told."""
    if not events or attempt.answer is None:
        return False
    last = events[-1]
    told = (attempt.answer["position"], attempt.answer["version"])
    return (last.position, last.version) == told and last.mark == attempt.mark


def _foreign(attempt: Attempt, events: list[Effect]) -> int:
    """Count events that are not what the request asked for."""
    return sum(event.mark != attempt.mark for event in events)


def _repeated(events: list[Effect]) -> int:
    """Count events of a request that it has already had once."""
    return len(events) - len({event.type for event in events})
